"""OFF: text with as many digits as the mesh needs; COFF where there are colours."""

from __future__ import annotations

from typing import IO

import numpy as np

from shapefield.mesh.encoding.precision import decimals
from shapefield.mesh.encoding.text import lines
from shapefield.mesh.model import Mesh


def encode(mesh: Mesh, file: IO[bytes], mark: str) -> list[str]:
    """Write `mesh`; returns notices: OFF holds no normals, and says nothing about it, for readers compute them."""
    magic = "OFF" if mesh.colors is None else "COFF"
    file.write(f"{magic}\n# {mark}\n{len(mesh.vertices)} {len(mesh.faces)} 0\n".encode("ascii"))
    number = f"%.{decimals(mesh)}g"
    if mesh.colors is None:
        file.writelines(lines(f"{number} {number} {number}\n", mesh.vertices))
    else:
        rows = np.concatenate([mesh.vertices, mesh.colors, np.full((len(mesh.colors), 1), 255)], axis=1)
        file.writelines(lines(f"{number} {number} {number} %d %d %d %d\n", rows))
    file.writelines(lines("3 %d %d %d\n", mesh.faces))
    return []
