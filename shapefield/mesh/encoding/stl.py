"""Binary STL: single precision, no shared vertices, no vertex colours."""

from __future__ import annotations

from typing import IO

import numpy as np

from shapefield.mesh.decoding.stl import RECORD
from shapefield.mesh.encoding.precision import single_notices
from shapefield.mesh.model import Mesh

BLOCK = 1 << 18


def encode(mesh: Mesh, file: IO[bytes], mark: str) -> list[str]:
    """Write `mesh`; returns one notice for lost precision and one for lost colours."""
    file.write(mark.encode("ascii").ljust(80, b"\x00") + len(mesh.faces).to_bytes(4, "little"))
    for at in range(0, len(mesh.faces), BLOCK):
        faces = mesh.faces[at : at + BLOCK]
        rows = np.zeros(len(faces), RECORD)
        corners = mesh.vertices[faces]
        vectors = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        rows["normal"] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        with np.errstate(over="ignore", under="ignore"):
            rows["corners"] = corners
        file.write(rows.tobytes())
    lost = ["STL holds no colours: write PLY, OBJ or GLB to keep them"] if mesh.colors is not None else []
    return single_notices(mesh, "STL") + lost
