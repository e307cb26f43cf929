"""OBJ: text with as many digits as the mesh needs; vertex colours behind the coordinates, as MeshLab writes them."""

from __future__ import annotations

from typing import IO

import numpy as np

from shapefield.mesh.encoding.precision import decimals
from shapefield.mesh.encoding.text import label, lines
from shapefield.mesh.model import Mesh


def encode(mesh: Mesh, file: IO[bytes], mark: str) -> list[str]:
    """Write `mesh`; returns notices (none: OBJ holds everything)."""
    head = f"# {mark}\n# Vertices: {len(mesh.vertices)}\n# Faces: {len(mesh.faces)}\n"
    file.write((head + (f"# unit {label(mesh.unit)}\n" if mesh.unit else "")).encode("utf-8"))
    number = f"%.{decimals(mesh)}g"
    if mesh.colors is None:
        file.writelines(lines(f"v {number} {number} {number}\n", mesh.vertices))
    else:
        rows = np.concatenate([mesh.vertices, mesh.colors / 255.0], axis=1)
        file.writelines(lines(f"v {number} {number} {number} %.4f %.4f %.4f\n", rows))
    corners = mesh.faces + 1
    if mesh.normals is None:
        file.writelines(lines("f %d %d %d\n", corners))
    else:
        file.writelines(lines("vn %.5f %.5f %.5f\n", mesh.normals))
        file.writelines(lines("f %d//%d %d//%d %d//%d\n", np.repeat(corners, 2, axis=1)))
    return []
