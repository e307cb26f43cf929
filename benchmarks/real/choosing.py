"""The most troublesome of many mesh files: open, not manifold, of many parts, crossing; each shape once.

Files are looked at in a process of its own: `python -m benchmarks.real.choosing LIST OUT` reads file names, a line
each, and adds a JSON line for each to OUT.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

MOST_FACES = 300_000
"""Faces of a mesh beyond which nobody waits for it here."""


def trouble_of(vertices: np.ndarray, faces: np.ndarray) -> dict[str, float]:
    """What is wrong with a mesh at first sight: shares of its edges, parts, and a sum to sort by."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    places, index = np.unique(vertices, axis=0, return_inverse=True)
    faces = index.reshape(-1)[faces]
    half = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    _, edge, count = np.unique(np.sort(half, axis=1), axis=0, return_inverse=True, return_counts=True)
    net = np.bincount(edge.reshape(-1), weights=np.where(half[:, 0] < half[:, 1], 1, -1), minlength=len(count))
    graph = coo_matrix((np.ones(len(half), dtype=bool), half.T), shape=(len(places), len(places)))
    parts = len(np.unique(connected_components(graph, directed=False)[1][faces[:, 0]]))
    opened, crowded = float((count == 1).mean()), float((count > 2).mean())
    turned = float(((count == 2) & (net != 0)).mean())
    trouble = (opened > 0) + (crowded > 0) + (turned > 0) + min(parts - 1, 20) / 10 + min(10 * (opened + crowded), 1)
    return {"open": opened, "crowded": crowded, "turned": turned, "parts": parts, "trouble": float(trouble)}


def screened(places: list[Path], out: Path) -> list[dict]:
    """A row of every file, from `out` where it has one; a file that ends the process that reads it has one too."""
    listing = out.with_suffix(".txt")
    while waiting := [place for place in map(str, places) if place not in {row["file"] for row in _rows(out)}]:
        listing.write_text("\n".join(waiting))
        before = len(_rows(out))
        if subprocess.run(
            [sys.executable, "-m", "benchmarks.real.choosing", str(listing), str(out)], stderr=subprocess.DEVNULL
        ).returncode:
            with out.open("a") as lines:
                lines.write(json.dumps({"file": waiting[len(_rows(out)) - before], "refused": "crashed"}) + "\n")
    return _rows(out)


def _rows(out: Path) -> list[dict]:
    return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def main(listing: Path, out: Path) -> None:
    """One JSON line for each file that the product's reader takes, flushed as it is written."""
    from shapefield.errors import ShapefieldError
    from shapefield.mesh.reading import read

    with out.open("a") as lines:
        for name in listing.read_text().splitlines():
            try:
                mesh = read(name)
            except ShapefieldError as error:
                row: dict = {"file": name, "refused": str(error)}
            else:
                shape = np.round(mesh.vertices[mesh.faces].reshape(-1, 9).sum(axis=0), 3)
                key = hashlib.sha256(f"{len(mesh.faces)} {shape.tolist()}".encode()).hexdigest()
                row = {"file": name, "faces": len(mesh.faces), "shape": key}
                if 4 <= len(mesh.faces) <= MOST_FACES:
                    row |= trouble_of(mesh.vertices, mesh.faces)
            lines.write(json.dumps(row) + "\n")
            lines.flush()


def chosen(rows: dict[str, list[dict]], count: int) -> list[dict]:
    """Of all packages' rows the `count` most troublesome, package by package in turn, the small files of each first."""
    every, seen = [], set()
    for package, own in rows.items():
        for row in own:
            if row.get("trouble") is not None and row["shape"] not in seen:
                seen.add(row["shape"])
                every.append(row | {"package": package})
    every.sort(key=lambda row: (-row["trouble"], row["file"]))
    most = max(1, count // 4)  # of one package
    taken: dict[str, list[dict]] = {}
    for row in every:
        own = taken.setdefault(row["package"], [])
        if len(own) < most and sum(map(len, taken.values())) < count:
            own.append(row)
    ordered = [(k / len(own), row) for own in taken.values() for k, row in enumerate(_small_first(own))]
    return [row for _, row in sorted(ordered, key=lambda pair: pair[0])]


def _small_first(rows: list[dict]) -> list[dict]:
    return sorted(rows, key=lambda row: (row["faces"], row["file"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
