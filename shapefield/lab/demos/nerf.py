"""One ray of a NeRF (Mildenhall et al. 2020), against the closed form: two balls of constant density and colour.

Rays run along z. Where one is inside a ball of density σ from a to b, light T arrives at a and T e^{-σ(b-a)} leaves
at b, so colour = Σ T (1 - e^{-σ(b-a)}) c and expected depth = Σ T (a + 1/σ - (b + 1/σ) e^{-σ(b-a)}).
The samples are NeRF's: stratified first, then more where those found weight (section 5.2).
"""

import numpy as np
import torch

from shapefield.events import Stage
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.experiments import NerfOptions
from shapefield.lab.pictures import centres
from shapefield.nerf.rendering import (
    alpha_from_density,
    composite,
    render_weight_from_density,
    transmittance_from_alpha,
)
from shapefield.nerf.sampling import edges_around, inverse_cdf, stratified

FAR, SIZE = 6.0, 64
CENTRES = torch.tensor([[0.0, 0.12, 2.0], [0.15, -0.1, 4.0]])
RADII, COLOURS = torch.tensor([0.35, 0.5]), torch.tensor([[0.90, 0.25, 0.20], [0.20, 0.45, 0.90]])


def densities(options: NerfOptions):
    return torch.tensor([options.density, 3 * options.density])


def density_and_colour(points, options: NerfOptions):
    """At points (…, 3): density (…,) and colour (…, 3); the balls do not touch."""
    inside = (points[..., None, :] - CENTRES).square().sum(dim=-1) < RADII**2
    return (inside * densities(options)).sum(dim=-1), inside.float() @ COLOURS


def closed_form(xy, options: NerfOptions):
    """Rays at xy (n, 2): colour (n, 3), depth (n,), and where each ball begins and ends, (n, 2) twice."""
    half = (RADII**2 - (xy[:, None] - CENTRES[:, :2]).square().sum(dim=-1)).clamp_min(0).sqrt()
    a, b, s = CENTRES[:, 2] - half, CENTRES[:, 2] + half, densities(options)
    left = torch.exp(-s * (b - a))
    light = torch.stack([torch.ones(len(xy)), left[:, 0]], dim=1)
    return (light * (1 - left)) @ COLOURS, (light * (a + 1 / s - (b + 1 / s) * left)).sum(dim=1), a, b


def march(xy, t, options: NerfOptions):
    """Render rays at xy (n, 2) from samples t (n, s): the rendering; weights, α, T and lengths, all (n, s)."""
    edges = edges_around(t, torch.zeros(len(t)), torch.full((len(t),), FAR))
    points = torch.cat([xy[:, None].expand(*t.shape, 2), t[..., None]], dim=-1)
    density, colour = density_and_colour(points, options)
    delta = edges[:, 1:] - edges[:, :-1]
    weights, alpha = render_weight_from_density(density, delta), alpha_from_density(density, delta)
    return composite(weights, colour, t), weights, alpha, transmittance_from_alpha(alpha), delta


def samples(xy, coarse: int, fine: int, options: NerfOptions, draw):
    """Coarse (n, coarse) and fine (n, fine) distances along rays at xy (n, 2)."""
    enter, leave = torch.zeros(len(xy)), torch.full((len(xy),), FAR)
    first = stratified(enter, leave, coarse, draw)
    weights = march(xy, first, options)[1]
    more = inverse_cdf(edges_around(first, enter, leave), weights, fine, draw) if fine else first[:, :0]
    return first, more


