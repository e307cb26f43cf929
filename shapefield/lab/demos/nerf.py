"""One ray of a NeRF (Mildenhall et al. 2020), against the closed form: two balls of constant density and colour.

On a ray that is inside a ball of density σ from a to b, light T arrives at a and T exp(-σ (b - a)) leaves at b, so
    colour:  Σ T_a (1 - e^{-σ(b-a)}) c        depth:  Σ T_a (a + 1/σ - (b + 1/σ) e^{-σ(b-a)}).
The samples are NeRF's: stratified first, then more where the first found weight (section 5.2).
"""

import math

import numpy as np
import torch

from shapefield.events import Stage
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.experiments import NerfOptions
from shapefield.nerf.rendering import alpha_from_density, composite, render_weight_from_density, transmittance_from_alpha
from shapefield.nerf.sampling import edges_around, inverse_cdf, stratified

NEAR, FAR = 0.0, 4.0
COUNTS = (8, 16, 32, 64, 128, 256, 512)


def balls(options: NerfOptions):
    """Centre (z along the ray, y up), radius, density, colour; in the order the ray meets them."""
    red, blue = (0.90, 0.25, 0.20), (0.20, 0.45, 0.90)
    return ((1.2, 0.2, 0.5, options.density, red), (2.7, -0.1, 0.8, 3 * options.density, blue))


def at(z, y, options: NerfOptions):
    """Density and colour (…, 3) at places z along the ray's axis and y over it; the balls do not touch."""
    density, colour = torch.zeros_like(z + y), torch.zeros(*(z + y).shape, 3)
    for middle, up, radius, thick, paint in balls(options):
        inside = (z - middle) ** 2 + (y - up) ** 2 < radius**2
        density, colour[inside] = torch.where(inside, thick, density), torch.tensor(paint)
    return density, colour


def closed_form(y: float, options: NerfOptions):
    """Colour (3,), depth, and the stretches (a, b, σ) of the ray at height y."""
    light, colour, depth, stretches = 1.0, np.zeros(3), 0.0, []
    for middle, up, radius, thick, paint in balls(options):
        half = radius**2 - (y - up) ** 2
        if half > 0:
            a, b = middle - math.sqrt(half), middle + math.sqrt(half)
            left = math.exp(-thick * (b - a))
            colour += light * (1 - left) * np.array(paint)
            depth += light * (a + 1 / thick - (b + 1 / thick) * left)
            light *= left
            stretches.append((a, b, thick))
    return colour, depth, stretches


def march(t, y: float, options: NerfOptions):
    """Render samples t (1, n): the rendering, weights, α, T, and segment edges."""
    edges = edges_around(t, torch.tensor([NEAR]), torch.tensor([FAR]))
    density, colour = at(t, torch.tensor(y), options)
    delta = edges[:, 1:] - edges[:, :-1]
    weights, alpha = render_weight_from_density(density, delta), alpha_from_density(density, delta)
    return composite(weights, colour, t), weights, alpha, transmittance_from_alpha(alpha), edges


def both(coarse: int, fine: int, y: float, options: NerfOptions):
    """Coarse samples, fine samples, and the march over them all."""
    draw = torch.Generator().manual_seed(options.seed)
    first = stratified(torch.tensor([NEAR]), torch.tensor([FAR]), coarse, draw)
    _, weights, *_, edges = march(first, y, options)
    more = inverse_cdf(edges, weights, fine, draw) if fine else first[:, :0]
    return first, more, march(torch.cat([first, more], dim=1).sort(dim=1).values, y, options)


