"""Valid files of everything that shapefield reads, what reads them, and whether a damaged one is met as it should be.

Meshes come from `mesh.mutation`; here are `.field` files, checkpoints, fitted pictures, settings, pictures and posed
datasets. Used by the tests for some thousands of cases, and by the benchmarks for as many as one likes.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import time
import zlib
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mesh import mutation
from mesh.mutation import mutate
from shapes import sphere

from shapefield.distance.signed import finish
from shapefield.errors import ShapefieldError
from shapefield.events import Progress
from shapefield.mesh.inspection import findings, inspect
from shapefield.mesh.reading import read as read_mesh
from shapefield.solid import solidify

SMALL = {"samples": 5000, "resolution": 32, "batch": 512, "table": 8, "levels": 2, "finest": 16, "base": 6}
LARGEST = 1000
"""Faces up to which a mesh that was read is examined and made a solid as well."""
EXAMINED = 10
"""One in so many of them, for that takes a hundred times longer than to read it."""


def readable(folder: Path) -> list[tuple[str, bytes]]:
    """(kind, bytes) of valid files; kind is a suffix, or the name of one file in a dataset."""
    made = mutation.seeds(folder)
    for preset in ("cpu", "compact"):
        made.append(("field", field_file(folder / "seed.field", preset)))
    made.append(("checkpoint", checkpoint_file(folder / "seed.checkpoint")))
    made += [("picture", b) for b in picture_fields(folder)] + [("png", b) for b in pictures(folder)]
    made.append(
        ("toml", b'method = "siren"\n[training]\nrate = 1e-4\ncheckpoint-every = "5s"\ncrop = [0, 0, 0, 1, 1, 1]\n')
    )
    return made + dataset_files(folder)


def field_file(path: Path, preset: str) -> bytes:
    """A trained field, its weights as they are or packed; the packed one with colours."""
    import shapefield as sf

    ball = sphere(2.0, cells=8)
    colors = np.full((len(ball.vertices), 3), 90, np.uint8) if preset == "compact" else None
    sf.fit(sf.Mesh(ball.vertices, ball.faces, colors=colors), steps=2, preset=preset, **SMALL).save(path)
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


def picture_fields(folder: Path) -> list[bytes]:
    """A picture's field in full precision, and one of eight bits a weight."""
    from shapefield.lab.picturefield import PictureField
    from shapefield.lab.picturefile import encoded
    from shapefield.methods import method

    made = []
    for bits in (None, 8):
        from shapefield.fields import build

        chosen = method("siren")
        options = chosen.options(width=8, depth=2)
        module = build(chosen, options, inputs=2, outputs=3, seed=0)
        made.append(encoded(PictureField(chosen, options, module, (4, 5), 3, "p", bits, {"seed": 0}, {})))
    return made


def pictures(folder: Path) -> list[bytes]:
    """Small pictures in several formats."""
    from PIL import Image

    made = []
    pixels = np.random.default_rng(0).integers(0, 255, (5, 6, 3), dtype=np.uint8)
    for suffix in ("png", "jpeg", "webp", "tiff", "gif", "bmp"):
        place = folder / f"picture.{suffix}"
        Image.fromarray(pixels).save(place)
        made.append(place.read_bytes())
    return made


def dataset_files(folder: Path) -> list[tuple[str, bytes]]:
    """transforms.json, COLMAP's three text and binary files, LLFF's array."""
    import struct

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
    np.save(folder / "rows.npy", rows)
    return [
        ("transforms.json", json.dumps(tree).encode()),
        ("transforms_train.json", json.dumps(blender).encode()),
        ("cameras.bin", camera),
        ("images.bin", image),
        ("points3D.bin", point),
        ("cameras.txt", b"# cameras\n1 SIMPLE_PINHOLE 6 5 10 3 2.5\n"),
        ("images.txt", b"# images\n1 1 0 0 0 0 0 3 1 a.png\n1 1 1\n"),
        ("points3D.txt", b"1 0 0 0 9 9 9 0.1 1 0\n"),
        ("poses_bounds.npy", (folder / "rows.npy").read_bytes()),
    ]


