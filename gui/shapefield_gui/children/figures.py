"""Which of a field's figures hold for a surface that was taken out of it: those that were measured on this one."""

from __future__ import annotations

import os
from typing import Any

from shapefield.config import ExtractionConfig
from shapefield.mesh.model import Mesh

_OF_THE_SURFACE = {
    "quality", "preservation", "surface", "box_sides", "verdict", "reasons", "missed", "sizes", "walls", "floor",
    "without_network",
}  # fmt: skip
"""What a report says of one surface, and not of another that is taken out of the same field."""


def report_of(result: Any, field: str, mesh: Mesh, config: ExtractionConfig) -> dict[str, Any]:
    """The report of the field for a mesh taken out of it: whole where it is the surface of the fit.

    config : how it was taken out, in input units
    """
    report = result.report | {"bytes": os.stat(field).st_size}
    if _is_the_measured(report, mesh, config):
        return report
    kept = {key: value for key, value in report.items() if key not in _OF_THE_SURFACE}
    return kept | {"resolution": config.resolution, "level": config.offset}


def _is_the_measured(report: dict[str, Any], mesh: Mesh, config: ExtractionConfig) -> bool:
    """The same field, resolution and level give the same surface; crops and simplified ones differ in their counts."""
    measured = report.get("surface") or {}
    asked = (report.get("resolution"), report.get("level"), measured.get("vertices"), measured.get("faces"))
    return asked == (config.resolution, config.offset, len(mesh.vertices), len(mesh.faces))
