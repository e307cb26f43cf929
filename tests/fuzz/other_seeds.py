"""Small files of everything that is no mesh: fields, checkpoints, radiance fields, pictures, settings, posed datasets.

Among them what was met once: lenses of every kind, names with backslashes, counts that lie, numbers without end.
"""

from __future__ import annotations

import io
import itertools
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from shapes import sphere

from shapefield.events import Progress

Seed = tuple[str, bytes]
SMALL = {"samples": 5000, "resolution": 32, "batch": 512, "table": 8, "levels": 2, "finest": 16, "base": 6}


def seeds(folder: Path) -> list[Seed]:
    """(kind, bytes); kind is a suffix, or the name of one file in a dataset or a run."""
    made: list[Seed] = [("field", field_file(folder / "seed.field", preset)) for preset in ("cpu", "compact")]
    made.append(("checkpoint", checkpoint_file(folder / "seed.checkpoint")))
    made += [("picture", data) for data in picture_fields()] + [("png", data) for data in pictures()]
    made += [("model.safetensors", data) for data in radiance_fields(folder / "run")]
    made += [("toml", text.encode()) for text in settings()]
    made += [("transforms.json", json.dumps(tree).encode()) for tree in transforms()]
    made += [("transforms.json", data) for data in raw_transforms()] + list(colmap())
    return made + dataset_files() + [("poses_bounds.npy", data) for data in arrays()]


def field_file(path: Path, preset: str) -> bytes:
    """A trained field, its weights as they are or packed; the packed one with colours, its unit from a stranger."""
    import shapefield as sf

    ball = sphere(2.0, cells=8)
    colors = np.full((len(ball.vertices), 3), 90, np.uint8) if preset == "compact" else None
    unit = "\u00b5m<script>\x1b[2J" if preset == "compact" else "mm"
    mesh = sf.Mesh(ball.vertices, ball.faces, colors=colors, unit=unit)
    sf.fit(mesh, steps=2, preset=preset, **SMALL).save(path)
    return path.read_bytes()


def checkpoint_file(path: Path) -> bytes:
    """The checkpoint of a fit that was interrupted."""
    from shapefield.errors import InterruptedRun
    from shapefield.fitting.pipeline import reconstruct
    from shapefield.settings import fit_config

    events = reconstruct(sphere(2.0, cells=8), fit_config(steps=99, **SMALL), field=path.with_suffix(".field"))
    for event in events:
        if isinstance(event, Progress) and event.stage == "training":
            break
    try:
        events.throw(InterruptedRun("stop", 2))
    except InterruptedRun:
        return path.with_suffix(".field.checkpoint").read_bytes()
    raise AssertionError("it was not interrupted")


def picture_fields() -> Iterator[bytes]:
    """A picture's field in full precision, and one of eight bits a weight."""
    from shapefield.fields import build
    from shapefield.lab.picturefield import PictureField
    from shapefield.lab.picturefile import encoded
    from shapefield.methods import method

    chosen = method("siren")
    options = chosen.options(width=8, depth=2)
    for bits in (None, 8):
        module = build(chosen, options, inputs=2, outputs=3, seed=0)
        yield encoded(PictureField(chosen, options, module, (4, 5), 3, "p", bits, {"seed": 0}, {}))


def radiance_fields(folder: Path) -> Iterator[bytes]:
    """The model file of a run of every radiance field, untrained."""
    from radiance import SMALL as sizes

    from shapefield.mesh.model import Similarity
    from shapefield.methods import method
    from shapefield.nerf.config import NerfConfig
    from shapefield.nerf.models import build
    from shapefield.nerf.result import NerfResult
    from shapefield.nerf.task import SceneAppearance

    folder.mkdir(exist_ok=True)
    for model, chosen in sizes.items():
        small = {name: min(value, 12) if value > 16 else value for name, value in chosen.items()}
        options = method(model, "radiance").options(**small)
        field = build(model, options, cells=None, contracted=False, seed=0)
        frame = Similarity(np.zeros(3), 1.0)
        config = NerfConfig(model=model)
        NerfResult(field, SceneAppearance(False, 0), frame, config, options, "a", True, False, 1.0).save(folder)
        yield (folder / "model.safetensors").read_bytes()


