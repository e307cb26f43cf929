"""The demonstrations state facts: closed forms met, kernels what they must be, a ray as its integral says."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
import torch

import shapefield as sf
from shapefield.cli.main import main
from shapefield.errors import UsageError
from shapefield.lab.board import Board, Curve, Fact, Image
from shapefield.lab.closedforms import disc, near_and_far, ring, square, torus
from shapefield.lab.experiments import EXPERIMENTS, experiment
from shapefield.lab.ntk import spectrum, tangent_kernel


def shown(name: str, **options) -> Board:
    entry, board = experiment(name), Board()
    for event in entry.run(entry.options(**options)):
        board.take(event)
    return board


# the frame


def test_a_board_keeps_the_latest_of_everything():
    board = Board()
    for value in (1.0, 2.0):
        assert board.take(Fact("a", value))
        assert board.take(Curve("loss", "mlp", np.array([1.0]), np.array([value])))
        assert board.take(Image("picture", np.full((2, 2), value)))
    assert not board.take("something else")
    assert board.facts["a"].value == board.images["picture"].values[0, 0] == board.plots["loss"]["mlp"].y[0] == 2.0


def test_a_fact_says_whether_its_promise_is_kept():
    assert Fact("e", 0.003, at_most=0.01).kept and not Fact("e", 0.02, at_most=0.01).kept
    assert Fact("IoU", 0.9).kept is None
    assert "NOT" in Fact("IoU", 0.9, at_least=0.97).text


def test_a_signed_picture_has_zero_in_the_middle():
    assert Image("d", np.array([[-1.0, 3.0]]), "signed").limits == (-3.0, 3.0)


def test_distances_in_closed_form_have_slope_one_and_near_points_are_near():
    draw = torch.Generator().manual_seed(0)
    for distance, dimension in ((disc, 2), (square, 2), (ring, 2), (torus, 3)):
        x = near_and_far(distance, 400, 100, dimension, draw).requires_grad_(True)
        values = distance(x)
        (slope,) = torch.autograd.grad(values.sum(), x)
        assert torch.allclose(slope.norm(dim=1), torch.ones(500), atol=1e-4)
        assert values[:400].abs().quantile(0.95) < 0.15


# kernels


def test_kernel_of_a_linear_layer_is_its_closed_form():
    x = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(tangent_kernel(torch.nn.Linear(3, 1), x), x @ x.T + 1, atol=1e-5)


def test_a_network_s_kernel_is_symmetric_and_positive_and_predicts_a_step():
    net = sf.new_field("siren", inputs=1, width=32, depth=2, seed=3)
    x = torch.linspace(-1, 1, 20)[:, None]
    kernel, before = tangent_kernel(net, x), net(x).detach()
    values = spectrum(kernel)
    assert torch.allclose(kernel, kernel.T) and values.min() > -1e-4 * values.max()
    assert float(values.sum()) == pytest.approx(float(kernel.trace()), rel=1e-4)
    rate, residual = 1e-6, torch.sin(3 * x)
    (net(x) * residual).sum().backward()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter -= rate * parameter.grad
    assert torch.allclose((net(x) - before).detach(), -rate * kernel @ residual, atol=2e-5, rtol=0.05)


def test_plain_networks_learn_slow_waves_and_the_others_all():
    board = shown("spectral-bias", highest=6, steps=150)
    learnt = {name: board.facts[f"waves learnt by {name}"].value for name in ("mlp", "fourier", "siren")}
    assert learnt["fourier"] == learnt["siren"] == 6 > learnt["mlp"] >= 1
    ratio = {name: board.facts[f"λ₃₂ / λ₁ of {name}"].value for name in learnt}
    assert min(ratio["fourier"], ratio["siren"]) > 100 * ratio["mlp"]
    steps = next(v for k, v in board.plots.items() if k.startswith("steps"))["mlp"].y
    assert steps[0] < steps[-1] == 150


def test_fourier_features_sharpen_the_checkerboard():
    facts = shown("fourier", steps=120).facts
    assert facts["error of fourier"].value < 1e-3 < 0.05 < facts["error of mlp"].value


# derivatives and equations


def test_siren_s_derivatives_meet_their_closed_forms():
    board = shown("siren", steps=400)
    for name in ("f", "∇f", "Δf"):
        assert board.facts[f"relative error of {name}"].value < {"f": 0.02, "∇f": 0.06, "Δf": 0.3}[name]
    assert board.images["SIREN's, 128 × 128"].values.shape == (128, 128)
    assert board.plots["mean squared error"]["picture"].log == "y"


def test_closed_forms_of_siren_are_the_derivatives_of_the_function():
    from shapefield.lab.demos.siren import closed_forms
    from shapefield.lab.picturefield import derivatives

    x = torch.tensor([[0.3, 0.4], [-0.7, 0.2]], dtype=torch.float64)
    slope, laplacian = derivatives(lambda p: torch.sin(10 * p.norm(dim=1)), x.clone().requires_grad_(True))
    exact = closed_forms(x)
    assert torch.allclose(slope, exact["slope"]) and torch.allclose(laplacian[:, None], exact["laplacian"])


def test_the_heat_series_solves_the_equation():
    from shapefield.lab.demos.heat import series

    x = torch.linspace(0, 1, 11, dtype=torch.float64)
    assert torch.allclose(series(x, torch.zeros(11), 0.1), 4 * x * (1 - x), atol=2e-4)
    x, t = (torch.tensor([v], dtype=torch.float64, requires_grad=True) for v in (0.37, 0.2))
    u_x, u_t = torch.autograd.grad(series(x, t, 0.3).sum(), (x, t), create_graph=True)
    (u_xx,) = torch.autograd.grad(u_x.sum(), x)
    assert float(u_t.detach()) == pytest.approx(0.3 * float(u_xx), rel=1e-9)


def test_heat_is_solved_to_one_percent():
    assert shown("heat", steps=300).facts["relative L2 error"].value <= 0.01


# rays


def test_a_ray_s_closed_form_is_its_integral():
    from shapefield.lab.demos.nerf import COLOURS, closed_form, density_and_colour

    options = EXPERIMENTS["nerf"].options(density=2.0)
    xy = torch.tensor([[0.0, 0.1]], dtype=torch.float32)
    t = torch.linspace(0, 6, 60_001, dtype=torch.float64)
    density, colour = density_and_colour(torch.cat([xy.expand(len(t), 2), t[:, None].float()], dim=1), options)
    step = float(t[1] - t[0])
    light = torch.exp(-torch.cumsum(density.double(), 0) * step)
    exact, depth, _, _ = closed_form(xy, options)
    assert torch.allclose((light * density * step) @ colour.double(), exact[0].double(), atol=1e-3)
    assert float((light * density * step * t).sum()) == pytest.approx(float(depth), abs=2e-3)
    assert exact.shape == (1, COLOURS.shape[1])


@pytest.mark.parametrize("height", [-0.4, 0.1, 0.65])
def test_samples_of_a_ray_approach_the_closed_form(height):
    facts = shown("nerf", height=height, coarse=128, fine=256).facts
    assert facts["error of the colour"].value < 0.02 and facts["error of the depth"].value < 0.05


def test_the_eikonal_term_brings_slopes_to_one_and_the_decoder_holds_its_shapes():
    facts = shown("eikonal", steps=400).facts
    assert facts["mean | ‖∇f‖ - 1 | with"].value < 0.6 * facts["mean | ‖∇f‖ - 1 | without"].value
    facts = shown("deepsdf", steps=600).facts
    assert min(facts[f"IoU of the {name}"].value for name in ("disc", "square", "ring")) > 0.95


@pytest.mark.slow
def test_codes_of_a_family_lie_together_and_unseen_shapes_have_one():
    board = shown("latent")
    assert all(fact.kept for fact in board.facts.values()) and len(board.facts) == 5
    assert set(board.plots["codes: second principal axis"]) == {"rings", "boxes", "crosses"}


# the command


def test_code_is_the_file_and_reads_as_python(capsys):
    for name, entry in EXPERIMENTS.items():
        assert main(["demo", name, "--code"]) == 0
        text = capsys.readouterr().out
        assert text == entry.code()
        assert any(isinstance(n, ast.FunctionDef) and n.name == "run" for n in ast.parse(text).body)


def test_an_unknown_name_is_answered_with_the_nearest(capsys):
    assert main(["demo", "siern"]) == 2
    said = capsys.readouterr().err
    assert "did you mean siren?" in said and said.count("\n") == 1
    with pytest.raises(UsageError, match="did you mean heat"):
        experiment("heatt")


@pytest.mark.parametrize("words", [["--omega", "1e9"], ["--steps", "many"], ["--omga", "3"]])
def test_a_bad_option_is_one_line(capsys, words):
    assert main(["demo", "heat", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_line_before_anything_runs(capsys, tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "heat.png").write_text("somebody else's")
    for place in (tmp_path / "file", tmp_path / "no" / "folder", tmp_path):
        assert main(["demo", "heat", "-o", str(place)]) == 6
        out = capsys.readouterr()
        assert out.err.count("\n") == 1 and out.out == ""
    assert (tmp_path / "heat.png").read_text() == "somebody else's"


def test_a_demo_prints_what_to_see_and_draws_it(capsys, tmp_path):
    from PIL import Image as Pictures

    assert main(["demo", "nerf", "--coarse", "32", "-o", str(tmp_path / "new")]) == 0
    out = capsys.readouterr().out
    assert EXPERIMENTS["nerf"].see in out and "expected depth, closed form" in out
    with Pictures.open(tmp_path / "new" / "nerf.png") as picture:
        pixels = np.asarray(picture.convert("RGB"))
        assert "made by shapefield" in picture.info["Software"]
    assert pixels.shape[1] > 1000 and pixels.std() > 10 and not math.isnan(pixels.mean())
