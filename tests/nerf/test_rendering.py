"""Volume rendering against a naive loop, closed forms, and numerical gradients."""

import math

import pytest
import torch

from shapefield.nerf import rendering as r
from shapefield.nerf import sampling
from shapefield.nerf.rendering import Packed


def random_packed(seed: int = 0, rays: int = 7) -> tuple[Packed, torch.Tensor, torch.Tensor]:
    """Rays with 0 to 6 samples each; densities up to opaque."""
    g = torch.Generator().manual_seed(seed)
    counts = torch.randint(0, 7, (rays,), generator=g)
    ray = torch.arange(rays).repeat_interleave(counts)
    delta = 0.05 + torch.rand(len(ray), generator=g, dtype=torch.float64)
    t = torch.cat([torch.cumsum(delta[ray == k], 0) for k in range(rays)]) - 0.5 * delta
    density = 10 ** (4 * torch.rand(len(ray), generator=g, dtype=torch.float64) - 2)
    return Packed(ray, t, delta, rays), density, torch.rand((len(ray), 3), generator=g, dtype=torch.float64)


def naive(packed: Packed, density: torch.Tensor, colour: torch.Tensor, background: torch.Tensor):
    rgb, opacity, depth = [], [], []
    for k in range(packed.count):
        light, c, d = 1.0, torch.zeros(3, dtype=torch.float64), 0.0
        for i in range(len(density)):
            if packed.ray[i] == k:
                alpha = 1.0 - math.exp(-float(density[i] * packed.delta[i]))
                c = c + light * alpha * colour[i]
                d += light * alpha * float(packed.t[i])
                light *= 1.0 - alpha
        rgb.append(c + light * background)
        opacity.append(1.0 - light)
        depth.append(d)
    return torch.stack(rgb), torch.tensor(opacity), torch.tensor(depth)


@pytest.mark.parametrize("seed", range(4))
def test_packed_rendering_is_the_naive_loop(seed: int):
    packed, density, colour = random_packed(seed)
    background = torch.tensor([0.2, 0.5, 0.9], dtype=torch.float64)
    weights = r.packed_weight_from_density(density, packed)
    opacity = r.accumulate_packed(weights, None, packed.ray, packed.count)
    rgb = r.over_background(r.accumulate_packed(weights, colour, packed.ray, packed.count), opacity, background)
    depth = r.accumulate_packed(weights * packed.t, None, packed.ray, packed.count)
    expected = naive(packed, density, colour, background)
    assert torch.allclose(rgb, expected[0]) and torch.allclose(opacity, expected[1].to(opacity))
    assert torch.allclose(depth, expected[2].to(depth))


def test_batched_weights_agree_from_density_and_from_alpha():
    g = torch.Generator().manual_seed(1)
    density = 10 ** (3 * torch.rand((5, 9), generator=g, dtype=torch.float64) - 1)
    delta = torch.rand((5, 9), generator=g, dtype=torch.float64)
    a = r.render_weight_from_density(density, delta)
    alpha = r.alpha_from_density(density, delta)
    assert torch.allclose(a, r.transmittance_from_alpha(alpha) * alpha)
    packed = Packed(torch.arange(5).repeat_interleave(9), torch.zeros(45), delta.flatten(), 5)
    assert torch.allclose(r.packed_weight_from_density(density.flatten(), packed).view(5, 9), a)


def test_transmittance_is_never_above_one_and_never_rises():
    g = torch.Generator().manual_seed(2)
    rays = torch.arange(500).repeat_interleave(200)
    thickness = (10 ** (6 * torch.rand(len(rays), generator=g) - 5)).float()
    packed = Packed(rays, torch.zeros(len(rays)), torch.ones(len(rays)), 500)
    light = r.packed_transmittance(thickness, packed).view(500, 200)
    assert float(light.max()) <= 1.0 and (light[:, 0] == 1.0).all()
    assert (light[:, 1:] <= light[:, :-1]).all()
    opacity = r.accumulate_packed(r.packed_weight_from_density(thickness, packed), None, rays, 500)
    assert float(opacity.max()) <= 1.0 + 1e-5


