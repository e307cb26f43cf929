"""What a notebook shows of a mesh, and of what has one: a picture beside a few facts."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from shapefield.errors import InputError
from shapefield.escaping import escaped
from shapefield.mesh.model import Mesh
from shapefield.mesh.thumbnail import as_png, thumbnail

SIDE = 240


def card(mesh: Mesh | None, facts: Sequence[tuple[str, str]], title: str = "") -> str:
    """HTML of the mesh's picture, if there is anything to see, beside the facts; text from files is escaped."""
    rows = "".join(f"<tr><td>{escaped(name)}</td><td>{escaped(value)}</td></tr>" for name, value in facts)
    name = title or (mesh.name if mesh is not None else "")
    told = f"<div><b>{escaped(name)}</b><table>{rows}</table></div>"
    return f'<div style="display:flex;gap:1em;align-items:center">{_picture(mesh)}{told}</div>'


def _picture(mesh: Mesh | None) -> str:
    if mesh is None or not len(mesh.faces):
        return ""
    try:
        data = base64.b64encode(as_png(thumbnail(mesh, SIDE))).decode()
    except InputError:  # a single point
        return ""
    return f'<img width="{SIDE}" height="{SIDE}" alt="{escaped(mesh.name)}" src="data:image/png;base64,{data}">'
