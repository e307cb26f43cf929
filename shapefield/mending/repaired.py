"""What a repair gives: the mesh, the record of what was done, the report, and a picture of both in colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapefield.events import counted
from shapefield.mending.marks import marked
from shapefield.mesh.card import card
from shapefield.mesh.model import Mesh
from shapefield.solid import Solid
from shapefield.solid.model import Repair


@dataclass(frozen=True, slots=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        return f"<Repaired {self.mesh!r}: {counted(len(self.record), 'repair')}>"

    def _repr_html_(self) -> str:
        """As a notebook shows it: the mesh beside what was done to it."""
        return card(self.mesh, [(one.kind.value, f"{one.count:,}") for one in self.record] or [("repairs", "none")])

    @property
    def marks(self) -> Mesh:
        """The solid's faces and those that were removed, coloured by what was done to them (`marks.COLOURS`)."""
        return marked(self.solid)
