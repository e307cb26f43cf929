"""The benchmarks' own arithmetic, and that the references are what their papers say. The figures are no tests."""

import ast
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import growth, meshes, peers
from benchmarks.__main__ import names
from benchmarks.curves import _time_to
from benchmarks.dirty.suite import _rows
from benchmarks.dirty.table import is_behind
from benchmarks.references import REFERENCES, Batch, DeepSDF, HashGrid, batches, siren, siren_loss, train
from shapefield.sampling import Samples


def test_time_to_a_level_is_interpolated_on_logarithmic_axes():
    # error 1 / t: exactly straight on logarithmic axes
    assert _time_to(0.4, [1.0, 2.0, 4.0], [1.0, 0.5, 0.25]) == pytest.approx(2.5)
    assert _time_to(0.1, [1.0, 2.0], [1.0, 0.5]) is None
    assert _time_to(2.0, [1.0, 2.0], [1.0, 0.5]) == 1.0


def test_exponent_is_the_slope():
    rows = [{"size": n, "seconds": 3.0 * n**1.5} for n in (10, 100, 1000)]
    assert growth._exponent(rows, "seconds") == pytest.approx(1.5)
    assert math.isnan(growth._exponent(rows[:1], "seconds"))


def test_a_missing_peer_says_how_to_get_it():
    with pytest.raises(peers.Missing, match="pip install no-such-package"):
        peers.wanted("no_such_module", "no-such-package")


def test_meshes_are_found_by_name_or_refused_in_one_line():
    assert meshes.find("knot").name == "knot.ply"
    with pytest.raises(SystemExit, match="expected a path or one of bunny"):
        meshes.find("no-such-mesh")
    assert {"fit", "extract", "sample", "size", "memory", "growth", "curves", "meshes"} <= set(names())


def test_sizes_are_those_of_the_papers():
    assert sum(p.numel() for p in siren().parameters()) == 4 * 256 + 4 * 257 * 256 + 257
    grid = HashGrid()
    assert len(grid.levels.resolution) == 16 and grid.levels.resolution[-1] == 2048
    assert np.diff(grid.levels.offset).max() == 2**19
    assert [layer.weight.shape[1] for layer in DeepSDF().layers] == [3, 512, 512, 512, 515, 512, 512, 512]


def test_sirens_weights_start_with_standard_normal_activations():
    torch.manual_seed(0)
    network, x = siren(), torch.rand(4000, 3) * 2 - 1
    for k, layer in enumerate(network[:-1]):
        if k in (2, 4, 6, 8):  # what the weights give a hidden sine: the paper's theorem 1.8, which leaves out biases
            assert 30 * (x @ layer.weight.T).std().item() == pytest.approx(1.0, abs=0.15)
        x = layer(x)


def test_sirens_loss_vanishes_on_a_plane():
    points = torch.cat([torch.tensor([[x, 0.3, 0.0] for x in (-0.5, 0.0, 0.5)]), torch.rand(3, 3) + 0.5])
    normals = torch.tensor([[0.0, 0.0, 1.0]]).repeat(6, 1)
    batch = Batch(points, points[:, 2:], normals, torch.arange(6) < 3)
    plane = torch.nn.Linear(3, 1)
    with torch.no_grad():
        plane.weight.copy_(torch.tensor([[0.0, 0.0, 1.0]]))
        plane.bias.zero_()
    assert siren_loss(plane, batch).item() < 1e-3
    with torch.no_grad():
        plane.bias.fill_(0.1)
    assert siren_loss(plane, batch).item() == pytest.approx(300, rel=0.01)


def test_batches_are_mixed_four_three_one():
    rng = np.random.default_rng(0)
    surface, near, uniform = (rng.uniform(-1, 1, (50, 3)).astype(np.float32) + k for k in (0, 10, 20))
    ones = np.ones(50, dtype=np.float32)
    samples = Samples(surface, surface, near, ones, uniform, 2 * ones)
    batch = next(batches(samples, 800, True, torch.Generator().manual_seed(0)))
    assert [int((batch.distance == value).sum()) for value in (0, 1, 2)] == [400, 300, 100]
    assert int(batch.on.sum()) == 400 and (batch.points[batch.on] < 2).all()
    half = next(batches(samples, 800, False, torch.Generator().manual_seed(0)))
    assert [int((half.distance == value).sum()) for value in (0, 1, 2)] == [400, 0, 400]


@pytest.mark.parametrize("name", [n for n in REFERENCES if n != "hashgrid-autograd"])
def test_every_reference_has_a_gradient_everywhere(name):
    torch.manual_seed(0)
    field = REFERENCES[name].build()
    points = torch.rand(16, 3) - 0.5
    batch = Batch(points, points[:, :1], torch.nn.functional.normalize(points), torch.arange(16) < 8)
    REFERENCES[name].loss(field, batch).backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in field.parameters())


def test_a_reference_whose_time_is_over_stands_still():
    rng = np.random.default_rng(0)
    points = {k: rng.uniform(-1, 1, (500, 3)).astype(np.float32) for k in ("surface", "normals", "near", "uniform")}
    samples = Samples(**points, near_distance=np.ones(500, np.float32), uniform_distance=np.ones(500, np.float32))
    over = 0.0
    run = train(replace(REFERENCES["siren-l1"], batch=64), samples, share=lambda: over)
    weights = [p.detach().clone() for p in next(run).parameters()]
    moved = list(next(run).parameters())
    assert not torch.equal(moved[0], weights[0])
    over, weights = 1.0, [p.detach().clone() for p in moved]
    assert all(torch.equal(a, b) for a, b in zip(next(run).parameters(), weights, strict=True))


def test_a_peer_is_ahead_by_successes_then_by_the_median() -> None:
    def cases(name: str, *rows: tuple[str, bool, float]) -> list[dict]:
        return [{"repairer": name, "mesh": mesh, "success": good, "error": error} for mesh, good, error in rows]

    mine = cases("repair", ("a", True, 1.0e-4), ("b", False, 9e-3), ("ours alone", False, 1.0))
    assert is_behind(mine + cases("peer", ("a", True, 1e-3), ("b", True, 1e-3)), "repair", "peer")
    assert not is_behind(mine + cases("peer", ("a", True, 0.95e-4)), "repair", "peer")  # a tie
    assert is_behind(mine + cases("peer", ("a", True, 0.8e-4)), "repair", "peer")
    assert not is_behind(mine + cases("peer", ("a", False, 1e-6), ("b", False, 1e-6)), "repair", "peer")
    assert not is_behind(mine + cases("peer", ("another", True, 0.0)), "repair", "peer")


def test_peers_import_nothing_of_ours() -> None:
    """They run in an environment without shapefield, and some under a licence that ours is not."""
    tree = ast.parse((Path(__file__).parents[1] / "benchmarks" / "dirty" / "peers.py").read_text())
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not any(str(name).startswith(("shapefield", "benchmarks")) for name in names)


def test_a_row_that_was_cut_short_is_run_again(tmp_path: Path) -> None:
    place = tmp_path / "rows.jsonl"
    place.write_text('{"repairer": "repair", "defect": "flips"}\n{"repairer": "re')
    assert _rows(place) == [{"repairer": "repair", "defect": "flips"}] and _rows(tmp_path / "none") == []
