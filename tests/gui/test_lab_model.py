"""What the Lab tab knows without Qt: sliders' ranges, commands that parse back, ghosts."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from shapefield_gui.lab.model import PICTURE, Bench

from shapefield.cli.main import Parser
from shapefield.lab.board import Curve
from shapefield.lab.experiments import EXPERIMENTS


@pytest.mark.parametrize("name", [*EXPERIMENTS, PICTURE])
def test_every_slider_reaches_its_ends_and_its_default(name):
    bench = Bench(subject=name)
    for control in bench.controls():
        assert control.at(0.0) == pytest.approx(control.low, rel=5e-3)
        assert control.at(1.0) == pytest.approx(control.high, rel=5e-3)
        assert control.at(control.share(control.default)) == pytest.approx(control.default, rel=5e-3)
        shares = np.linspace(0, 1, 20)
        assert np.all(np.diff([control.at(s) for s in shares]) >= 0)


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_the_copied_command_sets_exactly_what_the_sliders_say(name):
    from shapefield.cli.demo import _options, add_arguments

    bench = Bench(subject=name)
    for control in bench.controls():
        bench.set(control, control.at(0.37))
    words = shlex.split(bench.command())
    assert words[:2] == ["shapefield", "demo"]
    parser = Parser()
    add_arguments(parser)
    kind = EXPERIMENTS[name].options
    assert _options(EXPERIMENTS[name], parser.parse_args(words[2:])) == kind(**bench.job()[1]["values"])


def test_a_picture_s_command_is_image_fit_with_its_options():
    from shapefield.cli.image import _settings, add_arguments

    bench = Bench(subject=PICTURE, method="fourier", picture="my cat.png")
    sigma = next(c for c in bench.controls() if c.name == "sigma")
    bench.set(sigma, 3.5)
    words = shlex.split(bench.command())
    assert words[:4] == ["shapefield", "image", "fit", "my cat.png"]
    parser = Parser()
    add_arguments(parser)
    config, options = _settings(parser.parse_args(words[2:]))
    assert config.steps == bench.job()[1]["steps"] == 1000 and options == {"sigma": 3.5}


def test_a_value_set_back_to_its_default_leaves_the_command():
    bench = Bench(subject="heat")
    alpha = next(c for c in bench.controls() if c.name == "alpha")
    assert bench.set(alpha, 0.2) and not bench.set(alpha, 0.2)
    assert bench.command() == "shapefield demo heat --alpha 0.2"
    assert bench.set(alpha, alpha.default) and bench.command() == "shapefield demo heat"


def test_the_board_before_is_the_ghost_only_of_the_same_subject():
    bench = Bench()
    bench.board.take(Curve("loss", "mlp", np.ones(1), np.ones(1)))
    bench.begin(same=True)
    assert "loss" in bench.ghost.plots and not bench.board.plots
    bench.begin(same=False)
    assert not bench.ghost.plots
