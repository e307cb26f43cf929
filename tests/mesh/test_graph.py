"""Equal pairs and connected nodes: the same as by sorting, and as SciPy finds them."""

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from shapefield.mesh.graph import connected, connected_faces, grouped_pairs


@pytest.mark.parametrize(("pairs", "count"), [(0, 5), (1, 1), (3000, 40), (300, 10**7)])
def test_pairs_are_grouped_as_sorting_does(pairs, count):
    low, high = np.random.default_rng(0).integers(0, min(count, 50), (2, pairs))
    order, starts = grouped_pairs(low, high, count)
    assert np.array_equal(order, np.argsort(low * 100 + high, kind="stable"))
    _, first, number = np.unique(low * 100 + high, return_index=True, return_counts=True)
    assert np.array_equal(np.diff(starts), number) and np.array_equal(order[starts[:-1]], first)


@pytest.mark.parametrize("links", [0, 60, 300])
def test_components_are_those_of_scipy_in_its_order(links):
    rows = np.random.default_rng(links).integers(0, 200, (links, 2))
    number, label = connected(rows, 200)
    graph = coo_matrix((np.ones(links), (rows[:, 0], rows[:, 1])), shape=(200, 200))
    expected, labels = connected_components(graph, directed=False)
    assert number == expected and np.array_equal(label, labels)


def test_vertices_without_faces_are_no_component():
    assert connected_faces(np.array([[3, 4, 5], [8, 7, 9], [5, 6, 3]]), 12).tolist() == [0, 1, 0]
    assert len(connected_faces(np.zeros((0, 3), dtype=np.int64), 4)) == 0
