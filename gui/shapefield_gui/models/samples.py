"""The sample meshes that come with the program, in the order in which they are offered."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from shapefield.mesh.sniffing import FORMATS

SUFFIXES = tuple(f".{suffix}" for suffix in FORMATS)
_OFFERED = 6


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample. title : what it is called in the window"""

    title: str
    path: Path


def folder() -> Path | None:
    """The folder of the sample meshes: beside the sources, or where an installation puts data; None if absent."""
    here = Path(__file__).resolve()
    places = [here.parents[3] / "sample_meshes", Path(sys.prefix) / "share" / "shapefield" / "sample_meshes"]
    places.insert(0, here.parents[1] / "sample_meshes")
    return next((p for p in places if p.is_dir() and any(_meshes(p))), None)


def _meshes(place: Path) -> list[Path]:
    return sorted(p for p in place.iterdir() if p.suffix.lower() in SUFFIXES)


def samples(most: int | None = None) -> list[Sample]:
    """All samples, or the first `most`."""
    place = folder()
    found = (
        [Sample(p.stem.replace("_", " ").replace("-", " ").capitalize(), p) for p in _meshes(place)] if place else []
    )
    return found[:most]


def offered() -> list[Sample]:
    """The six that the empty window shows."""
    return samples(_OFFERED)
