"""Binary little-endian PLY: double precision where single would move a vertex too far, normals, colours, the unit."""

from __future__ import annotations

from typing import IO

import numpy as np

from shapefield.mesh.encoding.precision import single_is_enough
from shapefield.mesh.encoding.text import label
from shapefield.mesh.model import Mesh

BLOCK = 1 << 18


def encode(mesh: Mesh, file: IO[bytes], mark: str) -> list[str]:
    """Write `mesh`, a cloud of points where it has no faces; returns notices (none: PLY holds everything)."""
    kind, word = ("<f4", "float") if single_is_enough(mesh) else ("<f8", "double")
    fields: list[tuple] = [("position", kind, 3)]
    lines = ["ply", "format binary_little_endian 1.0", f"comment {mark}"]
    if mesh.unit:
        lines.append(f"comment unit {label(mesh.unit)}")
    lines += [f"element vertex {len(mesh.vertices)}", *(f"property {word} {axis}" for axis in "xyz")]
    if mesh.normals is not None:
        fields.append(("normal", "<f4", 3))
        lines += [f"property float n{axis}" for axis in "xyz"]
    if mesh.colors is not None:
        fields.append(("color", "u1", 3))
        lines += [f"property uchar {name}" for name in ("red", "green", "blue")]
    if len(mesh.faces):
        lines += [f"element face {len(mesh.faces)}", "property list uchar int vertex_indices"]
    file.write("\n".join([*lines, "end_header", ""]).encode("utf-8"))
    for at in range(0, len(mesh.vertices), BLOCK):
        rows = np.zeros(len(mesh.vertices[at : at + BLOCK]), fields)
        rows["position"] = mesh.vertices[at : at + BLOCK]
        if mesh.normals is not None:
            rows["normal"] = mesh.normals[at : at + BLOCK]
        if mesh.colors is not None:
            rows["color"] = mesh.colors[at : at + BLOCK]
        file.write(rows.tobytes())
    for at in range(0, len(mesh.faces), BLOCK):
        rows = np.zeros(len(mesh.faces[at : at + BLOCK]), [("count", "u1"), ("corners", "<i4", 3)])
        rows["count"] = 3
        rows["corners"] = mesh.faces[at : at + BLOCK]
        file.write(rows.tobytes())
    return []
