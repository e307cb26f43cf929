"""Something else than a mesh to learn from: a scan, points with normals. It has no solid to be measured against, so
the report holds no errors; all the rest, budget, resume, previews, files, is the same as of a mesh.

python examples/own_source.py
"""

import hashlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np

import shapefield as sf
from shapefield.fitting.gathering import Gathered
from shapefield.lengths import Extent
from shapefield.mesh.model import Similarity
from shapefield.sampling import Samples


class Scan:
    """A `shapefield.fitting.shape.Shape` of points (n, 3) and unit normals (n, 3) pointing outward."""

    path: Path | None = None

    def __init__(self, points: np.ndarray, normals: np.ndarray, name: str = "scan") -> None:
        self.points, self.normals, self.name = points, normals, name

    def gathered(self, config: sf.config.FitConfig, previews: bool = False) -> Generator[Any, Any, Gathered]:
        yield sf.events.Stage("samples", f"{len(self.points):,} points")
        center = (self.points.min(axis=0) + self.points.max(axis=0)) / 2
        radius = float(np.linalg.norm(self.points - center, axis=1).max())
        frame = Similarity(center, 0.95 / radius)
        samples, held = (self.samples(frame, config.training.seed + k) for k in (0, 1))
        digest = hashlib.sha256(self.points.tobytes() + self.normals.tobytes()).hexdigest()[:16]
        return Gathered(self.name, None, digest, "along normals", frame, Extent(None, radius, None), samples, held)

    def samples(self, frame: Similarity, seed: int) -> Samples:
        """Near the surface a step along the normal changes the distance by its length."""
        off = np.random.default_rng(seed).uniform(-0.6, 0.6, len(self.points))
        on = frame.to_unit(self.points)
        near, empty = on + off[:, None] * self.normals, np.empty((0, 3), np.float32)
        arrays = (np.float32(a) for a in (on, self.normals, near, off))
        return Samples(*arrays, empty, np.empty(0, np.float32))


normals = np.random.default_rng(2).standard_normal((8000, 3))
normals /= np.linalg.norm(normals, axis=1, keepdims=True)
scan = Scan(np.array([100.0, 0.0, 0.0]) + 5.0 * normals, normals)
for event in sf.reconstruct(scan, sf.fit_config(method="mlp", width=64, steps=400, resolution=64)):
    if isinstance(event, sf.events.Done):
        report = event.result.report
        print("verdict:", report["verdict"], "errors measured:", "quality" in report)
        print("volume:", round(report["sizes"]["after"]["volume"], 1), "of the ball's", round(4 / 3 * np.pi * 125, 1))