def resealed(kind: str, data: bytes, generator: np.random.Generator) -> bytes:
    """A `.field` or checkpoint with edits in its header only, and a checksum that fits: a careful liar's."""
    from safetensors.torch import load

    from shapefield.storage.container import checksum

    length = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + length])
    told = json.loads(table["__metadata__"]["shapefield"])
    text = json.dumps(told["header"])
    for _ in range(20):
        try:
            header = json.loads(mutate(text.encode(), generator, [text.encode()]))
            seal = json.dumps(header, allow_nan=False)
            break
        except (ValueError, RecursionError):
            continue
    else:
        return data
    told |= {"header": header, "checksum": checksum(seal, load(data))}
    table["__metadata__"]["shapefield"] = json.dumps(told)
    text = json.dumps(table).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def damaged(valid: list[tuple[str, bytes]], generator: np.random.Generator) -> tuple[str, bytes]:
    """(kind, bytes): one of the valid files with a few random edits."""
    kind, data = valid[int(generator.integers(0, len(valid)))]
    if kind in ("field", "checkpoint") and generator.random() < 0.7:
        return kind, resealed(kind, data, generator)
    return kind, mutate(data, generator, [other for _, other in valid])


def survives(folder: Path, kind: str, data: bytes, seconds: float = 10.0) -> str | None:
    """Read `data` as the program would; None if it gave a result or a one-line error, else what was wrong.

    seconds : of the processor's time, for the clock would measure what else the machine does
    """
    began = time.process_time()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            _reader(kind)(_placed(folder, kind, data))
    except ShapefieldError as error:
        if "\n" in str(error) or len(str(error)) > 500:
            return f"an error of several lines or too long: {error}"
    except Exception as error:  # the whole point: anything else is the bug being looked for
        return f"{type(error).__name__}: {error} ({_where(error)})"
    if time.process_time() - began > seconds:
        return f"took {time.process_time() - began:.0f} s"
    return None


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "nowhere"


def _placed(folder: Path, kind: str, data: bytes) -> Path:
    """Write the file; one of a dataset goes among its valid companions."""
    if "." not in kind:
        path = folder / f"case.{kind}"
        path.write_bytes(data)
        return path
    place = folder / "dataset"
    shutil.rmtree(place, ignore_errors=True)
    inner = place / "sparse" / "0" if kind.endswith((".bin", ".txt")) else place
    inner.mkdir(parents=True)
    names = ("cameras", "images", "points3D") if inner != place else ()
    for name, valid in dataset_files(folder):
        if name.rsplit(".", 1)[0] in names and name.endswith(kind[-4:]):
            (inner / name).write_bytes(valid)
    (inner / kind).write_bytes(data)
    (place / "images").mkdir()
    for spot in (place, place / "images"):
        (spot / "a.png").write_bytes((folder / "picture.png").read_bytes())
    return place


def _reader(kind: str) -> Callable[[Path], Any]:
    return {"field": _field, "checkpoint": _checkpoint, "picture": _picture, "png": _pixels, "toml": _settings}.get(
        kind, _dataset if "." in kind else _mesh
    )


def _mesh(path: Path) -> None:
    mesh = read_mesh(path)
    if not np.isfinite(mesh.vertices).all() or not len(mesh.faces):
        raise AssertionError("a mesh that is not finite or has no faces")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise AssertionError("a mesh with indices out of range")
    if len(mesh.faces) <= LARGEST and zlib.crc32(mesh.vertices.tobytes()) % EXAMINED == 0:
        findings(inspect(mesh))
        solid = finish(solidify(mesh))
        if not np.isfinite(solid.exact.signed(np.zeros((1, 3)))).all():
            raise AssertionError("a distance that is not finite")


def _field(path: Path) -> None:
    import shapefield as sf
    from shapefield.cli import info

    info.run(Namespace(file=str(path), json=False))
    sf.load(path).field(np.zeros((2, 3)))


def _checkpoint(path: Path) -> None:
    from shapefield.fitting.pipeline import reconstruct
    from shapefield.settings import fit_config

    place = path.with_name("resumed.field")
    path.rename(place.with_name("resumed.field.checkpoint"))
    for event in reconstruct(sphere(2.0, cells=8), fit_config(steps=99, **SMALL), field=place, resume=True):
        if isinstance(event, Progress) and event.stage == "training":
            break  # it may well have become a longer run


def _picture(path: Path) -> None:
    from shapefield.lab.picturefile import read_picture_field

    found = read_picture_field(path)
    if found.size[0] * found.size[1] < 10_000:
        found.render(1.0)


def _pixels(path: Path) -> None:
    from shapefield.lab.pictures import read_picture

    read_picture(path)


def _settings(path: Path) -> None:
    from shapefield.settings import fit_config, from_toml

    fit_config(**from_toml(path))


def _dataset(path: Path) -> None:
    from shapefield.nerf import datasets, scene

    found = datasets.read(path)
    for view in found.train[:1]:
        scene.pixels(view, 1.0)
