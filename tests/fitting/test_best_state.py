"""A method with a prior never gives less than the prior alone, however few its steps; the report says what was kept."""

import numpy as np
import pytest
import torch

import shapefield as sf
from shapefield.config import SamplingConfig
from shapefield.driving import finish
from shapefield.events import Preview
from shapefield.fitting.pipeline import reconstruct
from shapefield.fitting.sampled import SampledShape
from shapefield.fitting.task import NEAR, Objective, ShapeTask
from shapefield.sampling import draw
from shapefield.settings import fit_config
from shapefield.solid import solid_of

SMALL = {"samples": 20_000, "resolution": 64, "base": 16, "table": 14, "levels": 3, "finest": 64, "batch": 2048}


@pytest.mark.parametrize("steps", [1, 10])
@pytest.mark.parametrize("rate", [1e-2, 0.3])
def test_few_steps_never_end_above_the_base_alone(ball: sf.Mesh, steps: int, rate: float) -> None:
    report = sf.fit(ball, steps=steps, rate=rate, **SMALL).report
    assert report["quality"]["mean"] <= 1.01 * report["without_network"]["mean"]
    best = report["run"]["best"]
    assert best["kept"] <= best["start"] and best["kept"] <= best["end"] and 0 <= best["kept_step"] <= steps


def test_a_rate_that_spoils_the_base_is_told_and_leaves_the_base(ball: sf.Mesh) -> None:
    report = sf.fit(ball, steps=5, rate=1.0, schedule="constant", ema=0.0, **SMALL).report
    best = report["run"]["best"]
    assert best["kept_step"] == 0 and best["kept"] == best["start"] < best["end"]


def test_the_judge_knows_neither_the_training_s_generator_nor_far_values(ball: sf.Mesh) -> None:
    solid = solid_of(ball)
    held = finish(draw(solid, SamplingConfig(samples=2000), 7))

    class Exact(torch.nn.Module):
        """The ball's distance, 0.1 too large beyond NEAR."""

        def forward(self, points):
            d = points.norm(dim=1, keepdim=True) - 0.95
            return d + 0.1 * (d.abs() > NEAR) * d.sign()

    task = ShapeTask(Exact(), SampledShape(held), Objective("distance", 64), held=SampledShape(held))
    assert task.error() < 3e-3  # the ball is of flat triangles


def test_previews_of_a_method_with_a_prior_only_come_nearer(ball: sf.Mesh) -> None:
    config = fit_config(steps=60, rate=0.1, **SMALL)
    shown = [e.error.mean() for e in reconstruct(ball, config, previews=0.9) if isinstance(e, Preview)]
    assert len(shown) >= 1 and (np.diff(shown) <= 0).all()