def pictures() -> Iterator[bytes]:
    """Pictures of every format and depth that is read, and what only pretends to be one."""
    from PIL import Image

    generator = np.random.default_rng(0)
    for mode, suffix in itertools.product(("L", "LA", "P", "RGB", "RGBA", "1", "I;16"), ("png", "tiff", "webp", "bmp")):
        channels = {"LA": 2, "RGB": 3, "RGBA": 4}.get(mode, 1)
        pixels = generator.integers(0, 255, (5, 6, channels), dtype=np.uint8)
        if mode == "I;16":
            shown = Image.fromarray(257 * pixels[..., 0].astype(np.uint16))
        else:
            shown = Image.fromarray(pixels if channels > 1 else pixels[..., 0]).convert(mode)
        file = io.BytesIO()
        try:
            shown.save(file, format=suffix)
        except (OSError, ValueError):  # a format that has no such mode
            continue
        yield file.getvalue()
    for suffix in ("jpeg", "gif", "ppm", "tga"):
        file = io.BytesIO()
        Image.fromarray(generator.integers(0, 255, (5, 6, 3), dtype=np.uint8)).save(file, format=suffix)
        yield file.getvalue()
    yield b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) (w) file closefile\nshowpage\n"
    yield (
        b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 2) + struct.pack("<HHIIHHII", 256, 4, 1, 2**31, 257, 4, 1, 2**31)
    )
    yield (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
        + struct.pack(">II", 2**31 - 1, 2**31 - 1)
        + b"\x08\x02\x00\x00\x00"
        + b"\x00" * 4
    )


def settings() -> Iterator[str]:
    """Settings of every method, and numbers, nesting and names that no program writes."""
    from shapefield.methods.registry import METHODS

    for name in METHODS:
        yield f'method = "{name}"\n[training]\nrate = 1e-4\ncheckpoint-every = "5s"\ncrop = [0, 0, 0, 1, 1, 1]\n'
    yield f"seed = {'9' * 400}\nsteps = 1{'0' * 400}\n"
    yield "a = " + "[" * 5000 + "]" * 5000
    yield "\n".join(f"[a{'.b' * k}]" for k in range(200))
    yield 'steps = nan\nrate = inf\nthreads = 2000\nresolution = -1\nmethod = ["siren"]\n'
    yield "budget = 2026-01-01T00:00:00\nsteps = 0x7fffffffffffffff\nlevel = 1e400\nout = '../../x'\n"


def transforms() -> Iterator[dict[str, Any]]:
    """Scenes of Instant-NGP and nerfstudio: every lens, split, mask and name that was met."""
    pose = np.eye(4)
    pose[2, 3] = 3.0
    frame: dict[str, Any] = {"file_path": "a.png", "transform_matrix": pose.tolist()}
    base: dict[str, Any] = {"fl_x": 10.0, "w": 6, "h": 5, "cx": 3.0, "cy": 2.5, "aabb_scale": 4}
    models = (
        "OPENCV",
        "PINHOLE",
        "OPENCV_FISHEYE",
        "EQUIRECTANGULAR",
        "ORTHOPHOTO",
        "VR180_L",
        "FISHEYE624",
        "PERSPECTIVE",
    )
    lens = {"k1": 0.01, "k2": -0.01, "k3": 7.0, "k4": 0.1, "p1": 0.001, "p2": 0.0}
    flags = ("is_fisheye", "ftheta_p0", "orthographic", "latlong", "equirectangular", "omnidirectional", "spherical")
    yield from (base | {"camera_model": model, "frames": [frame] * 2} for model in models)
    yield from (base | {flag: True, "frames": [frame] * 2} for flag in flags)
    yield base | lens | {"frames": [frame, frame | lens | {"fl_x": 12.0, "fl_y": 11.0}]}
    yield base | {"frames": [frame | {"camera_angle_x": 0.7}, frame | {"fl_x": 12}]}
    yield {"camera_angle_x": 0.7, "camera_angle_y": 0.6, "frames": [frame] * 3}
    for key in ("mask_path", "depth_file_path", "dynamic_mask"):
        for name in ("images\\a.png", "a.png", "depth.npy", "../a.png", "a" * 300, "a\0.png", "", "/etc/hostname"):
            yield base | {"frames": [frame | {key: name}] * 2}
    for name in (
        "./a.png",
        "images\\a.png",
        "C:\\x\\images\\a.png",
        "a" * 300,
        "../../a.png",
        "a",
        "a.png/",
        "a\0.png",
    ):
        yield base | {"frames": [frame | {"file_path": name}, frame]}
    for name in ("x.zip", "x.3mf", "x.dae", "x.json", "x.npz", "x.tar.gz", "a.png", "a" * 300, "../x.ply", "."):
        yield base | {"ply_file_path": name, "frames": [frame] * 2}
    for names in (["images/a.png"], ["images\\a.png"], ["a"], ["a\0"], [5], "a.png", [["a"]]):
        yield base | {"train_filenames": names, "val_filenames": names, "test_filenames": [], "frames": [frame] * 2}
    huge = 10**400
    yield base | {"w": huge, "frames": [frame] * 2}
    yield base | {"frames": [frame | {"transform_matrix": [[huge] * 4] * 4}] * 2}
    for key, value in (
        ("aabb_scale", huge),
        ("render_aabb", [[huge] * 3] * 2),
        ("scale", huge),
        ("offset", [huge] * 3),
    ):
        yield base | {key: value, "frames": [frame] * 2}
    yield base | {
        "frames": [frame | {"transform_matrix": pose[:3].tolist()}] * 2,
        "applied_transform": pose[:3].tolist(),
    }


