"""What a notebook shows of a mesh, and of what has one: a picture beside a few facts."""

from __future__ import annotations

from collections.abc import Sequence

from shapefield.errors import InputError
from shapefield.mesh.model import Mesh
from shapefield.mesh.thumbnail import thumbnail
from shapefield.reports.html import png_data, rendered

SIDE = 240


def card(mesh: Mesh | None, facts: Sequence[tuple[str, str]], title: str = "") -> str:
    """HTML of the mesh's picture, if there is anything to see, beside the facts; text from files is escaped."""
    name = title or (mesh.name if mesh is not None else "")
    alt = mesh.name if mesh is not None else ""
    return rendered("card.html", title=name, facts=facts, address=_picture(mesh), side=SIDE, alt=alt)


def _picture(mesh: Mesh | None) -> str:
    if mesh is None or not len(mesh.faces):
        return ""
    try:
        return png_data(thumbnail(mesh, SIDE))
    except InputError:  # a single point
        return ""
