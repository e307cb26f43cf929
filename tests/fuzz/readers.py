"""What reads each kind of file, and whether a damaged one is met as it should be: a result, or one line.

Used by the tests for some thousands of cases, and by the benchmark `fuzz` for as many as one likes.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import shutil
import signal
import time
import zlib
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fuzz import mesh_seeds, other_seeds
from fuzz.edits import edited
from fuzz.other_seeds import SMALL
from mesh.mutation import mutate
from shapes import sphere

from shapefield.driving import finish
from shapefield.errors import ShapefieldError, UnforeseenContent
from shapefield.events import Progress
from shapefield.mesh.inspection import findings, inspect
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read as read_mesh
from shapefield.solid import solidify

LARGEST = 1000
"""Faces up to which a mesh that was read is examined and made a solid as well."""
EXAMINED = 40
"""One in so many of them, for that takes a hundred times longer than to read it."""
SHARES = {"mesh": 0.72, "dataset": 0.14, "png": 0.05, "container": 0.05, "toml": 0.03, "checkpoint": 0.01}
"""How many of the cases are of each family: what takes long to read comes up less often."""


def readable(folder: Path) -> list[tuple[str, bytes]]:
    """(kind, bytes) of the seeds; kind is a suffix, or the name of one file in a dataset or a run.

    What reading compiles on its first day is compiled here, where no case's time is counted.
    """
    _examine(sphere(2.0, cells=8))
    return mesh_seeds.seeds(folder) + other_seeds.seeds(folder)


def family(kind: str) -> str:
    """Which of SHARES a kind belongs to."""
    if kind in SHARES:
        return kind
    if kind in ("field", "picture", "model.safetensors"):
        return "container"
    return "dataset" if "." in kind else "mesh"


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
    """(kind, bytes): one of the seeds, of a family by its share, with a few edits."""
    chosen = generator.choice(list(SHARES), p=list(SHARES.values()))
    among = [seed for seed in valid if family(seed[0]) == chosen] or valid
    kind, data = among[int(generator.integers(0, len(among)))]
    if kind in ("field", "checkpoint") and generator.random() < 0.6:
        return kind, resealed(kind, data, generator)
    return kind, edited(data, generator, [other for _, other in valid])


class Overtime(BaseException):
    """The processor time of one case is used up."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise Overtime once the block has used so many seconds of processor time, where the system can tell."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def over(*_: Any) -> None:
        raise Overtime

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def survives(
    folder: Path, kind: str, data: bytes, seconds: float = 10.0, unforeseen: Counter[str] | None = None
) -> str | None:
    """Read `data` as the program would; None if it gave a result or a one-line error in time, else what was wrong.

    seconds    : of processor time
    unforeseen : counts, by place, what only the guard at a door has turned into a line
    """
    began = time.process_time()
    try:
        with contextlib.redirect_stdout(io.StringIO()), limited(seconds):
            _reader(kind)(_placed(folder, kind, data))
    except ShapefieldError as error:
        if "\n" in str(error) or len(str(error)) > 700:
            return f"an error of several lines or too long: {error}"
        if isinstance(error.__cause__, MemoryError):
            return f"memory without end: {error} ({_where(error.__cause__)})"
        if unforeseen is not None and isinstance(error, UnforeseenContent) and error.__cause__ is not None:
            unforeseen[f"{kind}: {type(error.__cause__).__name__} in {_where(error.__cause__)}"] += 1
    except Overtime as error:
        return f"took more than {seconds:g} s of processor time ({_where(error)})"
    except Exception as error:  # the whole point: anything else is the bug being looked for
        return f"{type(error).__name__}: {error} ({_where(error)})"
    if time.process_time() - began > seconds:
        return f"took {time.process_time() - began:.0f} s of processor time"
    return None


def _where(error: BaseException) -> str:
    """File and line of the innermost frame, and of the innermost one of ours where that is another."""
    trace, own, last = error.__traceback__, "", "nowhere"
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        last = f"{path.name}:{trace.tb_lineno}"
        own = last if "shapefield" in path.parts and "site-packages" not in path.parts else own
        trace = trace.tb_next
    return last if own in ("", last) else f"{own}, {last}"


def _placed(folder: Path, kind: str, data: bytes) -> Path:
    """Write the file; one of a dataset goes among its valid companions."""
    if "." not in kind:
        path = folder / f"case.{kind}"
        path.write_bytes(data)
        return path
    place = folder / "dataset"
    shutil.rmtree(place, ignore_errors=True)
    if kind == "model.safetensors":
        place.mkdir()
        (place / kind).write_bytes(data)
        return place
    inner = place / "sparse" / "0" if kind.endswith((".bin", ".txt")) else place
    inner.mkdir(parents=True)
    names = ("cameras", "images", "points3D") if inner != place else ()
    for name, valid in other_seeds.dataset_files():
        if name.rsplit(".", 1)[0] in names and name.endswith(kind[-4:]):
            (inner / name).write_bytes(valid)
    (inner / kind).write_bytes(data)
    (place / "images").mkdir()
    for spot in (place, place / "images"):
        (spot / "a.png").write_bytes(_picture_of_six_by_five())
        (spot / "depth.npy").write_bytes(dict(other_seeds.dataset_files())["depth.npy"])
    if kind == "depth.npy":
        tree = json.loads(dict(other_seeds.dataset_files())["transforms.json"])
        tree["frames"] = [frame | {"depth_file_path": kind} for frame in tree["frames"]]
        (place / "transforms.json").write_text(json.dumps(tree))
        (place / kind).write_bytes(data)
    return place


@functools.cache
def _picture_of_six_by_five() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.arange(90, dtype=np.uint8).reshape(5, 6, 3)).save(file, format="png")
    return file.getvalue()


def _reader(kind: str) -> Callable[[Path], Any]:
    known = {"field": _field, "checkpoint": _checkpoint, "picture": _picture, "png": _pixels, "toml": _settings}
    known["model.safetensors"] = _run
    return known.get(kind, _dataset if "." in kind else _mesh)


def _mesh(path: Path) -> None:
    mesh = read_mesh(path)
    if not np.isfinite(mesh.vertices).all() or not len(mesh.faces):
        raise AssertionError("a mesh that is not finite or has no faces")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise AssertionError("a mesh with indices out of range")
    if len(mesh.faces) <= LARGEST and zlib.crc32(mesh.vertices.tobytes()) % EXAMINED == 0:
        _examine(mesh)


def _examine(mesh: Mesh) -> None:
    findings(inspect(mesh))
    solid = finish(solidify(mesh))
    if not np.isfinite(solid.exact.signed(np.zeros((1, 3)))).all():
        raise AssertionError("a distance that is not finite")


def _field(path: Path) -> None:
    import shapefield as sf
    from shapefield.cli import info

    info.run(Namespace(file=str(path), json=False, full=False))
    sf.load(path).field(np.zeros((2, 3)))


def _run(folder: Path) -> None:
    from shapefield.nerf.result import load

    load(folder)


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
