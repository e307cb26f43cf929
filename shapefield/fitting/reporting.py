"""The report of a fit: a verdict, how good the surface is, what was lost or repaired, what it cost. Plain JSON."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.config import ExtractionConfig, FitConfig
from shapefield.distance.signed import SurfaceDistance
from shapefield.driving import retold
from shapefield.errors import NoSurfaceError
from shapefield.events import Event, Notice
from shapefield.fitting.asking import asked_of, largest_of
from shapefield.fitting.gathering import wanted_level
from shapefield.fitting.job import Clock
from shapefield.mesh.inspection import outline
from shapefield.mesh.model import Mesh
from shapefield.mesh.thickness import VOXELS, advice, resolution_for, thinnest_wall, voxel
from shapefield.metrics import compare
from shapefield.offset import offset
from shapefield.preservation import Asked, preservation
from shapefield.solid.model import FaceOrigin
from shapefield.solid.repair_record import account
from shapefield.solid.topology import edges_of
from shapefield.verdict import losses, missed, verdict

SCHEMA = 2
"""Version of the report's fields, as docs/guide.md lists them; 1 had no such number."""

if TYPE_CHECKING:
    from shapefield.result import Result
    from shapefield.solid import Solid


def measure(
    result: Result, surface: Mesh, reference: Solid | None, config: FitConfig, clock: Clock
) -> Generator[Event, Any, None]:
    """Fill `result.report`: what the surface is, what it cost, and whatever the reference allows to say.

    Without a reference there are no errors, no losses, no repairs and no walls: those entries are not there.
    """
    extraction = config.extraction
    report: dict[str, Any] = {"name": result.name, "method": result.method.name, "preset": result.preset}
    report |= {"resolution": extraction.resolution, "level": wanted_level(config)}
    if reference is not None:
        report |= yield from _held_against(result, surface, reference, config)
    report["surface"] = outline(surface)
    report["box_sides"] = sides_touched(result, surface, extraction)
    before = None if reference is None else sizes(reference.original)
    report["sizes"] = {"before": before, "after": sizes(surface), "unit": result.unit}
    clock.leave("report")
    report["seconds"] = {k: round(v, 3) for k, v in clock.seconds.items()}
    report["peak_memory"] = peak_memory()
    report["run"] = result.run
    word, reasons = verdict(report)
    result.report = {"schema": SCHEMA, "verdict": word, "reasons": reasons} | report
    result.report["missed"] = missed(report, config.gates, result.unit)


def _held_against(
    result: Result, surface: Mesh, solid: Solid, config: FitConfig
) -> Generator[Event, Any, dict[str, Any]]:
    """Errors against the solid that was fitted, losses against the input, repairs.

    Where a surface at a level was asked for, it is held against the solid offset by that level.
    """
    extraction, level, resolution = config.extraction, wanted_level(config), config.extraction.resolution
    fitted = largest_of(solid, extraction) if extraction.largest else solid
    wanted = (yield from offset(fitted, level, resolution)) if level else fitted
    crop = None if extraction.crop is None else np.array(extraction.crop).reshape(2, 3)
    mine = SurfaceDistance(solid.similarity.to_unit(surface.vertices), surface.faces, solid.backend)
    found = yield from compare(surface, wanted, mine=mine, crop=crop)
    report: dict[str, Any] = {"quality": found.as_dict()}
    asked = asked_of(extraction, solid, level, config.solid.smallest)
    report["preservation"] = preserved(solid, mine, asked)
    for line in losses(report["preservation"], result.unit):
        yield Notice(line, loud=True)
    file = solid.original.file
    report["input"] = {"path": file and file.path, "sha256": file and file.sha256} | outline(solid.original)
    report["repairs"] = account(solid)
    report["walls"], warning = walls_of(solid, resolution, result.unit)
    if warning:
        yield Notice(warning)
    if result.method.can.prior is not None:
        report["without_network"] = yield from _if_any(_without_network(result, wanted, config, crop))
    if config.floor:
        report["floor"] = yield from _if_any(floor_of(fitted, resolution, level, wanted))
    return report


