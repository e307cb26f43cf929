"""WIRE's real arithmetic against complex numbers, and a one-layer field's derivative against its closed form."""

import pytest
import torch

from shapefield.fields import build
from shapefield.fields.field import value_and_gradient
from shapefield.methods import METHODS, WireOptions


def gabor(u, omega, scale):
    """ψ(u) = exp(iωu - s²|u|²), Saragadam et al. 2023, equation 3."""
    return torch.exp(1j * omega * u - (scale * u.abs()) ** 2)


@pytest.mark.parametrize("inputs", [2, 3])
def test_the_real_arithmetic_is_that_of_complex_numbers(inputs):
    options = WireOptions(width=12, depth=3, omega=3.0, scale=0.8)
    field = build(METHODS["wire"], options, inputs=inputs, seed=1).double()
    x = torch.rand(40, inputs, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    z = x.to(torch.complex128)
    for layer in field.layers:
        weight = torch.complex(*(layer.weight if len(layer.weight) == 2 else (layer.weight[0], 0 * layer.weight[0])))
        bias = torch.complex(*(layer.bias if len(layer.bias) == 2 else (layer.bias[0], 0 * layer.bias[0])))
        z = gabor(z @ weight.T + bias, 3.0, 0.8)
    units = z.shape[1]
    last = torch.complex(field.last.weight[:, :units], -field.last.weight[:, units:])
    wanted = (z @ last.T).real + field.last.bias
    assert z.abs().max() > 0.1
    torch.testing.assert_close(field(x), wanted)


@pytest.mark.parametrize("inputs", [2, 3])
def test_a_single_layer_has_the_wavelets_own_derivative(inputs):
    """d/du Re(c ψ(u)) = Re(c (iω - 2s²u) ψ(u)) for real u."""
    field = build(METHODS["wire"], WireOptions(width=20, depth=1, omega=4.0, scale=1.5), inputs=inputs, seed=0).double()
    layer, units = field.layers[0], round(20 / 2**0.5)
    x = torch.rand(50, inputs, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    u = x @ layer.weight[0].T + layer.bias[0]
    c = torch.complex(field.last.weight[0, :units], -field.last.weight[0, units:])
    slope = (c * (4.0j - 2 * 1.5**2 * u) * gabor(u, 4.0, 1.5)).real @ layer.weight[0]
    torch.testing.assert_close(value_and_gradient(field, x)[1], slope.detach())