def test_slab_of_constant_density_has_its_closed_form():
    """Opacity 1 - exp(-sigma L); expected depth of a fine cut: integral of t sigma exp(-sigma t)."""
    sigma, length, count = 1.7, 2.0, 4000
    edges = torch.linspace(0.0, length, count + 1, dtype=torch.float64)[None]
    origins, directions = torch.zeros(1, 3, dtype=torch.float64), torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)

    def field(points, along):
        return torch.full((len(points),), sigma, dtype=torch.float64), torch.full(
            (len(points), 3), 0.25, dtype=torch.float64
        )

    seen, weights = r.render(field, origins, directions, edges, torch.ones(3, dtype=torch.float64))
    gone = math.exp(-sigma * length)
    assert math.isclose(float(seen.opacity), 1.0 - gone, rel_tol=1e-9)
    assert math.isclose(float(seen.rgb[0, 0]), 0.25 * (1 - gone) + gone, rel_tol=1e-9)
    assert math.isclose(float(seen.depth), (1 - gone) / sigma - length * gone, rel_tol=1e-6)
    assert weights.shape == (1, count)


def test_gradients_are_the_numerical_ones():
    packed, density, colour = random_packed(5, 4)

    def image(d, c):
        w = r.packed_weight_from_density(d, packed)
        return r.accumulate_packed(w, c, packed.ray, packed.count)

    assert torch.autograd.gradcheck(image, (density.clamp(0.1, 5).requires_grad_(), colour.requires_grad_()), atol=1e-6)


def test_gradients_stay_finite_behind_an_opaque_wall():
    density = torch.tensor([[1e6, 1.0, 0.0]], requires_grad=True)
    r.render_weight_from_density(density, torch.ones(1, 3)).sum().backward()
    assert density.grad is not None and torch.isfinite(density.grad).all()


def test_distortion_is_the_double_sum():
    packed, density, _ = random_packed(3)
    w = r.packed_weight_from_density(density, packed)
    total = 0.0
    for i in range(len(w)):
        for j in range(len(w)):
            if packed.ray[i] == packed.ray[j]:
                total += float(w[i] * w[j] * (packed.t[i] - packed.t[j]).abs())
        total += float(w[i] ** 2 * packed.delta[i]) / 3
    assert math.isclose(float(r.distortion_packed(w, packed)), total / packed.count, rel_tol=1e-9)


def test_inverse_cdf_is_analytic_for_a_linear_density():
    """Weights proportional to t on [0, 1] have the CDF t^2: the middle of the k-th share lies at sqrt((k + .5) / n)."""
    edges = torch.linspace(0, 1, 2001, dtype=torch.float64)[None]
    weights = 0.5 * (edges[:, 1:] + edges[:, :-1])
    t = sampling.inverse_cdf(edges, weights, 16, None)[0]
    expected = ((torch.arange(16, dtype=torch.float64) + 0.5) / 16).sqrt()
    assert torch.allclose(t, expected, atol=1e-3)


def test_inverse_cdf_stays_in_the_only_bin_with_weight():
    edges = torch.linspace(0, 1, 11)[None]
    weights = torch.zeros(1, 10)
    weights[0, 6] = 1.0
    t = sampling.inverse_cdf(edges, weights, 64, torch.Generator().manual_seed(0))
    assert ((t >= 0.599) & (t <= 0.701)).float().mean() > 0.98


def test_stratified_draws_one_in_every_bin():
    t = sampling.stratified(torch.tensor([1.0]), torch.tensor([3.0]), 8, torch.Generator().manual_seed(0))[0]
    assert ((t - 1.0) / 0.25).floor().tolist() == list(range(8))


def test_box_interval_of_a_ray_through_the_middle():
    one = torch.ones(3)
    enter, leave = sampling.box_interval(
        torch.tensor([[-3.0, 0, 0], [0, 0, 0], [-3.0, 5, 0]]), torch.tensor([[1.0, 0, 0]] * 3), -one, one, 0.0
    )
    assert enter[:2].tolist() == [2.0, 0.0] and leave[:2].tolist() == [4.0, 1.0] and leave[2] < enter[2]
