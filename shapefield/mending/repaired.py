"""What a repair gives: the mesh, the record of what was done, the report, and a picture of both in colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapefield.mending.marks import marked
from shapefield.mesh.model import Mesh
from shapefield.solid import Solid
from shapefield.solid.model import Repair


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """A mended mesh in the input's frame, times the scale that was asked for.

    mesh   : the result;  record : every repair with its place, largest first of each kind
    report : plain JSON, as `shapefield repair --json` prints it
    solid  : the solid that the input means, before any remeshing
    """

    mesh: Mesh
    record: tuple[Repair, ...]
    report: dict[str, Any]
    solid: Solid

    @property
    def marks(self) -> Mesh:
        """The solid's faces and those that were removed, coloured by what was done to them (`marks.COLOURS`)."""
        return marked(self.solid)
