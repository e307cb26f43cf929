"""The Python API: the same jobs as the command line, as functions that return.

A mesh is given as a path, an `sf.Mesh`, a mesh or scene of trimesh, a mesh of Open3D or pyvista, or as a pair
(vertices, faces); what is given is not changed. Lengths are in its units. `progress=True` draws bars, on a terminal or
in a notebook; what there is to tell goes to the logger `shapefield`, and into the report's "notices".
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.driving import driven
from shapefield.errors import UsageError
from shapefield.events import Event
from shapefield.mesh.adopting import adopted
from shapefield.mesh.model import Mesh
from shapefield.settings import built, fit_config

if TYPE_CHECKING:
    from typing import Unpack

    from shapefield.batches.iterating import Batch
    from shapefield.batches.record import Record
    from shapefield.fieldmetrics import FieldReport
    from shapefield.lab.comparison.running import Comparison
    from shapefield.mending.repaired import Repaired
    from shapefield.metrics import Report
    from shapefield.result import Result
    from shapefield.sampling import InputSamples
    from shapefield.settingtypes import CompareSettings, FitSettings, RepairSettings
    from shapefield.solid import Solid


def fit(
    mesh: Any, *, mesh_path: str | Path | None = None, progress: bool = False, **settings: Unpack[FitSettings]
) -> Result:
    """Fit a field to a mesh, and measure it.

    mesh     : in any units and pose; an input without an inside is thickened, holes in a solid are closed
    settings : those of the command line by name: method="deepsdf", budget=30 (seconds; 20 where neither budget nor
               steps are given), resolution=128, level and crop in input units, omega=20.0, …
    mesh_path: where to write the surface as well, or None
    Returns a Result: `.field(points)`, `.gradient(points)`, `.mesh()`, `.report`, `.history`, `.save(path)`,
    `.torch()`, `.export("a.onnx")`.
    Raises UsageError for a setting, InputError for a mesh, ResourceError where memory or the device is not there,
    DivergedError where training runs away twice, OutputError where `mesh_path` cannot be written.
    """
    from shapefield.fitting.pipeline import reconstruct

    where = Path(mesh_path) if mesh_path is not None else None
    result, notices = driven(reconstruct(adopted(mesh), fit_config(**settings), mesh=where), progress)
    result.report["notices"] = notices
    return result


def load(path: str | Path) -> Result:
    """The Result in a `.field` file; runs no code of the file's. Raises InputError."""
    from shapefield.result import Result

    return Result.load(_path(path, "a .field file"))


def read_mesh(path: str | Path) -> Mesh:
    """The mesh in a file (OBJ, PLY, STL, OFF, GLB/GLTF, 3MF). Raises InputError."""
    from shapefield.mesh.reading import read

    return read(_path(path, "a mesh file"))


def evaluate(mesh: Any, reference: Any, seed: int = 0, *, progress: bool = False) -> Report:
    """Exact figures of a mesh against a reference, as `shapefield eval` prints them.

    Both in the same units and pose. The reference is repaired as a fit would repair it; the mesh is taken as it is.
    Lengths in the Report are in R, the reference's bounding radius, and in input units under `input`.
    seed : of the points at which both are compared
    Raises InputError for a file that is no mesh, or a reference that encloses nothing.
    """
    from shapefield.metrics import compare

    def job() -> Generator[Event, Any, Report]:
        return (yield from compare(_mesh(mesh), (yield from _solid(reference)), seed=seed))

    return driven(job(), progress)[0]


def evaluate_field(
    field: Callable[[np.ndarray], Any], reference: Any, resolution: int = 256, seed: int = 0, *, progress: bool = False
) -> FieldReport:
    """Exact figures of any function of points against a reference: another library's field, a formula, a Result.

    field : (n, 3) float64 points in the reference's units and pose → (n,) values, negative inside; torch is welcome too
    Returns a FieldReport: errors of the values, and under `surface` a Report of the zero level set on a grid of
    `resolution` cells. Raises UsageError for a function that gives something else.
    """
    from shapefield.fieldmetrics import measured

    def job() -> Generator[Event, Any, FieldReport]:
        return (yield from measured(field, (yield from _solid(reference)), resolution, seed))

    return driven(job(), progress)[0]


def sample(
    mesh: Any, samples: int = 500_000, mix: str = "instant-ngp", seed: int = 0, *, progress: bool = False
) -> InputSamples:
    """Signed samples of a mesh: what `shapefield sample` writes.

    samples : how many in all, at least 1 000
    mix     : shares of surface, near and uniform points: "instant-ngp", "balanced" or "deepsdf" (`sampling.MIXES`)
    Returns InputSamples: points and distances in the input's units, and the similarity to the unit frame beside;
    distances are exact, negative inside. Raises UsageError for a number or mix that does not fit, InputError for a
    mesh that encloses nothing.
    """
    from shapefield.config import SamplingConfig
    from shapefield.sampling import draw, in_input_units

    config = SamplingConfig(samples=samples, mix=mix)

    def job() -> Generator[Event, Any, InputSamples]:
        solid = yield from _solid(mesh)
        return in_input_units((yield from draw(solid, config, int(seed))), solid.similarity)

    return driven(job(), progress)[0]


