"""The meshes that benchmarks run on, by name: scans out of packages anyone can install, and the project's samples.

`python -m benchmarks meshes` lists what is here and how to get the rest.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read

SAMPLES = Path(__file__).resolve().parent.parent / "sample_meshes"
PACKAGES = Path(__file__).resolve().parent / "packages"
"""Where a system package may be unpacked instead of installed; meshes out of its archives are kept here too."""


@dataclass(frozen=True)
class Source:
    """Where a mesh comes from.

    package : the Python package that bundles it, or "" for a system file or a sample
    place   : path inside that package, or in the file system
    remedy  : how to get it, one line
    member  : its name inside the archive that `place` then is
    """

    package: str
    place: str
    remedy: str = ""
    member: str = ""

    @property
    def path(self) -> Path | None:
        """The file, or None where it is not installed."""
        if self.member:
            return self._unpacked()
        if not self.package:
            found = Path(self.place)
        else:
            spec = importlib.util.find_spec(self.package)
            if spec is None or not spec.submodule_search_locations:
                return None
            found = Path(spec.submodule_search_locations[0]) / self.place
        return found if found.exists() else None

    def _unpacked(self) -> Path | None:
        """The archive's member, unpacked once; the archive is looked for in the system and in `PACKAGES`."""
        kept = PACKAGES / "unpacked" / Path(self.member).name
        archive = next((p for p in (Path(self.place), PACKAGES / self.place.lstrip("/")) if p.exists()), None)
        if archive is not None and not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with tarfile.open(archive) as opened:
                held = opened.extractfile(self.member)
                if held is None:
                    return None
                with kept.open("wb") as file:
                    shutil.copyfileobj(held, file)
        return kept if kept.exists() else None


_LAB = "pip install pymeshlab"
_CGAL = "apt-get download libcgal-demo && dpkg -x libcgal-demo_*.deb benchmarks/packages (Debian, Ubuntu)"
_DATA = "/usr/share/doc/libcgal-dev/data.tar.gz"
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

UNSEEN: dict[str, Source] = {
    name: Source("", _DATA, _CGAL, f"data/meshes/{file}.off")
    for name, file in {
        "armadillo": "armadillo",
        "femur": "femur",
        "camel": "camel",
        "bear": "bear",
        "bull": "bull",
        "dino": "dino",
        "homer": "homer",
        "fandisk": "fandisk",
        "turbine": "turbine",
        "anchor": "anchor_dense",
        "rotor": "rotor_small",
        "coupling": "couplingdown",
    }.items()
}
"""Closed meshes on which nothing here was tuned: scans and models (armadillo … homer) and CAD parts."""


def sources() -> dict[str, Source]:
    """Every mesh by name: the scans, those held out, then the samples."""
    suffixes = {".obj", ".ply", ".stl", ".glb"}
    samples = sorted(p for p in SAMPLES.iterdir() if p.suffix in suffixes) if SAMPLES.exists() else []
    return SCANS | UNSEEN | {p.stem: Source("", str(p)) for p in samples}


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
