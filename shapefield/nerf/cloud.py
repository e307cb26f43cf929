"""A coloured point cloud as a binary PLY file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.storage.files import writing
from shapefield.storage.mark import marked


def write_cloud(cloud: Mesh, path: Path, source: str | Path | None = None) -> None:
    """Write vertices (float32), and normals and colours where there are any."""
    fields: list[tuple[str, str]] = [("x", "<f4"), ("y", "<f4"), ("z", "<f4")]
    fields += [("nx", "<f4"), ("ny", "<f4"), ("nz", "<f4")] if cloud.normals is not None else []
    fields += [("red", "u1"), ("green", "u1"), ("blue", "u1")] if cloud.colors is not None else []
    rows = np.empty(len(cloud.vertices), dtype=fields)
    for array, keys in (
        (cloud.vertices, ("x", "y", "z")),
        (cloud.normals, ("nx", "ny", "nz")),
        (cloud.colors, ("red", "green", "blue")),
    ):
        if array is not None:
            for k, key in enumerate(keys):
                rows[key] = array[:, k]
    kinds = {"<f4": "float", "u1": "uchar"}
    head = ["ply", "format binary_little_endian 1.0", f"comment {marked(path, source)}", f"element vertex {len(rows)}"]
    head += [f"property {kinds[kind]} {name}" for name, kind in fields]
    with writing(path) as file:
        file.write(("\n".join([*head, "end_header"]) + "\n").encode())
        file.write(rows.tobytes())