def preserved(solid: Solid, result: SurfaceDistance, asked: Asked | None = None) -> dict[str, Any]:
    """What a result, in the solid's unit frame, has lost of the solid's input and added to it; plain JSON.

    invented : the share that was added, or that closed holes if that is more
    """
    given = solid.exact
    if solid.mesh is not solid.original:
        given = SurfaceDistance(solid.similarity.to_unit(solid.original.vertices), solid.original.faces, solid.backend)
    found = preservation(given, result, solid.similarity, asked, solid.original.part_of).as_dict()
    patched = solid.repairs.hole_area / max(float(solid.mesh.face_areas.sum()), 1e-300)
    return found | {"invented": max(found["added"], patched)}


def sides_touched(result: Result, surface: Mesh, extraction: ExtractionConfig) -> int | None:
    """How many sides of the box that was extracted the surface reaches, to half a voxel; None for a crop box."""
    if extraction.crop is not None:
        return None
    lower, upper = (np.array(corner) for corner in result.box(extraction))
    half = 0.5 * (upper - lower) / extraction.resolution
    low, high = result.similarity.to_unit(surface.bounds)
    return int((low <= lower + half).sum() + (high >= upper - half).sum())


def wall_of(solid: Solid) -> float | None:
    """The solid's thinnest wall, input units: of the input's own faces, for a patch may meet the skin like a knife."""
    given = solid.origin.made != FaceOrigin.PATCHED
    return thinnest_wall(solid.exact, None if given.all() else given, solid.similarity.scale)


def walls_of(solid: Solid, resolution: int, unit: str | None) -> tuple[dict[str, Any], str]:
    """The thinnest wall, the voxel and the resolution that holds that wall; and a line if this one does not."""
    thinnest, radius = wall_of(solid), solid.similarity.radius
    edge = voxel(radius, resolution)
    found: dict[str, Any] = {"thinnest": thinnest, "voxel": edge, "resolution": None}
    if thinnest is None:
        return found, ""
    found["resolution"] = enough = resolution_for(thinnest, radius)
    if thinnest >= VOXELS * edge:
        return found, ""
    length = f" {unit}" if unit else ""
    return found, (
        f"the thinnest walls, about {thinnest:.3g}{length}, are under {VOXELS} voxels of {edge:.3g}{length} "
        f"at {resolution}³: " + advice(enough)
    )


def sizes(mesh: Mesh) -> dict[str, Any]:
    """Extents (3,) and enclosed volume in the mesh's own units; None as volume of a sheet, which encloses none."""
    low, high = mesh.bounds
    proper = mesh.faces[(mesh.faces != np.roll(mesh.faces, 1, axis=1)).all(axis=1)]  # a repeated corner: an edge alone
    closed = len(proper) > 0 and edges_of(proper).closed
    return {"extents": (high - low).tolist(), "volume": mesh.volume if closed else None}


def _if_any(figures: Generator[Event, Any, dict[str, Any]]) -> Generator[Event, Any, dict[str, Any] | None]:
    """The figures of another surface; None where there is none at this resolution, which the fit's own may survive."""
    try:
        return (yield from figures)
    except NoSurfaceError:
        return None


def _without_network(
    result: Result, solid: Solid, config: FitConfig, crop: np.ndarray | None
) -> Generator[Event, Any, dict[str, Any]]:
    """The same figures with the network zeroed: what the method's aid reaches alone."""
    module: Any = result.module
    module.base_only = True
    try:
        surface = yield from retold(result.surface(config.extraction), _unsaid)
    finally:
        module.base_only = False
    found = yield from compare(surface, solid, points=50_000, crop=crop)
    return found.as_dict()


def _unsaid(event: Event) -> Event | None:
    """An extraction's event, its notices left out: the network's own surface has given them."""
    return None if isinstance(event, Notice) else event


def floor_of(
    solid: Solid, resolution: int, level: float = 0.0, wanted: Solid | None = None
) -> Generator[Event, Any, dict[str, Any]]:
    """The same figures for marching cubes of the exact signed distance: what no field can beat at this resolution.

    level : of the surface, input units;  wanted : the solid offset by it, which the surface is held against
    """
    from shapefield import surface

    by = level * solid.similarity.scale
    box = 1.0 + max(by, 0.0)
    found = yield from surface.extract(
        solid.exact.signed, resolution, level=by, lower=(-box, -box, -box), upper=(box, box, box)
    )
    vertices = solid.similarity.to_input(found.mesh.vertices)
    compared = yield from compare(Mesh(vertices, found.mesh.faces), wanted or solid)
    return compared.as_dict()


def peak_memory() -> int | None:
    """Peak resident bytes of this process, or None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
