"""glTF: skins and morph targets."""

import numpy as np
import pytest
from glbfiles import POINTS, TURN, Glb, box, refused

from shapefield.mesh.reading import read


def skinned(nodes, joints, index, weights, inverse=None, copies=1, kind="f4"):
    made, primitive = box(copies)
    primitive["attributes"] |= {
        "JOINTS_0": made.add(index, "u1"),
        "WEIGHTS_0": made.add(weights, kind, normalized=kind != "f4"),
    }
    skin = {"joints": joints} | ({} if inverse is None else {"inverseBindMatrices": made.add(np.asarray(inverse))})
    made.tree |= {"nodes": nodes, "skins": [skin]}
    return made


ONE = np.tile([1, 0, 0, 0], (8, 1))


def test_a_skinned_mesh_does_not_follow_its_own_node(tmp_path):
    nodes = [{"mesh": 0, "skin": 0, "scale": [100, 100, 100], "rotation": TURN, "translation": [7, 7, 7]}, {}]
    found = read(skinned(nodes, [1], 0 * ONE, ONE, [np.eye(4)]).save(tmp_path))
    np.testing.assert_allclose(found.bounds, [[0, 0, 0], [2, 3, 5]], atol=1e-6)


def test_joints_move_turn_and_scale_through_their_parents_and_bind_matrices(tmp_path):
    bind = np.diag([0.01, 0.01, 0.01, 1.0])
    nodes = [{"mesh": 0, "skin": 0}, {"children": [2], "translation": [10, 0, 0]}, {"rotation": TURN}]
    found = read(skinned(nodes, [2], 0 * ONE, ONE, [bind]).save(tmp_path, scenes=[{"nodes": [0, 1]}]))
    np.testing.assert_allclose(found.bounds, [[10, -0.05, 0], [10.02, 0, 0.03]], atol=1e-6)
    assert found.volume == pytest.approx(30e-6)


def test_every_vertex_follows_its_own_joints_by_their_weights(tmp_path):
    index = np.repeat([[0, 1, 0, 0], [1, 0, 0, 0]], 8, axis=0)
    nodes = [{"mesh": 0, "skin": 0}, {}, {"translation": [10, 0, 0]}]
    weights = np.repeat([[255, 0, 0, 0], [255, 0, 0, 0]], 8, axis=0)
    found = read(skinned(nodes, [1, 2], index, weights, copies=2, kind="u1").save(tmp_path))
    assert found.volume == pytest.approx(60)
    np.testing.assert_allclose(found.bounds, [[0, 0, 0], [12, 3, 5]], atol=1e-6)
    weights = np.repeat([[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0]], 8, axis=0)  # both boxes half way
    found = read(skinned(nodes, [1, 2], index, weights, copies=2).save(tmp_path))
    np.testing.assert_allclose(found.bounds, [[5, 0, 0], [7, 3, 5]], atol=1e-6)


def test_a_skin_that_mirrors_leaves_the_outside_outside(tmp_path):
    nodes = [{"mesh": 0, "skin": 0}, {"scale": [-1, 1, 1]}]
    found = read(skinned(nodes, [1], 0 * ONE, ONE).save(tmp_path))
    assert found.volume == pytest.approx(30)
    np.testing.assert_allclose(found.bounds, [[-2, 0, 0], [0, 3, 5]], atol=1e-6)


@pytest.mark.parametrize(
    ("joints", "index", "pattern"),
    [
        ([1], 3 + 0 * ONE, "bound to joint 3, but its skin has 1"),
        ([9], 0 * ONE, r"nodes\[9\]"),
        ([], ONE, "have joints"),
    ],
)
def test_skins_that_do_not_fit(tmp_path, joints, index, pattern):
    refused(skinned([{"mesh": 0, "skin": 0}, {}], joints, index, ONE).save(tmp_path), pattern)


@pytest.mark.parametrize(
    ("mesh", "node", "volume"),
    [
        ({"weights": [0.5]}, {}, 45),
        ({"weights": [0.0]}, {"weights": [1.0]}, 60),
        ({}, {}, 30),
        ({"weights": [1]}, {}, 60),
    ],
)
def test_morph_weights_of_the_node_go_before_those_of_the_mesh(tmp_path, mesh, node, volume):
    made, primitive = box()
    primitive["targets"] = [{"POSITION": made.add(POINTS * [1, 0, 0])}]  # twice as wide
    made.tree["meshes"][0] |= mesh
    made.tree["nodes"][0] |= node
    assert read(made.save(tmp_path)).volume == pytest.approx(volume)


def test_a_sparse_morph_target(tmp_path):
    made, primitive = box()
    where, what = (
        made.view(np.arange(4, 8, dtype="<u2").tobytes()),
        made.view(np.full((4, 3), [2, 0, 0], "<f4").tobytes()),
    )
    sparse = {"count": 4, "indices": {"bufferView": where, "componentType": 5123}, "values": {"bufferView": what}}
    made.tree["accessors"].append({"componentType": 5126, "count": 8, "type": "VEC3", "sparse": sparse})
    primitive["targets"] = [{"POSITION": len(made.tree["accessors"]) - 1}]
    made.tree["meshes"][0]["weights"] = [0.25]
    assert read(made.save(tmp_path)).volume == pytest.approx(37.5)


def test_many_morph_targets_are_refused_before_they_are_added(tmp_path):
    made = Glb(nodes=[{"mesh": 0}])
    position = made.add(np.zeros((30_000, 3)))
    primitive = {"attributes": {"POSITION": position}, "targets": [{"POSITION": position}] * 2000}
    refused(made.save(tmp_path, meshes=[{"primitives": [primitive], "weights": [1] * 2000}]), "it looks like a bomb")