def repair(
    mesh: Any, *, mesh_path: str | Path | None = None, progress: bool = False, **settings: Unpack[RepairSettings]
) -> Repaired:
    """The closed mesh that a mesh means, without training, as `shapefield repair` makes it.

    settings : those of the command line by name: mode="remesh", resolution=512, voxel, level, thicken, largest=True …
    mesh_path: where to write the mesh as well, or None
    Returns Repaired: `.mesh` (a clean closed mesh comes back as it was), `.record` with the place of every repair,
    `.report`, `.marks`. Raises UsageError for a setting, InputError for what is no mesh or has no inside.
    """
    from shapefield.mending.config import mending_config
    from shapefield.mending.job import repairing

    where = Path(mesh_path) if mesh_path is not None else None
    result, notices = driven(repairing(adopted(mesh), mending_config(**settings), where), progress)
    result.report["notices"] = notices
    return result


def compare(
    inputs: Any,
    methods: Sequence[str] = ("all",),
    *,
    output: str | Path | None = None,
    progress: bool = False,
    **settings: Unpack[CompareSettings],
) -> Comparison:
    """The methods side by side on one's own data, as `shapefield compare` does it: many fits, each in a process.

    inputs   : a mesh, the path of a mesh, a picture or a folder, or a list of those
    methods  : their names;  settings : budget=20 or steps, seeds=3, parameters, preset, resolution, device
    output   : the report to write (HTML), with its tables beside it; or None
    Returns a Comparison, whose `.rows` hold the figures of every fit, and `.failed` what went wrong.
    """
    from shapefield.lab.comparison.plan import CompareConfig, plan
    from shapefield.lab.comparison.running import Comparison
    from shapefield.lab.comparison.writing import places, write
    from shapefield.storage.files import check_outputs

    given = list(inputs) if isinstance(inputs, list) else [inputs]
    with tempfile.TemporaryDirectory() as folder:
        paths = [_as_file(one, Path(folder), k) for k, one in enumerate(given)]
        files = None if any(one.startswith(folder) for one in paths) else paths
        found = Comparison(plan(paths, methods, built(CompareConfig, settings)))
        if output is not None:
            check_outputs(places(str(output)), source=files)
        driven(found.run(), progress)
        if output is not None:
            write(found, str(output), False, files)
    return found


def batch(
    inputs: Any,
    out: str | Path,
    job: str = "fit",
    *,
    on_result: Callable[[Record], Any] | None = None,
    progress: bool = False,
    **settings: Any,
) -> Batch:
    """One job over many meshes, as `shapefield batch` does it: each in a process, nothing done twice.

    inputs    : the path of a folder, a pattern, a list or a mesh, or a list of such paths
    out       : the folder for outputs and manifest.jsonl
    job       : "fit", "repair", "sample", "info" or "eval"
    settings  : those of the batch (jobs=4, timeout="5m", redo="failed", shard="1/8", html=True) and of the job
    on_result : is called with every record; then the batch is run to its end before this returns
    Returns a Batch, an iterator of records that works as it is iterated; `.rows()` gives a table of all. Raises
    UsageError, InputError and OutputError for what cannot be begun; what a mesh meets is in its record.
    """
    from shapefield.batches.iterating import made

    given = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    return made([str(_path(one, "a mesh, a folder or a list")) for one in given], str(out), job, on_result, progress,
                settings)  # fmt: skip


def _as_file(given: Any, folder: Path, number: int) -> str:
    """A path as it is, and a mesh in a file of its own in the folder: a comparison's fits are other processes."""
    made = adopted(given)
    if not isinstance(made, Mesh):
        return str(made)
    from shapefield.mesh.writing import write

    place = folder / f"{Path(made.name).stem}-{number}.ply"
    write(made, place)
    return str(place)


def _mesh(given: Any) -> Mesh:
    made = adopted(given)
    return made if isinstance(made, Mesh) else read_mesh(made)


def _solid(given: Any) -> Generator[Event, Any, Solid]:
    from shapefield.solid import solidify

    return (yield from solidify(_mesh(given)))


def _path(path: Any, what: str) -> str | Path:
    if isinstance(path, str | os.PathLike):
        return path if isinstance(path, str) else Path(path)
    raise UsageError(f"path: expected the path of {what}, got {type(path).__name__}")
