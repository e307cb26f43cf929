"""The meshes that benchmarks run on, by name: scans out of packages anyone can install, and the project's samples.

`python -m benchmarks meshes` lists what is here and how to get the rest.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read

SAMPLES = Path(__file__).resolve().parent.parent / "sample_meshes"


@dataclass(frozen=True)
class Source:
    """Where a mesh comes from.

    package : the Python package that bundles it, or "" for a system file or a sample
    place   : path inside that package, or in the file system
    remedy  : how to get it, one line
    """

    package: str
    place: str
    remedy: str = ""

    @property
    def path(self) -> Path | None:
        """The file, or None where it is not installed."""
        if not self.package:
            found = Path(self.place)
        else:
            spec = importlib.util.find_spec(self.package)
            if spec is None or not spec.submodule_search_locations:
                return None
            found = Path(spec.submodule_search_locations[0]) / self.place
        return found if found.exists() else None


_LAB = "pip install pymeshlab"
SCANS: dict[str, Source] = {
    "bunny": Source("", "/usr/share/glmark2/models/bunny.obj", "apt-get install glmark2-data (Debian, Ubuntu)"),
    "bone": Source("pymeshlab", "tests/sample_meshes/bone.ply", _LAB),
    "bunny10k": Source("pymeshlab", "tests/sample_meshes/bunny10k_textured.obj", _LAB),
    "face": Source("pymeshlab", "tests/sample_meshes/rangemaps/face000.ply", _LAB),
    "cow": Source("pymeshlab", "tests/sample_meshes/cow.obj", _LAB),
    "airplane": Source("pymeshlab", "tests/sample_meshes/airplane.obj", _LAB),
}
"""Meshes that nobody here made: bunny (69 666 faces, whole), bone and bunny10k (scans), face (a range map, open),
cow and airplane (modelled, with loose parts)."""


def sources() -> dict[str, Source]:
    """Every mesh by name: the scans, then the samples."""
    suffixes = {".obj", ".ply", ".stl", ".glb"}
    samples = sorted(p for p in SAMPLES.iterdir() if p.suffix in suffixes) if SAMPLES.exists() else []
    return SCANS | {p.stem: Source("", str(p)) for p in samples}


def find(name: str) -> Path:
    """The file of a mesh by name, or a path taken as it is. Exits with one line where it is not here."""
    known = sources()
    if name in known:
        path = known[name].path
        if path is None:
            raise SystemExit(f"benchmarks: {name} is not installed: {known[name].remedy}")
        return path
    if not Path(name).exists():
        raise SystemExit(f"benchmarks: expected a path or one of {', '.join(known)}, got {name!r}")
    return Path(name)


def at_faces(mesh: Mesh, faces: int) -> Mesh:
    """The same shape with about so many faces, up to a factor of two: decimated, or subdivided by Loop's scheme."""
    from shapefield.surface import simplify

    vertices, triangles = mesh.vertices, mesh.faces
    if len(triangles) < faces:
        import igl

        while 2 * len(triangles) < faces:
            vertices, triangles = igl.loop(vertices, np.ascontiguousarray(triangles, dtype=np.int64))
        mesh = Mesh(vertices, triangles, unit=mesh.unit, name=mesh.name)
    return simplify(mesh, faces) if len(mesh.faces) > faces else mesh


def main(arguments: list[str]) -> int:
    """List the meshes: faces and place, or how to get them."""
    for name, source in sources().items():
        path = source.path
        if path is None:
            print(f"{name:10} not here: {source.remedy}")
            continue
        print(f"{name:10} {len(read(path).faces):>9,} faces  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
