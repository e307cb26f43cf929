"""The surface's bits do not depend on how many threads share the work, nor on how it is cut into parts."""

import numpy as np
import pytest

from shapefield.driving import finish
from shapefield.surface import bricks, extract, marching


def folded(points: np.ndarray) -> np.ndarray:
    """A ball with waves on it: many bricks settle early, many late."""
    radius = np.linalg.norm(points, axis=1)
    return (radius - 0.6 - 0.05 * np.sin(9 * points).prod(axis=1)).astype(np.float32)


@pytest.mark.parametrize(("threads", "batch"), [("3", 1 << 12), ("2", 1 << 15)])
def test_same_bits(monkeypatch, threads, batch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    first = finish(extract(folded, 72))
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    monkeypatch.setattr(bricks, "BATCH", batch)
    monkeypatch.setattr(marching, "BATCH", batch)
    second = finish(extract(folded, 72))
    assert second.evaluations == first.evaluations
    assert np.array_equal(second.mesh.vertices, first.mesh.vertices)
    assert np.array_equal(second.mesh.faces, first.mesh.faces)
