"""A `.field` of `hybrid` (the default method) or `hashgrid`, read and asked with NumPy alone: docs/field-format.md.

python examples/read_field.py bunny.field 0.1 0.2 0.3 prints the signed distance there, in the mesh's own units.
"""

import json
import sys

import numpy as np

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}
PRIMES = (1, 2654435761, 805459861)


def read(path: str) -> tuple[dict, dict[str, np.ndarray]]:
    """The header, and the tensors by name."""
    data = open(path, "rb").read()
    start = 8 + int.from_bytes(data[:8], "little")
    table = json.loads(data[8:start])
    header = json.loads(table.pop("__metadata__")["shapefield"])["header"]
    spans = {name: slice(start + e["data_offsets"][0], start + e["data_offsets"][1]) for name, e in table.items()}
    return header, {k: np.frombuffer(data[spans[k]], TYPES[e["dtype"]]).reshape(e["shape"]) for k, e in table.items()}


def interpolate(x: np.ndarray, cells: int, rows) -> np.ndarray:
    """(n, 3) in [-1, 1] → the sum over a cell's eight corners (n, 3) of their weight times rows(corner) (n, F)."""
    position = (x + 1) * (0.5 * cells)
    low = np.minimum(np.floor(position), cells - 1).astype(np.int64)
    inside, total = position - low, 0.0
    for corner in np.ndindex(2, 2, 2):
        total = total + np.where(corner, inside, 1 - inside).prod(axis=1)[:, None] * rows(low + corner)
    return total


def encode(x: np.ndarray, table: np.ndarray, o: dict) -> np.ndarray:
    """(n, 3) in [-1, 1] → (n, levels · features): Instant-NGP's grid, dense where a level fits into its table."""
    growth, first, features = (o["finest"] / o["coarsest"]) ** (1 / max(o["levels"] - 1, 1)), 0, []
    for k in range(o["levels"]):
        cells = round(o["coarsest"] * growth**k)
        size, steps = min((cells + 1) ** 3, 2 ** o["table"]), (cells + 1) ** np.arange(3)
        dense = (cells + 1) ** 3 <= 2 ** o["table"]
        mixed = lambda c: np.bitwise_xor.reduce(c * PRIMES, axis=1) & (size - 1)  # noqa: B023, E731
        entry = (lambda c: c @ steps) if dense else mixed  # noqa: B023
        features.append(interpolate(x, cells, lambda c: table[first + entry(c)]))  # noqa: B023
        first += size
    return np.concatenate(features, axis=1)


def ask(header: dict, t: dict[str, np.ndarray], points: np.ndarray) -> np.ndarray:
    """(n, 3) points in the mesh's units → (n,) signed distances in those units, negative inside."""
    x = (points - header["center"]) * header["scale"]
    near = x.clip(-1, 1)
    h = encode(near, t["field.encoding.table"], header["options"])
    layers = sorted({int(name.split(".")[2]) for name in t if name.startswith("field.network.")})
    for k in layers:
        h = h @ t[f"field.network.{k}.weight"].T + t[f"field.network.{k}.bias"]
        h = h if k == layers[-1] else np.maximum(h, 0)
    value = h[:, 0]
    if "field.base" in t:  # the default method: a grid of exact distances, and the network for what is left
        base, cells = t["field.base"], len(t["field.base"]) - 1
        value = value / cells + interpolate(near, cells, lambda c: base[c[:, 0], c[:, 1], c[:, 2]])[:, 0]
    gap = np.linalg.norm(x - near, axis=1)  # outside the box: what is known there, docs/field-format.md
    value = np.where(gap > 0, np.hypot(value.clip(0), gap) + value.clip(max=0), value)
    return value / header["scale"]


if __name__ == "__main__":
    print(ask(*read(sys.argv[1]), np.array([[float(v) for v in sys.argv[2:5]]])).item())
