"""Where real meshes come from: packages by name, fetched by their registries' own clients into a cache folder."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

SUFFIXES = (".obj", ".ply", ".stl", ".off", ".glb", ".gltf", ".3mf", ".dae", ".zae", ".3dxml", ".xaml")
ARCHIVES = (".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip", ".sh3f")
LARGEST = 40 << 20
"""Bytes of a file beyond which nobody waits for it here."""


def _debian(package: str, folder: Path) -> None:
    subprocess.run(["apt-get", "download", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for archive in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", archive.name, "content"], cwd=folder, check=True)
        archive.unlink()


def _npm(package: str, folder: Path) -> None:
    subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    _unpack_all(folder)


def _pypi(package: str, folder: Path) -> None:
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
    subprocess.run(fetch, check=True)
    _unpack_all(folder)


DEBIAN, NPM, PYPI = _debian, _npm, _pypi
"""The registries, each a function that fetches a package by its name into a folder."""
PACKAGES: dict[str, Callable[[str, Path], None]] = {
    "cura": _debian,
    "prusa-slicer": _debian,
    "libcgal-demo": _debian,
    "assimp-testmodels": _debian,
    "openscad-testing-data": _debian,
    "@webxr-input-profiles/assets": _npm,
    "pybullet": _pypi,
    "dm_control": _pypi,
    "pyvista": _pypi,
    "pymeshlab": _pypi,
}
"""Name → how it is fetched. Debian's lists must be fresh (`apt-get update`)."""


def fetched(cache: Path, packages: Mapping[str, Callable[[str, Path], None]] = PACKAGES) -> dict[str, list[Path]]:
    """Package → its mesh files; fetches what is not there yet, and tells what could not be had."""
    found = {}
    for package, fetch in packages.items():
        folder = cache / package.strip("@").replace("/", "-")
        if not (folder / "complete").exists():
            folder.mkdir(parents=True, exist_ok=True)
            try:
                fetch(package, folder)
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"{package}: not fetched: {error}")
                continue
            _unpack_all(folder)  # what lies packed within
            (folder / "complete").touch()
        found[package] = sorted(place for place in folder.rglob("*") if _is_mesh(place))
    return found


def _is_mesh(place: Path) -> bool:
    name = place.name.lower().removesuffix(".gz")
    return name.endswith(SUFFIXES) and place.is_file() and 0 < place.stat().st_size <= LARGEST


def _unpack_all(folder: Path) -> None:
    """Every archive in the folder, each into a folder of its name; wheels are zips."""
    for archive in [place for place in folder.rglob("*") if place.is_file()]:
        name = archive.name.lower()
        target = archive.with_name(archive.name + ".content")
        if name.endswith((*ARCHIVES, ".whl")):
            _unpack(archive, target)
            archive.unlink()


def _unpack(archive: Path, target: Path) -> None:
    if archive.name.lower().endswith((".zip", ".whl", ".sh3f")):
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(target)
    else:
        with tarfile.open(archive) as packed:
            packed.extractall(target, filter="data")
