"""Marching cubes' table: what every case must hold, and what neighbours must agree on."""

from itertools import combinations

import numpy as np
import pytest

from shapefield.surface import extract
from shapefield.surface.cases import EDGES, SIDES, ambiguous, fill, loops, segments, table
from shapefield.surface.manifold import count_pinches, examine

CHOICES = [
    (inside, frozenset(joined))
    for inside in range(256)
    for count in range(len(ambiguous(inside)) + 1)
    for joined in combinations(ambiguous(inside), count)
]


def crossed(inside: int) -> set[int]:
    ends = [(corner, corner + (1 << axis)) for axis, corner in EDGES]
    return {number for number, (a, b) in enumerate(ends) if (inside >> a ^ inside >> b) & 1}


def test_every_crossed_edge_is_in_one_loop_and_no_other_edge_is():
    for inside, joined in CHOICES:
        visited = [edge for loop in loops(inside, joined) for edge in loop]
        assert len(visited) == len(set(visited)) and set(visited) == crossed(inside)


def test_triangles_are_bounded_by_the_segments_on_the_sides():
    for inside, joined in CHOICES:
        faces = [face for loop in loops(inside, joined) for face in fill(loop, inside)]
        directed = [(face[k], face[(k + 1) % 3]) for face in faces for k in range(3)]
        assert len(directed) == len(set(directed))
        border = {edge for edge in directed if edge[::-1] not in directed}
        expected = set()
        for number in range(6):
            expected |= set(segments(inside, number, number in joined).items())
        assert border == expected


def test_a_lone_corner_faces_away_from_the_solid():
    (loop,) = loops(0b1, frozenset())
    points = np.array([0.5 * np.eye(3)[EDGES[edge][0]] for edge in loop])
    assert np.cross(points[1] - points[0], points[2] - points[0]).sum() > 0


def test_both_cells_at_a_side_leave_the_same_segments():
    """Seen from the other cell a side's segments run the other way, for all signs and both choices."""
    for axis in range(3):
        low, high = SIDES[2 * axis], SIDES[2 * axis + 1]
        for signs in range(16):
            bits = [corner for corner in range(8) if not corner >> axis & 1]
            here = sum(1 << c + (1 << axis) for n, c in enumerate(bits) if signs >> n & 1)
            there = sum(1 << c for n, c in enumerate(bits) if signs >> n & 1)
            for joined in (False, True) if 2 * axis in ambiguous(there) else (False,):
                shifted = {
                    (_place(a, high, axis), _place(b, high, axis))
                    for a, b in segments(here, 2 * axis + 1, joined).items()
                }
                own = {
                    (_place(b, low, axis), _place(a, low, axis)) for a, b in segments(there, 2 * axis, joined).items()
                }
                assert shifted == own


def _place(edge: int, side: tuple[int, ...], axis: int) -> tuple[int, int]:
    """An edge by its direction and lower corner within its side."""
    direction, corner = EDGES[edge]
    assert corner in side
    return direction, corner & ~(1 << axis)


def test_the_table_holds_every_choice_once():
    made = table()
    assert len(made.start) - 1 == len(CHOICES)
    assert made.start[-1] == len(made.triangles)
    assert made.first[255] == len(CHOICES) - 1


@pytest.mark.parametrize("seed", range(4))
def test_any_signs_whatever_give_a_closed_manifold(seed):
    """Independent random values at every node: all cases, all neighbours, all choices."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(25, 25, 25)).astype(np.float32)

    def value(points):
        i, j, k = np.rint((points + 1) * 12).astype(int).T
        return noise[i, j, k]

    job = extract(value, 24, refine=False)
    while True:
        try:
            next(job)
        except StopIteration as stop:
            mesh = stop.value.mesh
            break
    assert examine(mesh.faces, len(mesh.vertices))
    assert count_pinches(mesh.faces, len(mesh.vertices)) == 0
    assert len(np.unique(mesh.faces)) == len(mesh.vertices)
