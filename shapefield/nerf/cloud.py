"""A coloured point cloud as a binary PLY file."""

from __future__ import annotations

from pathlib import Path

from shapefield.mesh.encoding.ply import encode
from shapefield.mesh.model import Mesh
from shapefield.storage.files import writing
from shapefield.storage.mark import marked


def write_cloud(cloud: Mesh, path: Path, source: str | Path | None = None) -> None:
    """Write the vertices of a mesh without faces, with normals, colours and unit where there are any; see `marked`."""
    with writing(path) as file:
        encode(cloud, file, marked(path, source))
