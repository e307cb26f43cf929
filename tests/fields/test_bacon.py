"""BACON's promise: every output's spectrum stays inside its band, which grows with the level of detail."""

import numpy as np
import pytest
import torch

from shapefield.fields import build
from shapefield.fields.bacon import HALF_PERIOD, band_limits
from shapefield.fitting.sampled import SampledShape
from shapefield.fitting.task import Objective, ShapeTask
from shapefield.methods import METHODS, BaconOptions
from shapefield.sampling import Samples


def spectrum(values):
    """Energy of values (n, …, n) at whole cycles a period, and the largest |frequency| along an axis."""
    index = np.abs(np.fft.fftfreq(len(values), 1 / len(values))).astype(int)
    axes = np.meshgrid(*[index] * values.ndim, indexing="ij")
    return np.abs(np.fft.fftn(values)) ** 2, np.maximum.reduce(axes)


@pytest.mark.parametrize(("inputs", "side"), [(2, 64), (3, 44)])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_output_s_spectrum_stays_inside_its_band(seed, inputs, side):
    """side : samples of one period, so that its harmonics fall on single lines of the FFT"""
    options = BaconOptions(width=24, depth=3, bandwidth=8.0)
    field = build(METHODS["bacon"], options, inputs=inputs, seed=seed).double()
    axis = HALF_PERIOD * (np.arange(side) * (2 / side) - 1)
    grid = np.stack(np.meshgrid(*[axis] * inputs, indexing="ij"), axis=-1).reshape(-1, inputs)
    with torch.no_grad():
        levels = [v[:, 0].reshape([side] * inputs).numpy() for v in field.levels(torch.from_numpy(grid))]
    assert len(levels) == 3 and field.bands[-1] == 8.0 * 2 * HALF_PERIOD
    for level, band in zip(levels, field.bands[1:], strict=True):
        energy, index = spectrum(level)
        assert energy[index > band].sum() < 1e-20 * energy.sum()
    finest, index = spectrum(levels[-1])
    assert finest[index > field.bands[1]].sum() > 0.05 * finest.sum(), "detail beyond the coarse band is there"


def test_training_holds_every_level_against_the_truth():
    field = build(METHODS["bacon"], BaconOptions(width=8, depth=3), seed=0)
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(500, 3, generator=generator).numpy() * 2 - 1
    nothing = np.empty((0, 3), dtype=np.float32)
    distance = np.linalg.norm(x, axis=1) - 0.5
    samples = Samples(nothing, nothing, nothing, np.empty(0, dtype=np.float32), x, distance)
    task = ShapeTask(field, SampledShape(samples), Objective("distance", 500))
    loss = task.losses(0, generator)["distance"]
    levels = torch.stack(
        [(v[:, 0] - torch.from_numpy(distance)).abs().mean() for v in field.levels(torch.from_numpy(x))]
    )
    assert float(loss.detach()) == pytest.approx(float(levels.detach().mean()), rel=0.05)
    loss.backward()
    assert all(float(head.weight.grad.abs().sum()) > 0 for head in field.heads)


def test_limits_add_up_to_the_bandwidth_and_grow():
    for bandwidth, depth in ((12.0, 4), (8.0, 3), (3.0, 5), (0.5, 1)):
        limits = band_limits(bandwidth, depth)
        assert len(limits) == depth + 1 and sum(limits) == max(round(2 * HALF_PERIOD * bandwidth), depth + 1)
        assert min(limits) >= 1 and limits == sorted(limits)


def test_a_level_of_detail_can_be_asked_for():
    x = torch.rand(9, 3, generator=torch.Generator().manual_seed(0))
    field = build(METHODS["bacon"], BaconOptions(width=8, depth=3), seed=2)
    levels = field.levels(x)
    assert torch.equal(field(x), levels[2])
    coarse = build(METHODS["bacon"], BaconOptions(width=8, depth=3, detail=1), seed=2)
    assert torch.equal(coarse(x), levels[0])
    with pytest.raises(ValueError, match="detail: expected at most the depth 3, got 4"):
        build(METHODS["bacon"], BaconOptions(depth=3, detail=4))
