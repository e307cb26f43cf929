"""The report of a repair: what came out, what of the input was lost, what was done where, what it cost. Plain JSON."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from shapefield.config import ExtractionConfig
from shapefield.distance.signed import SurfaceDistance
from shapefield.events import Event, Notice
from shapefield.fitting.asking import asked_of, largest_of
from shapefield.fitting.job import Clock
from shapefield.fitting.reporting import SCHEMA, peak_memory, preserved, sizes, wall_of, walls_of
from shapefield.mending.config import MendingConfig
from shapefield.mending.marks import COLOURS, counts
from shapefield.mending.remeshing import Remeshed
from shapefield.mending.verdict import reasons
from shapefield.mesh.inspection import outline
from shapefield.mesh.model import Mesh
from shapefield.mesh.thickness import thinnest_wall
from shapefield.metrics import compare
from shapefield.offset import offset
from shapefield.solid import Solid
from shapefield.solid.repair_record import account
from shapefield.surface.components import label_components
from shapefield.verdict import losses, missed

POINTS = 50_000
"""Points on either side that the error of a sampled surface is measured at."""
ROUNDED = 1e-6
"""How deep, in unit lengths, faces reach into each other where coordinates of single precision have been rounded."""


def measured(
    mesh: Mesh, solid: Solid, config: MendingConfig, sampled: Remeshed | None, clock: Clock
) -> Generator[Event, Any, dict[str, Any]]:
    """The report of a mesh that was made of the solid: kept, or `sampled` from it."""
    wish, unit = config.extraction, mesh.unit
    kept = sampled is None and len(mesh.faces) == len(solid.mesh.faces)  # the solid's own faces, in another order
    exact = solid.exact
    if not kept:
        exact = SurfaceDistance(solid.similarity.to_unit(mesh.vertices), mesh.faces, solid.backend)
    faces = counts(solid) if sampled is None else dict.fromkeys(COLOURS, 0) | {"sampled": len(mesh.faces)}
    report: dict[str, Any] = {"name": mesh.name, "mode": mode_of(faces)}
    report["asked"] = list(config.asked)
    report["preservation"] = preserved(solid, exact, asked_of(wish, solid, wish.offset, config.solid.smallest))
    for line in losses(report["preservation"], unit):
        yield Notice(line, loud=True)
    file = solid.original.file
    before, same = solid.original, mesh is solid.original
    outlined, sized = outline(before), sizes(before)
    report["input"] = {"path": file and file.path, "sha256": file and file.sha256} | outlined
    report["surface"] = (outlined if same else outline(mesh)) | pieces(mesh)
    report["surface"]["colored"] = mesh.colors is not None
    # marching cubes' own faces lie each in its cell: none crosses another
    meshed = sampled is not None and wish.faces is None
    crossing = None if meshed else exact.hierarchy.crossing(ROUNDED)
    report["surface"]["crossings"] = 0 if meshed else None if crossing is None else int(crossing.sum())
    report["not_kept"] = list(before.unread)
    report["repairs"] = account(solid)
    report["faces"] = faces
    report["sizes"] = {"before": sized, "after": sized if same else sizes(mesh), "unit": unit}
    report["thinnest_wall"] = wall_of(solid) if kept else thinnest_wall(exact, scale=solid.similarity.scale)
    if sampled is not None:
        report["remesh"] = {"resolution": sampled.resolution, "voxel": sampled.voxel, "level": wish.offset}
        report["quality"] = yield from _error(mesh, exact, solid, wish)
        if warning := walls_of(solid, sampled.resolution, unit)[1]:
            yield Notice(warning)
    clock.leave("report")
    report["seconds"] = {name: round(value, 3) for name, value in clock.seconds.items()}
    report["peak_memory"] = peak_memory()
    against = reasons(report)
    head = {"schema": SCHEMA, "ready": not against, "reasons": against}
    return head | report | {"missed": missed(report, config.gates, unit)}


def mode_of(faces: dict[str, int]) -> str:
    """How much of the surface is the input's own, by the faces' marks: "keep" all, "mixed" some, "remesh" nothing."""
    if not faces["sampled"]:
        return "keep"
    return "mixed" if faces["kept"] + faces["turned"] + faces["united"] else "remesh"


def _error(
    mesh: Mesh, exact: SurfaceDistance, solid: Solid, wish: ExtractionConfig
) -> Generator[Event, Any, dict[str, Any]]:
    """Distances between the sampled surface and what it is a sample of."""
    wanted = largest_of(solid, wish) if wish.largest else solid
    if wish.offset:
        wanted = yield from offset(wanted, wish.offset, wish.resolution)
    crop = None if wish.crop is None else np.array(wish.crop).reshape(2, 3)
    found = yield from compare(mesh, wanted, points=POINTS, mine=exact, crop=crop)
    return found.as_dict()


def pieces(mesh: Mesh) -> dict[str, int]:
    """How many bodies a surface bounds, and how many cavities are in them: components by the sign of their volume."""
    low, high = mesh.bounds
    a, b, c = ((mesh.vertices[mesh.faces[:, corner]] - low) / (high - low).max() for corner in range(3))
    volume = np.bincount(label_components(mesh), weights=np.einsum("ij,ij->i", a, np.cross(b, c)))
    return {"bodies": int((volume >= 0).sum()), "cavities": int((volume < 0).sum())}
