"""Splats for the tests: random ones, and files written by hand."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np

from shapefield.splats.model import Splats


def random_splats(count: int = 60, degree: int = 1, seed: int = 0) -> Splats:
    """Gaussians of all shapes in a box of edge 2, in numbers that single precision holds."""
    generator = np.random.default_rng(seed)
    rotations = generator.normal(size=(count, 4))
    return Splats(
        positions=generator.uniform(-1, 1, (count, 3)).astype(np.float32),
        log_scales=generator.uniform(-4.0, -1.0, (count, 3)).astype(np.float32),
        rotations=(rotations / np.linalg.norm(rotations, axis=1, keepdims=True)).astype(np.float32),
        logits=generator.uniform(-3.0, 4.0, count).astype(np.float32),
        harmonics=generator.normal(0.0, 0.4, (count, (degree + 1) ** 2, 3)).astype(np.float32),
    )


def write_ply(splats: Splats, path: Path) -> None:
    """The PLY of 3D Gaussian splatting: binary, little-endian, single precision."""
    rest = 3 * (splats.harmonics.shape[1] - 1)
    names = ["x", "y", "z", "nx", "ny", "nz", *(f"f_dc_{k}" for k in range(3)), *(f"f_rest_{k}" for k in range(rest))]
    names += ["opacity", *(f"scale_{k}" for k in range(3)), *(f"rot_{k}" for k in range(4))]
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(splats)}"]
    head = "\n".join([*lines, *(f"property float {name}" for name in names), "end_header", ""]).encode("utf-8")
    colours = splats.harmonics.transpose(0, 2, 1)
    rows = [splats.positions, np.zeros_like(splats.positions), colours[:, :, 0]]
    rows += [colours[:, :, 1:].reshape(len(colours), rest), splats.logits[:, None], splats.log_scales, splats.rotations]
    path.write_bytes(head + np.concatenate(rows, axis=1).astype("<f4").tobytes())


def spz_bytes(splats: Splats, version: int, fraction: int = 12, **header: int) -> bytes:
    """An SPZ file of the splats, quantised as its documentation says."""
    count = header.get("count", len(splats))
    head = struct.pack("<4sIIBBBB", b"NGSP", version, count, splats.degree, fraction, header.get("flags", 0), 0)
    fixed = np.rint(splats.positions.astype(np.float64) * (1 << fraction)).astype("<i4")
    places = fixed.reshape(-1, 1).view(np.uint8).reshape(-1, 4)[:, :3]
    parts = [places, splats.opacities * 255.0, splats.harmonics[:, 0] * (0.15 * 255.0) + 127.5]
    parts += [(splats.log_scales + 10.0) * 16.0, _packed(splats.rotations, version)]
    parts += [splats.harmonics[:, 1:] * 128.0 + 128.0]
    return gzip.compress(head + b"".join(np.clip(np.rint(p), 0, 255).astype(np.uint8).tobytes() for p in parts))


def _packed(rotations: np.ndarray, version: int) -> np.ndarray:
    if version == 2:
        return np.where(rotations[:, :1] < 0, -1, 1) * rotations[:, 1:] * 127.5 + 127.5
    found = []
    for w, x, y, z in rotations.astype(float):
        values = [x, y, z, w]
        missing = max(range(4), key=lambda k: abs(values[k]))
        packed = missing
        for k in range(4):
            if k != missing:
                sign = (values[k] < 0) != (values[missing] < 0)
                packed = packed << 10 | int(sign) << 9 | int(511 * abs(values[k]) * 2**0.5 + 0.5)
        found.append(list(struct.pack("<I", packed)))
    return np.array(found, dtype=float)


def same_turn(a: np.ndarray, b: np.ndarray) -> float:
    """The largest deviation from 1 of two sets of unit quaternions' products: q and -q are one rotation."""
    return float((1.0 - np.abs((a * b).sum(axis=1))).max())


def torus(count: int = 20_000, major: float = 1.0, minor: float = 0.4) -> Splats:
    """Flat Gaussians spread evenly over the surface of a torus about z: red where x > 0, else blue."""
    k = np.arange(count) + 0.5
    u, share = 2 * np.pi * (k * 0.7548776662466927 % 1), k * 0.5698402909980532 % 1
    line = np.linspace(0, 2 * np.pi, 2000)
    v = np.interp(2 * np.pi * share, line + minor / major * np.sin(line), line)
    normals = np.stack([np.cos(u) * np.cos(v), np.sin(u) * np.cos(v), np.sin(v)], axis=1)
    middle = major * np.stack([np.cos(u), np.sin(u), 0 * u], axis=1)
    half = np.cross([0.0, 0.0, 1.0], normals)  # the rotation that turns z to the normal, by half its angle
    rotations = np.concatenate([1.0 + normals[:, 2:], half], axis=1)
    rotations[rotations[:, 0] < 1e-6] = [0.0, 1.0, 0.0, 0.0]
    spread = np.log(0.8 * np.sqrt(4 * np.pi**2 * major * minor / len(u)))
    colours = np.where(middle[:, :1] > 0, [0.9, 0.1, 0.1], [0.1, 0.1, 0.9])
    return Splats(
        positions=(middle + minor * normals).astype(np.float32),
        log_scales=np.tile(np.array([spread, spread, -7.0], np.float32), (len(u), 1)),
        rotations=(rotations / np.linalg.norm(rotations, axis=1, keepdims=True)).astype(np.float32),
        logits=np.full(len(u), 3.0, np.float32),
        harmonics=((colours - 0.5) / 0.28209479)[:, None].astype(np.float32),
    )
