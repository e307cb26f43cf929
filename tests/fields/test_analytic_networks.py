"""SIREN, Fourier features, octaves and DeepSDF against their closed forms and their papers' statements."""

import math

import pytest
import torch

from shapefield.fields import build
from shapefield.fields.field import value_and_gradient
from shapefield.methods import METHODS, DeepSDFOptions, FourierOptions, OccupancyOptions, SirenOptions
from shapefield.nn.frequencies import FourierFeatures, PositionalEncoding


def siren(**options):
    return build(METHODS["siren"], SirenOptions(**options), seed=1)


def test_siren_with_one_layer_has_the_derivatives_of_a_sum_of_sines():
    """f = Σ a_k sin(ω(w_k·x + b_k)) + c: ∇f = Σ a_k ω w_k cos(…), Δf = -Σ a_k ω² ‖w_k‖² sin(…)."""
    field = siren(width=20, depth=1, omega=7.0).double()
    layer, a = field.layers[0], field.last.weight[0]
    x = (torch.rand(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1).requires_grad_()
    phase = 7.0 * (x @ layer.weight.T + layer.bias)
    value = field(x)
    torch.testing.assert_close(value[:, 0], phase.sin() @ a + field.last.bias)
    (gradient,) = torch.autograd.grad(value.sum(), x, create_graph=True)
    torch.testing.assert_close(gradient, (7.0 * a * phase.cos()) @ layer.weight)
    laplacian = sum(torch.autograd.grad(gradient[:, k].sum(), x, retain_graph=True)[0][:, k] for k in range(3))
    closed = -(phase.sin() * 49.0 * layer.weight.square().sum(dim=1)) @ a
    torch.testing.assert_close(laplacian, closed)


def test_siren_s_activations_are_standard_normal_before_every_hidden_sine():
    """Sitzmann et al. 2020, §3.2 and its supplement: ω0 W h is N(0, 1), arcsine (variance 1/2) after every sine.

    The statement is about the weights; the biases, PyTorch's own as in the paper's code, add a phase to each unit.
    """
    field = siren(width=512, depth=5)
    h = torch.rand(4000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        for k, layer in enumerate(field.layers):
            before = 30.0 * torch.nn.functional.linear(h, layer.weight)
            h = (before + 30.0 * layer.bias).sin()
            assert float(h.var()) == pytest.approx(0.5, abs=0.03)
            if k:
                assert float(before.mean()) == pytest.approx(0.0, abs=0.1)
                assert float(before.std()) == pytest.approx(1.0, abs=0.1)
                kurtosis = float(((before - before.mean()) / before.std()).pow(4).mean())
                assert kurtosis == pytest.approx(3.0, abs=0.3)


def test_siren_s_weights_lie_in_the_paper_s_bounds():
    field = siren(width=64, depth=3)
    for layer in [*field.layers, field.last]:
        bound = 1 / 3 if layer.in_features == 3 else math.sqrt(6 / 64) / 30
        assert 0.9 * bound < float(layer.weight.detach().abs().max()) <= bound


def test_fourier_features_kernel_is_a_gaussian():
    """γ(x)·γ(y) / M → E cos(2πb·(x - y)) = exp(-2π²σ²‖x - y‖²) (Bochner; Tancik et al. 2020, §4)."""
    torch.manual_seed(0)
    sigma, count = 0.7, 40_000
    encoding = FourierFeatures(3, count, sigma)
    x = torch.rand(30, 3, generator=torch.Generator().manual_seed(1)) - 0.5
    features = encoding(x)
    kernel = features @ features.T / count
    closed = torch.exp(-2 * math.pi**2 * sigma**2 * torch.cdist(x, x).square())
    assert float((kernel - closed).abs().max()) < 0.03
    torch.testing.assert_close(kernel.diagonal(), torch.ones(30), atol=1e-3, rtol=0)


def test_learned_frequencies_and_phases_are_parameters_and_fixed_ones_are_not():
    fixed = build(METHODS["fourier"], FourierOptions(width=8, frequencies=4), seed=0)
    learned = build(METHODS["fourier"], FourierOptions(width=8, frequencies=4, learned=True), seed=0)
    more = sum(p.numel() for p in learned.parameters()) - sum(p.numel() for p in fixed.parameters())
    assert more == 4 * 3 + 4
    assert "encoding.matrix" in fixed.state_dict()


def test_octaves_are_those_of_a_naive_loop():
    encoding = PositionalEncoding(2, 4)
    x = torch.rand(5, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    got = encoding(x)
    assert got.shape == (5, 2 * (1 + 2 * 4))
    for row, point in zip(got, x, strict=True):
        angles = [2**k * math.pi * float(c) for c in point for k in range(4)]
        wanted = [*point.tolist(), *map(math.sin, angles), *map(math.cos, angles)]
        torch.testing.assert_close(row, torch.tensor(wanted), atol=1e-5, rtol=0)


def test_a_fresh_deepsdf_is_close_to_a_sphere():
    field = build(METHODS["deepsdf"], DeepSDFOptions(width=512), seed=0)
    x = torch.rand(3000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    value, gradient = value_and_gradient(field, x)
    assert float((value[:, 0].sign() == (x.norm(dim=1) - 0.5).sign()).float().mean()) > 0.95
    assert float((value[:, 0] - (x.norm(dim=1) - 0.5)).abs().mean()) < 0.2
    outward = torch.nn.functional.cosine_similarity(gradient, x)
    assert float(outward.mean()) > 0.9
    assert float(gradient.norm(dim=1).mean()) == pytest.approx(1.0, abs=0.15)


def test_deepsdf_sees_its_input_again_at_the_skip_layer():
    field = build(METHODS["deepsdf"], DeepSDFOptions(width=64, depth=8, skip=4), seed=0)
    assert [layer.in_features for layer in field.layers] == [3, 64, 64, 64, 64, 64, 64, 64]
    assert field.layers[3].out_features == 61
    plain = build(METHODS["deepsdf"], DeepSDFOptions(width=64, depth=8, skip=0), seed=0)
    assert plain.layers[3].out_features == 64


def test_weight_norm_keeps_the_function_and_splits_the_weights():
    torch.manual_seed(0)
    plain = build(METHODS["deepsdf"], DeepSDFOptions(width=32, depth=3, skip=2), seed=0)
    normed = build(METHODS["deepsdf"], DeepSDFOptions(width=32, depth=3, skip=2, weight_norm=True), seed=0)
    x = torch.rand(20, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(plain(x), normed(x), atol=1e-5, rtol=1e-4)
    assert any("original0" in name for name, _ in normed.named_parameters())


@pytest.mark.parametrize(("initialisation", "farthest"), [("spread", 0.9), ("default", 0.0)])
def test_occupancys_first_kinks_lie_anywhere_in_the_box(initialisation: str, farthest: float) -> None:
    options = OccupancyOptions(initialisation=initialisation)
    first = build(METHODS["occupancy"], options, seed=0).network[0]
    distances = (first.bias / first.weight.norm(dim=1)).abs()
    assert distances.max() <= 1.0
    assert distances.max() >= farthest and (farthest == 0.0) == bool((distances == 0).all())
