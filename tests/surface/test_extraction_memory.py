"""Extraction keeps within its forecast, and what it lets go on the way changes nothing."""

import tracemalloc

import numpy as np

from shapefield.driving import finish
from shapefield.surface import extract
from shapefield.surface.bricks import Bricks
from shapefield.surface.coarse import sample_coarse
from shapefield.surface.flooding import flood
from shapefield.surface.forecasting import of_crossings
from shapefield.surface.grid import make_grid
from shapefield.surface.marching import march
from shapefield.surface.refinement import refine_bricks
from shapefield.surface.sampler import Sampler

BOX = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)
MESH = 72  # bytes a vertex: three float64 coordinates, and two faces of three int64 corners


def torus(p):
    return (np.hypot(np.hypot(p[:, 0], p[:, 1]) - 0.6, p[:, 2]) - 0.25).astype(np.float32)


def test_extraction_takes_less_than_twice_its_mesh_and_less_than_its_forecast():
    finish(extract(torus, 64))  # the loops are compiled now
    tracemalloc.start()
    try:
        count = len(finish(extract(torus, 512)).mesh.vertices)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert MESH * count < peak < 2 * MESH * count
    assert peak < of_crossings(make_grid(512, *BOX), count, True).bytes


def test_bricks_that_march_lets_go_keep_the_signs_of_their_nodes():
    grid, sampler = make_grid(128, *BOX), Sampler(torus, 0.0, 1 << 15)
    bricks = Bricks(grid, finish(sample_coarse(grid, sampler)))
    finish(refine_bricks(bricks, sampler))
    slots = finish(flood(bricks, sampler))
    before, count = _signs(bricks), bricks.count
    finish(march(bricks, slots, sampler))
    assert bricks.count < 0.8 * count
    assert np.array_equal(before, _signs(bricks))


def _signs(bricks: Bricks) -> np.ndarray:
    """(bricks of the directory, B³) bool: which nodes are inside, whether their brick is stored or not."""
    bound = bricks.tables[-1]
    signs = np.repeat(bound[:, None] < 0, bricks.grid.brick**3, axis=1)
    signs[bricks.numbers] = bricks.values.reshape(bricks.count, -1) < 0
    return signs