def run(options: NerfOptions):
    yield Stage("ray")
    draw = torch.Generator().manual_seed(options.seed)
    xy = torch.tensor([[0.0, options.height]])
    coarse, fine = samples(xy, options.coarse, options.fine, options, draw)
    t = torch.cat([coarse, fine], dim=1).sort(dim=1).values
    seen, weights, alpha, light, delta = march(xy, t, options)
    colour, depth, a, b = closed_form(xy, options)
    yield cut(coarse[0], fine[0], float(depth), options)

    dense = torch.linspace(0, FAR, 1201)
    s = densities(options)
    sigma = ((dense[:, None] > a) & (dense[:, None] < b)).float() @ s
    arriving = torch.exp(-((dense[:, None].clamp(a, b) - a) @ s))
    for plot, exact, ours in (
        ("density σ [1/unit]", sigma, {"coarse": coarse, "fine": fine}),
        ("share that a sample stops, α", None, alpha),
        ("light that arrives, T", arriving, light),
        ("weight over length, w / δ", sigma * arriving, weights / delta),
    ):
        if exact is not None:
            yield Curve(plot, "closed form", dense.numpy(), exact.numpy(), "t", faint=True)
        if isinstance(ours, dict):
            for name, places in ours.items():
                found = density_and_colour(torch.cat([xy.expand(places.shape[1], 2), places.T], dim=1), options)[0]
                yield Curve(plot, name, places[0].numpy(), found.numpy(), "t", style="dots")
        else:
            yield Curve(plot, "samples", t[0].numpy(), ours[0].numpy(), "t", style="dots")
    yield Fact("expected depth, sampled", float(seen.depth))
    yield Fact("expected depth, closed form", float(depth))
    yield Fact("error of the colour", float((seen.rgb - colour).abs().max()), at_most=0.02)
    yield Fact("error of the depth", float((seen.depth - depth).abs()), at_most=0.05)
    yield Stage("convergence")
    yield from convergence(xy, options, draw)
    yield Stage("picture")
    yield from picture(options, draw)


def cut(coarse, fine, depth: float, options: NerfOptions):
    """The plane x = 0, 40 pixels a unit: density, ray, samples, and a bar at the expected depth."""
    z, y = torch.arange(0, 40 * FAR) / 40, torch.arange(32, -33, -1) / 40
    points = torch.stack(torch.broadcast_tensors(torch.tensor(0.0), y[:, None], z[None, :]), dim=-1)
    density, colour = density_and_colour(points, options)
    shade = 0.6 * (density > 0)[..., None] * (1 - 0.5 * (density == options.density)[..., None].float())
    row = 32 - 40 * options.height
    ray, bar = np.array([[0, row], [40 * FAR - 1, row]]), 40 * np.array([[depth, 0.0], [depth, 0.0]])
    bar[:, 1] = row - 8, row + 8
    dots = {
        "coarse": np.stack([40 * coarse.numpy(), np.full(len(coarse), row + 4)], axis=1),
        "fine": np.stack([40 * fine.numpy(), np.full(len(fine), row - 4)], axis=1),
    }
    picture = ((1 - shade) + shade * colour).numpy()
    return Image("ray, samples, depth (bar)", picture, lines=(ray, bar), dots=dots)


def convergence(xy, options: NerfOptions, draw):
    """Root mean square error of the colour over 64 draws, at equal numbers of samples."""
    xy, counts = xy.expand(64, 2), np.array([16, 32, 64, 128, 256, 512])
    exact = closed_form(xy, options)[0]
    for name, share in (("all coarse", 0.0), ("one third coarse", 2 / 3)):
        errors = []
        for count in counts.tolist():
            fine = round(share * count)
            t = torch.cat(samples(xy, count - fine, fine, options, draw), dim=1).sort(dim=1).values
            errors.append(float((march(xy, t, options)[0].rgb - exact).square().mean().sqrt()))
        yield Curve("RMS error of the colour", name, counts, np.array(errors), "samples on the ray", "xy")
        yield Fact(f"RMS of 64, {name}", errors[2])


def picture(options: NerfOptions, draw):
    """64 × 64 rays side by side."""
    xy = torch.from_numpy(centres(SIZE, SIZE)) * torch.tensor([1.0, -1.0]) * 0.7
    exact = closed_form(xy, options)[0]
    t = torch.cat(samples(xy, options.coarse, options.fine, options, draw), dim=1).sort(dim=1).values
    ours = march(xy, t, options)[0].rgb
    for title, values in (
        ("4096 rays, closed form", exact),
        ("4096 rays, sampled", ours),
        ("difference × 10", 0.5 + 10 * (ours - exact)),
    ):
        yield Image(title, values.clamp(0, 1).reshape(SIZE, SIZE, 3).numpy())