def run(options: NerfOptions):
    yield Stage("ray")
    y = options.height
    coarse, fine, (seen, weights, alpha, arriving, edges) = both(options.coarse, options.fine, y, options)
    yield cut(coarse[0], fine[0], options)
    t = torch.cat([coarse, fine], dim=1).sort(dim=1).values[0].numpy()
    dense = np.linspace(NEAR, FAR, 801)
    density = at(torch.from_numpy(dense), torch.tensor(y), options)[0].numpy()
    yield Curve("density σ [1/unit]", "closed form", dense, density, "t", faint=True)
    for name, samples in (("coarse", coarse[0]), ("fine", fine[0])):
        yield Curve("density σ [1/unit]", name, samples.numpy(), at(samples, torch.tensor(y), options)[0].numpy(), "t", style="dots")
    light = np.array([math.exp(-sum(s * max(0.0, min(b, z) - a) for a, b, s in closed_form(y, options)[2])) for z in dense])
    yield Curve("light that arrives, T", "closed form", dense, light, "t", faint=True)
    yield Curve("light that arrives, T", "samples", t, arriving[0].numpy(), "t", style="dots")
    yield Curve("share that is stopped, α", "samples", t, alpha[0].numpy(), "t", style="dots")
    per_length = (weights / (edges[:, 1:] - edges[:, :-1]))[0].numpy()
    yield Curve("weight per length, w / δ", "closed form, T σ", dense, light * density, "t", faint=True)
    yield Curve("weight per length, w / δ", "samples", t, per_length, "t", style="dots")
    yield from answers(seen, y, options)
    yield Stage("convergence")
    yield from convergence(y, options)
    yield Stage("picture")
    yield from picture(options)


def cut(coarse, fine, options: NerfOptions):
    """The plane of the ray, 40 pixels a unit, with the samples on it."""
    z, y = torch.arange(0, 160) / 40, torch.arange(50, -51, -1) / 40
    density, colour = at(z[None, :] + 0 * y[:, None], y[:, None] + 0 * z[None, :], options)
    shade = 1 - torch.exp(-density / options.density)[..., None]
    values = (1 - shade) + shade * (0.55 * colour + 0.45)
    row = 50 - 40 * options.height
    line = np.array([[0, row], [159, row]], np.float32)
    dots = {
        "coarse": np.stack([40 * coarse.numpy(), np.full(len(coarse), row + 3)], axis=1),
        "fine": np.stack([40 * fine.numpy(), np.full(len(fine), row - 3)], axis=1),
    }
    return Image("the ray, from left to right", values.numpy(), lines=(line,), dots=dots)


def answers(seen, y: float, options: NerfOptions):
    colour, depth, _ = closed_form(y, options)
    for name, ours, exact in zip("red green blue".split(), seen.rgb[0].tolist(), colour, strict=True):
        yield Fact(f"{name}, sampled", ours)
        yield Fact(f"{name}, closed form", float(exact))
    yield Fact("expected depth, sampled", float(seen.depth[0]))
    yield Fact("expected depth, closed form", float(depth))
    yield Fact("error of the colour", float(np.abs(seen.rgb[0].numpy() - colour).max()), at_most=0.02)
    yield Fact("error of the depth", float(abs(seen.depth[0] - depth)), at_most=0.04)


def convergence(y: float, options: NerfOptions):
    colour = closed_form(y, options)[0]
    for name, share in (("even", 0.0), ("coarse + fine", 2 / 3)):
        errors = []
        for count in COUNTS:
            fine = round(share * count)
            seen = both(count - fine, fine, y, options)[2][0]
            errors.append(max(1e-7, float(np.abs(seen.rgb[0].numpy() - colour).max())))
        yield Curve("error of the colour", name, np.array(COUNTS), np.array(errors), "samples on the ray", "xy")


def picture(options: NerfOptions):
    """What a column of such rays sees, from above down: closed form, and with the samples chosen."""
    heights = np.linspace(1.2, -1.2, 96)
    exact = np.stack([closed_form(float(y), options)[0] for y in heights])
    yield Image("rays at all heights: closed form", np.repeat(exact[:, None], 24, axis=1))
    ours = np.stack([both(options.coarse, options.fine, float(y), options)[2][0].rgb[0].numpy() for y in heights])
    yield Image("sampled", np.repeat(ours[:, None], 24, axis=1))
    yield Image("difference, times 10", np.repeat(np.clip(0.5 + 10 * (ours - exact), 0, 1)[:, None], 24, axis=1))
