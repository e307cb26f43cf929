"""What is done to a surface of views before anybody sees it: loose pieces go, and are counted; faces are made fewer."""

from __future__ import annotations

from shapefield.config import ExtractionConfig
from shapefield.events import Notice, counted
from shapefield.mesh.model import Mesh
from shapefield.surface.components import drop_debris, keep_largest, label_components
from shapefield.surface.extraction import Surface
from shapefield.surface.simplification import simplify

DEBRIS = 0.01
"""Area of a piece, of the largest one's, below which it is debris."""


def tidied(found: Surface, config: ExtractionConfig) -> tuple[Mesh, list[Notice]]:
    """The mesh without debris, or its largest piece alone if that was asked for, and what is to be told of it."""
    told = [Notice("the surface leaves the box: it is closed flat there")] if found.leaves_box else []
    made = keep_largest(found.mesh) if config.largest else drop_debris(found.mesh, DEBRIS)
    gone = _pieces(found.mesh) - _pieces(made)
    if gone and not config.largest:
        told.append(Notice(f"{counted(gone, 'loose piece')} left out, below {DEBRIS:.0%} of the largest one's area"))
    if config.faces is not None and len(made.faces) > config.faces:
        made = simplify(made, config.faces)
    return made, told


def _pieces(mesh: Mesh) -> int:
    return int(label_components(mesh).max(initial=-1)) + 1
