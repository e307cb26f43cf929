"""Facts that hold for every method's field: analytic derivatives, latent codes, seeds, dimensions."""

import pytest
import torch

from shapefield.errors import UsageError
from shapefield.fields import build, new_field
from shapefield.fields.field import value_and_gradient
from shapefield.fields.inference import Inference
from shapefield.methods import METHODS

SMALL = {
    "width": 24,
    "depth": 3,
    "levels": 4,
    "table": 10,
    "coarsest": 4,
    "finest": 32,
    "base": 6,
    "skip": 2,
    "frequencies": 5,
    "omega": 6.0,
    "cells": 12,
    "rank": 4,
    "features": 2,
    "bandwidth": 6.0,
    "scale": 2.0,
    "sigma": 1.0,
}
NAMES = [name for name, entry in METHODS.items() if entry.factory is None]


def small(name, seed=0, **shape):
    entry = METHODS[name]
    known = entry.options.__dataclass_fields__
    options = entry.options(**{k: v for k, v in SMALL.items() if k in known})
    field = build(entry, options, seed=seed, **shape)
    if hasattr(field, "set_base"):
        nodes = torch.Generator().manual_seed(1)
        field.set_base(torch.randn(field.base.shape, generator=nodes))
    return field


def stir(field):
    """Random weights everywhere: fresh tables and last layers are too close to zero to show a mistake."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in field.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
    return field


def points_of(count, inputs=3, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, inputs, generator=generator, dtype=torch.float64) * 1.8 - 0.9


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("inputs", [2, 3])
def test_the_analytic_gradient_is_the_limit_of_differences(name, inputs):
    field = stir(small(name, inputs=inputs)).double()
    x = points_of(60, inputs)
    gradient = value_and_gradient(field, x)[1]
    h = 1e-6
    steps = h * torch.eye(inputs, dtype=torch.float64)
    with torch.no_grad():
        differences = torch.stack([(field(x + s) - field(x - s))[:, 0] / (2 * h) for s in steps], dim=1)
    size = gradient.norm(dim=1).median()
    wrong = (gradient - differences).norm(dim=1) > 1e-5 * size + 1e-7
    assert size > 0
    assert wrong.sum() <= 1, "at most one of sixty points may sit on a kink"


@pytest.mark.parametrize(
    "name", ["siren", "deepsdf", "fourier", "hashgrid", "hybrid", "wire", "bacon", "triplane", "kplanes", "tensorf"]
)
def test_a_loss_on_the_gradient_reaches_the_weights(name):
    """∂/∂w of E(‖∇f‖ - 1)² against central differences in the weights."""
    field = stir(small(name)).double()
    x = points_of(40)

    def loss():
        return (value_and_gradient(field, x, differentiable=True)[1].norm(dim=1) - 1).square().mean()

    weights = [p for p in field.parameters() if p.numel() > 30]
    analytic = torch.autograd.grad(loss(), weights)
    generator = torch.Generator().manual_seed(0)
    for weight, slope in zip(weights, analytic, strict=True):
        direction = torch.randn(weight.shape, generator=generator, dtype=torch.float64)
        direction /= direction.norm()
        h = 1e-6
        with torch.no_grad():
            weight += h * direction
        above = float(loss().detach())
        with torch.no_grad():
            weight -= 2 * h * direction
        below = float(loss().detach())
        with torch.no_grad():
            weight += h * direction
        assert float((slope * direction).sum()) == pytest.approx((above - below) / (2 * h), rel=2e-3, abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_builds_the_same_field_and_leaves_torch_s_own_randomness_alone(name):
    before = torch.random.get_rng_state()
    first, again, other = small(name, seed=4), small(name, seed=4), small(name, seed=5)
    assert torch.equal(torch.random.get_rng_state(), before)
    for key, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[key]), key
    assert any(not torch.equal(v, other.state_dict()[k]) for k, v in first.state_dict().items())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("inputs", "outputs", "condition"), [(3, 1, 0), (2, 3, 0), (3, 4, 5), (2, 1, 3)])
def test_shapes_follow_inputs_outputs_and_condition(name, inputs, outputs, condition):
    field = small(name, inputs=inputs, outputs=outputs, condition=condition)
    code = torch.zeros(condition) if condition else None
    assert field(points_of(7, inputs).float(), code).shape == (7, outputs)


@pytest.mark.parametrize("name", NAMES)
def test_a_code_for_each_point_is_each_point_with_its_code(name):
    field = stir(small(name, condition=4))
    x = points_of(6).float()
    codes = torch.randn(6, 4, generator=torch.Generator().manual_seed(3))
    together = field(x, codes)
    one_by_one = torch.cat([field(x[k : k + 1], codes[k]) for k in range(6)])
    torch.testing.assert_close(together, one_by_one, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(field(x, codes[0]), field(x, codes[1]))


@pytest.mark.parametrize("name", NAMES)
def test_points_and_codes_that_do_not_fit_are_refused(name):
    with pytest.raises(ValueError, match=r"built for points \(n, 3\), got \(5, 2\)"):
        small(name)(torch.zeros(5, 2))
    with pytest.raises(ValueError, match=r"without a latent code"):
        small(name)(torch.zeros(5, 3), torch.zeros(2))
    with pytest.raises(ValueError, match=r"a latent code of 4 numbers, got none"):
        small(name, condition=4)(torch.zeros(5, 3))


@pytest.mark.parametrize("name", NAMES)
def test_frozen_gives_the_module_s_values_in_chunks_negative_inside(name):
    field = stir(small(name))
    frozen = Inference(field, METHODS[name].value)
    x = points_of(40_000).float()
    sign = -1.0 if METHODS[name].value == "occupancy" else 1.0
    with torch.no_grad():
        wanted = sign * field(x)[:, 0]
    torch.testing.assert_close(torch.from_numpy(frozen.value(x.numpy())), wanted, atol=1e-5, rtol=1e-4)
    slope = sign * value_and_gradient(field, x[:50])[1]
    torch.testing.assert_close(torch.from_numpy(frozen.gradient(x[:50].numpy())), slope, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_the_state_of_one_field_makes_another_the_same(name):
    one, other = stir(small(name, seed=1)), small(name, seed=2)
    other.load_state_dict(one.state_dict())
    x = points_of(20).float()
    assert torch.equal(one(x), other(x))


@pytest.mark.parametrize("shape", [{"inputs": 0}, {"outputs": 0}, {"condition": -1}, {"inputs": "3"}])
def test_a_field_has_at_least_one_input_and_output(shape):
    with pytest.raises(UsageError, match=f"{next(iter(shape))}: expected a whole number of at least"):
        new_field("siren", **shape)
