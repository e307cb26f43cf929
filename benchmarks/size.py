"""Bytes against error: compact fields of several sizes, and Draco's mesh files at several sizes.

`python -m benchmarks size [--mesh bunny] [--steps 1500]`

A field's error is that of its surface at --resolution. Draco gets the mesh itself and decimations of it (it packs
meshes, and a smaller mesh is how a user makes its file smaller), each at several bits a coordinate; for every field
the smallest Draco file that is at least as near is named.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import shapefield as sf
from benchmarks import meshes, peers, record
from shapefield.driving import finish
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read
from shapefield.metrics import compare
from shapefield.solid import Solid, solid_of
from shapefield.surface import simplify

TABLES = (10, 11, 12, 13, 14, 15)
FACES = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000)
BITS = (10, 11, 12, 14)


def main(arguments: list[str]) -> int:
    """Fit and pack; print rows, name Draco's equals, write JSON and a plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks size", description=main.__doc__)
    parser.add_argument("--mesh", default="bunny")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--tables", type=int, nargs="*", default=list(TABLES))
    parser.add_argument("--resolution", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    settings = record.machine(options.seed, ("DracoPy",)) | vars(options)
    record.show(settings)
    path = meshes.find(options.mesh)
    fields = [_field(path, table, options) for table in options.tables]
    files = _draco(solid_of(read(path)))
    for row in fields:
        equals = [f for f in files if "bytes" in f and f["mean"] <= row["mean"]]
        if equals:
            best = min(equals, key=lambda f: f["bytes"])
            row |= {"draco_bytes": best["bytes"], "draco": best["name"], "times_draco": row["bytes"] / best["bytes"]}
        print(record.row_line(row))
    place = record.save("size", settings, fields + files, options.json)
    curves = {"compact fields": ([r["bytes"] for r in fields], [r["mean"] for r in fields])}
    for bits in BITS:
        some = [f for f in files if f.get("bits") == bits]
        if some:
            curves[f"Draco, {bits} bits"] = ([f["bytes"] for f in some], [f["mean"] for f in some])
    record.plot(place, curves, ("bytes", "mean error / R"), f"{options.mesh}: bytes against error", (5e-4,))
    return 0


def _field(path: Path, table: int, options: argparse.Namespace) -> dict[str, Any]:
    settings = {"steps": options.steps, "table": table, "resolution": options.resolution, "seed": options.seed}
    result = sf.fit(path, preset="compact", **settings)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "a.field"
        result.save(place)
        size = place.stat().st_size
    quality = result.report["quality"]
    row = {"name": f"compact field, table 2^{table}", "bytes": size, "mean": quality["mean"]}
    return row | {"narrow_band_iou": quality["narrow_band_iou"]}


def _draco(solid: Solid) -> list[dict[str, Any]]:
    """One row a number of faces and of bits."""
    rows: list[dict[str, Any]] = []
    for faces in (*FACES, len(solid.mesh.faces)):
        mesh = simplify(solid.mesh, faces)
        for bits in BITS:
            try:
                size, found = peers.draco(mesh, bits)
            except peers.Missing as missing:
                return [{"name": "Draco", "missing": str(missing)}]
            whole = Mesh(found.vertices, found.faces)
            mean = finish(compare(whole, solid, points=100_000)).mean
            name = f"Draco, {len(mesh.faces)} faces, {bits} bits"
            rows.append({"name": name, "bits": bits, "faces": len(mesh.faces), "bytes": size, "mean": mean})
            print(record.row_line(rows[-1]))
    return rows
