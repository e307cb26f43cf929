"""What the Lab tab knows without Qt: sliders' ranges, commands that parse back, ghosts."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
import toyrun
from PyQt6.QtGui import QAction
from shapefield_gui.lab import jobs
from shapefield_gui.lab.choice_panel import ChoicePanel
from shapefield_gui.lab.model import COMPARE, PICTURE, STEPS_EACH, Bench, ComparisonChoices

from shapefield.cli.parser import Parser
from shapefield.events import Done, Notice, Preview, Progress, Stage
from shapefield.lab.board import Curve
from shapefield.lab.experiments import EXPERIMENTS


@pytest.mark.parametrize("name", [*EXPERIMENTS, PICTURE, COMPARE])
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


def test_a_comparison_s_command_makes_the_plan_that_runs(tmp_path):
    from shapefield.cli.compare import _plan, add_arguments
    from shapefield.lab.comparison.plan import CompareConfig

    def planned(bench):
        parser = Parser()
        add_arguments(parser)
        return _plan(parser.parse_args(shlex.split(bench.command())[2:]))

    bench = Bench(subject=COMPARE)
    bench.set(bench.controls()[0], 3)
    config = planned(bench).config
    assert (config.budget, config.seeds, config.parameters) == (3.0, 1, 0)
    assert config == CompareConfig(**bench.job()[1]["settings"], parameters=0)
    assert "--methods" not in bench.command() and "hybrid" not in bench.job()[1]["methods"]

    mesh = tmp_path / "my part.obj"
    mesh.touch()
    bench.comparison.inputs = (str(mesh), "sample:camera")
    bench.comparison.methods = ("hybrid", "siren")
    bench.comparison.limit, bench.comparison.preset = STEPS_EACH, "compact"
    bench.set(bench.controls()[0], 40)
    found, job = planned(bench), bench.job()[1]
    assert (found.config.steps, found.config.budget, found.config.preset) == (40, None, "compact")
    assert found.config == CompareConfig(**job["settings"], parameters=0)
    assert found.methods == job["methods"] == ("hybrid", "siren")
    assert tuple(i.path for i in found.inputs) == job["inputs"]


def test_methods_that_suit_no_input_are_passed_over_and_come_back_with_one_that_they_suit(tmp_path):
    mesh = tmp_path / "part.obj"
    mesh.touch()
    comparison = ComparisonChoices(methods=("hybrid", "occupancy", "siren"))
    assert comparison.chosen == ["siren"] and comparison.kinds == {"picture"}
    comparison.inputs = (str(mesh),)
    assert comparison.chosen == ["hybrid", "occupancy", "siren"]
    comparison.inputs = (str(tmp_path / "gone.obj"),)
    assert comparison.kinds == set() and comparison.chosen == ["hybrid", "occupancy", "siren"]


def test_a_fit_of_a_comparison_is_a_curve_a_picture_and_a_figure():
    from shapefield_gui.lab.comparing import shown

    from shapefield.lab.comparison.plan import plan
    from shapefield.lab.comparison.rows import Row

    case = plan(["sample:camera"]).cases[0]
    row = Row(case, {"psnr": 31.5}, [(1.0, 20.0), (2.0, 31.5)], {"field": np.full((2, 2, 3), 255, np.uint8)})
    image, fact, curve = (next(r for r in shown(row) if type(r).__name__ == n) for n in ("Image", "Fact", "Curve"))
    assert image.values.max() == 1.0 and fact.value == 31.5 and curve.y[-1] == 31.5 and curve.x_axis == "seconds"
    assert not list(shown(Row(case, failed="out of memory")))


def test_a_demonstration_of_ones_own_is_seen_and_run(qtbot):
    path = toyrun.__file__
    (found,) = [e.result for e in jobs.look_into(path) if isinstance(e, Done)]
    assert (found.path, found.title) == (
        path,
        "A line is learnt from points: a source, a task and a kind of run of one's own",
    )
    bench = Bench()
    panel = ChoicePanel(bench, QAction("Run"), QAction("Open"))
    qtbot.addWidget(panel)
    bench.demos[path], bench.subject = found, path
    panel.show_subject()
    assert panel.list.currentItem().text() == "toyrun.py" and bench.title == found.title and bench.stem == "toyrun"
    assert shlex.split(bench.command()) == ["shapefield", "demo", path]
    name, arguments = bench.job()
    for event in jobs.JOBS[name](**arguments):
        if not isinstance(event, Done | Stage | Notice | Progress | Preview):
            bench.board.take(event)
    assert bench.board.facts["slope"].value == pytest.approx(toyrun.SLOPE, abs=0.1)
