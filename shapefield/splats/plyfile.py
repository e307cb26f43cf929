"""The PLY of 3D Gaussian splatting: one vertex a Gaussian, its properties in any order among any others.

x y z; f_dc_0..2; f_rest_0.. (all of red, then green, then blue); opacity (a logit); scale_0..2 (logarithms);
rot_0..3 (w x y z).
"""

from __future__ import annotations

import numpy as np

from shapefield.mesh.decoding.ply import tables
from shapefield.mesh.decoding.source import FileBytes
from shapefield.splats.model import DEGREES, Splats

PROPERTIES = (
    *("x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity"),
    *("scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
)
"""What every vertex has."""


def decode(source: FileBytes) -> Splats:
    """The Gaussians of a PLY. Raises InputError for a header that lies, or a PLY of something else."""
    notices: list[str] = []
    found = tables(source, notices)
    vertex = found.get("vertex", {})
    missing = [name for name in PROPERTIES if name not in vertex or name + "#" in vertex]
    if missing:
        raise source.error(f"expected a PLY of Gaussian splats, got {_told(found, missing)}")
    dc = _columns(vertex, [f"f_dc_{k}" for k in range(3)])
    return Splats(
        positions=_columns(vertex, "xyz"),
        log_scales=_columns(vertex, [f"scale_{k}" for k in range(3)]),
        rotations=_columns(vertex, [f"rot_{k}" for k in range(4)]),
        logits=_columns(vertex, ["opacity"])[:, 0],
        harmonics=np.concatenate([dc[:, None], _rest(source, vertex)], axis=1),
        notices=tuple(notices),
    )


def _told(found: dict[str, dict[str, np.ndarray]], missing: list[str]) -> str:
    if "packed_position" in found.get("vertex", {}):
        return "SuperSplat's compressed PLY: export it there as an uncompressed PLY"
    if len(missing) == len(PROPERTIES) or "f_dc_0" in missing:
        faces = any(len(columns) for name, columns in found.items() if name in ("face", "tristrips"))
        return "a mesh: use shapefield fit" if faces else "points without them: export it from a splat trainer"
    return f"none of {', '.join(missing[:6])}: export it again"


def _columns(vertex: dict[str, np.ndarray], names: list[str] | str) -> np.ndarray:
    with np.errstate(all="ignore"):  # a number beyond single precision is infinite, which the check finds
        return np.stack([vertex[name] for name in names], axis=1).astype(np.float32)


def _rest(source: FileBytes, vertex: dict[str, np.ndarray]) -> np.ndarray:
    """(n, k - 1, 3): the coefficients above the constant one, stored channel by channel."""
    count = sum(name.startswith("f_rest_") and name[7:].isdigit() for name in vertex)
    sizes = [3 * ((degree + 1) ** 2 - 1) for degree in DEGREES]
    names = [f"f_rest_{k}" for k in range(count)]
    if count not in sizes or not all(name in vertex for name in names):
        expected = ", ".join(map(str, sizes))
        raise source.error(f"expected {expected} properties f_rest_0, f_rest_1 …, got {count}: export it again")
    if not count:
        return np.zeros((len(vertex["x"]), 0, 3), dtype=np.float32)
    return _columns(vertex, names).reshape(-1, 3, count // 3).transpose(0, 2, 1)