def raw_transforms() -> Iterator[bytes]:
    """The same in spellings that no JSON writer has."""
    text = json.dumps(next(iter(transforms())))
    yield b"\xef\xbb\xbf" + text.encode()
    yield text.encode("utf-16")
    yield text.replace("10.0", "9" * 5000).encode()
    yield text.replace("10.0", "1e999").encode()
    yield text.replace("10.0", "NaN").encode()
    yield text.replace("10.0", "[" * 5000 + "]" * 5000).encode()


def colmap() -> Iterator[Seed]:
    """COLMAP's cameras of every model, images with a line each, blanks, marks, names of folders and of many letters."""
    from shapefield.nerf.datasets.colmap_model import CAMERA_MODELS

    for number, (name, count) in CAMERA_MODELS.items():
        numbers = [10.0, 3.0, 2.5, *[0.01] * 12][:count]
        yield "cameras.txt", f"1 {name} 6 5 {' '.join(map(str, numbers))}\n".encode()
        yield "cameras.bin", struct.pack(f"<QiiQQ{count}d", 1, 1, number, 6, 5, *numbers)
    line = "1 1 0 0 0 0 0 3 1 a.png\n"
    for text in (
        line, line * 3, "\n\n" + line + "1 1 1\n", "\ufeff# images\n" + line + "\n", line.replace("a.png", "b\\0000.png"),
        line.replace("a.png", "a" * 300) + "\n", line.replace("a.png", "../a.png") + "\n", line.replace("0 3 1", "nan 3 9"),
        line.replace("1 1 0 0 0", "1 0 0 0 0") + "\n", line.replace("\n", " with spaces.png\n"), line + "1 1\n",
    ):  # fmt: skip
        yield "images.txt", text.encode()


def arrays() -> Iterator[bytes]:
    """LLFF's table in other shapes and types, and headers that say what cannot be."""
    rows = np.load(io.BytesIO(dict(dataset_files())["poses_bounds.npy"]))
    for table in (rows, rows[:, :14], rows[:1], rows[0], np.zeros((0, 17)), rows.astype("<f4"), rows.astype(">f8"), rows * np.nan,
                  rows.astype(object), np.full((2, 17), "a"), np.asfortranarray(rows), np.full((2, 17), 1e308)):  # fmt: skip
        file = io.BytesIO()
        np.save(file, table)
        yield file.getvalue()
    sound = io.BytesIO()
    np.save(sound, rows)
    for shape in ("(-4, 17)", "(10**30, 17)", "(1000000000000000000000000000000, 17)", "5", "(2, 17), 5: 3, 'a': (1,)"):
        text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        yield b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + sound.getvalue()[128:]


def dataset_files() -> list[Seed]:
    """transforms.json, COLMAP's three text and binary files, LLFF's array: valid companions of each other."""
    pose = np.eye(4)
    pose[2, 3] = 3.0
    frames = [{"file_path": "a.png", "transform_matrix": pose.tolist()} for _ in range(2)]
    tree = {"fl_x": 10.0, "w": 6, "h": 5, "cx": 3.0, "cy": 2.5, "k1": 0.01, "aabb_scale": 4, "frames": frames}
    blender = {"camera_angle_x": 0.7, "frames": frames}
    camera = struct.pack("<Q", 1) + struct.pack("<iiQQ3d", 1, 0, 6, 5, 10.0, 3.0, 2.5)
    image = struct.pack("<Q", 1) + struct.pack("<i7di", 1, 1, 0, 0, 0, 0, 0, 3, 1) + b"a.png\0"
    image += struct.pack("<Q", 1) + struct.pack("<ddq", 1, 1, 1)
    point = struct.pack("<Q", 1) + struct.pack("<Q3d3BdQ2i", 1, 0, 0, 0, 9, 9, 9, 0.1, 1, 1, 0)
    rows = np.zeros((2, 17))
    rows[:, :15] = np.hstack([np.eye(3), [[0], [0], [3]], [[5], [6], [10]]]).reshape(-1)
    rows[:, 15:] = [1.0, 5.0]
    table, depth = io.BytesIO(), io.BytesIO()
    np.save(table, rows)
    np.save(depth, np.ones((5, 6), np.float32))
    return [
        ("transforms.json", json.dumps(tree).encode()),
        ("transforms_train.json", json.dumps(blender).encode()),
        ("cameras.bin", camera),
        ("images.bin", image),
        ("points3D.bin", point),
        ("cameras.txt", b"# cameras\n1 SIMPLE_PINHOLE 6 5 10 3 2.5\n"),
        ("images.txt", b"# images\n1 1 0 0 0 0 0 3 1 a.png\n1 1 1\n"),
        ("points3D.txt", b"1 0 0 0 9 9 9 0.1 1 0\n"),
        ("poses_bounds.npy", table.getvalue()),
        ("depth.npy", depth.getvalue()),
    ]
