"""The vertex grid: the compiled renderer is the plain one, occupancy skips only emptiness, growth keeps the field."""

import numpy as np
import pytest
import torch

from shapefield.methods.radiance import GridOptions
from shapefield.nerf.models import grid as module
from shapefield.nerf.models.grid import GridModel
from shapefield.nerf.models.model import Rays
from shapefield.nerf.occupancy import Occupancy, around, dilated, leaps, resampled
from shapefield.nn.contraction import contract, expand
from shapefield.training.adam import Adam


def a_model(contracted: bool = False, cells: float = 0.6, distortion: float = 0.0) -> GridModel:
    g = torch.Generator().manual_seed(0)
    model = GridModel(
        GridOptions(coarse=16, fine=16, distortion=distortion),
        torch.rand((16, 16, 16), generator=g) > cells,
        contracted,
    )
    with torch.no_grad():
        model.raw[1:] = torch.randn(model.raw[1:].shape, generator=g) * 2
        model.coefficients.copy_(torch.randn(model.coefficients.shape, generator=g))
    return model


def some_rays(count: int = 400) -> Rays:
    g = torch.Generator().manual_seed(1)
    origins = torch.nn.functional.normalize(torch.randn((count, 3), generator=g), dim=1) * 2.5
    directions = torch.nn.functional.normalize(-origins + 0.6 * torch.randn((count, 3), generator=g), dim=1)
    return Rays(origins, directions)


@pytest.mark.parametrize("contracted", [False, True])
def test_compiled_and_plain_renderings_and_gradients_agree(contracted: bool, monkeypatch):
    model, rays = a_model(contracted, distortion=3.0), some_rays()
    found = []
    for kind in ("numba", "torch"):
        monkeypatch.setattr(module, "kernel", lambda kind=kind: kind)
        model.zero_grad()
        background = torch.full((len(rays), 3), 0.3, requires_grad=True)
        training = model.see(rays, background, torch.Generator().manual_seed(2))
        seen, spread = training.rendering, training.losses["distortion"]
        (seen.rgb.square().sum() + seen.opacity.sum() + 0.3 * seen.depth.sum() + len(rays) * spread).backward()
        gradients = [model.raw.grad, model.coefficients.grad, background.grad]
        dense = [g.to_dense() for g in gradients if g is not None]
        found.append([seen.rgb, seen.opacity, seen.depth, spread, *dense])
    for a, b in zip(*found, strict=True):
        error = (a - b).norm() / b.norm()
        assert error < (5e-3 if contracted else 1e-4)


def test_gradient_of_density_is_the_numerical_one(monkeypatch):
    """A step along the gradient changes the loss by its squared length."""
    model, rays = a_model(), some_rays(100)

    def loss() -> torch.Tensor:
        return model.see(rays, torch.zeros(3), None).rendering.rgb.square().sum()

    loss().backward()
    raw = model.raw
    assert raw.grad is not None and raw.grad.is_sparse
    gradient = raw.grad.to_dense()
    small = 1e-2 / float(gradient.norm())
    with torch.no_grad():
        raw += small * gradient
        above = float(loss())
        raw -= 2 * small * gradient
        below = float(loss())
    assert (above - below) / (2 * small) == pytest.approx(float(gradient.square().sum()), rel=0.02)


def test_marching_finds_every_sample_in_occupied_cells():
    """Against a test of every step of every ray."""
    g = torch.Generator().manual_seed(3)
    occupancy = Occupancy(torch.rand((13, 13, 13), generator=g) > 0.8)
    rays, step = some_rays(60), 2.0 / 13
    enter, leave = a_model()._interval(rays, None)
    packed = occupancy.march(rays.origins, rays.directions, enter, leave, step)
    expected = 0
    for k in range(60):
        t = enter[k] + (torch.arange(200) + 0.5) * step
        t = t[t < leave[k]]
        points = rays.origins[k] + t[:, None] * rays.directions[k]
        kept = t[occupancy.occupied(points)]
        expected += len(kept)
        assert torch.allclose(packed.t[packed.ray == k], kept)
    assert len(packed.t) == expected > 0


def test_growing_keeps_the_field():
    model = a_model(cells=-1.0)
    with torch.no_grad():
        model.raw[1:] += 4.0
    g = torch.Generator().manual_seed(4)
    points = torch.rand((300, 3), generator=g) * 1.6 - 0.8
    before = module.read_smooth(*model._corners(points), model.raw)
    model._grow(32)
    after = module.read_smooth(*model._corners(points), model.raw)
    assert model.vertices == 33
    assert torch.allclose(before, after, atol=1e-4)  # 16 divides 32: old vertices stay, new ones lie on the old lines


def test_saved_tensors_bring_the_field_back():
    model = a_model()
    other = GridModel(GridOptions(coarse=16, fine=16))
    other.load_tensors({k: v.clone() for k, v in model.tensors().items()})
    rays = some_rays(50)
    a, b = (m.see(rays, torch.ones(3)).rendering.rgb for m in (model, other))
    assert torch.equal(a, b)


def test_resampled_map_never_loses_an_occupied_place():
    g = torch.Generator().manual_seed(5)
    cells = torch.rand((10, 10, 10), generator=g) > 0.9
    finer = Occupancy(resampled(cells, 23))
    points = torch.rand((4000, 3), generator=g) * 2 - 1
    assert finer.occupied(points)[Occupancy(cells).occupied(points)].all()


def test_cells_around_vertices_have_one_of_them_as_a_corner():
    vertices = torch.zeros((5, 5, 5), dtype=torch.bool)
    vertices[0, 2, 4] = True
    assert around(vertices).nonzero().tolist() == [[0, 1, 3], [0, 2, 3]]


def test_dilation_reaches_one_cell():
    cells = torch.zeros((5, 5, 5), dtype=torch.bool)
    cells[2, 2, 2] = True
    assert int(dilated(cells).sum()) == 27


def test_contraction_and_its_inverse():
    g = torch.Generator().manual_seed(6)
    points = torch.randn((500, 3), generator=g) * 5
    small = contract(points)
    assert float(small.abs().max()) < 1.0
    assert torch.allclose(expand(small), points, rtol=1e-3, atol=1e-4)
    inside = points[points.abs().amax(dim=1) <= 1]
    assert torch.equal(contract(inside), 0.5 * inside)


def test_leaps_are_the_largest_cubes_of_coarse_cells_that_hold_nothing():
    g = torch.Generator().manual_seed(7)
    cells = (torch.rand((18, 18, 18), generator=g) > 0.999).numpy()
    found = leaps(cells)
    full = {tuple(int(x) // 4 for x in cell) for cell in np.argwhere(cells)}
    assert found.shape == (5, 5, 5)
    for place in np.ndindex(found.shape):
        assert found[place] == min(max(abs(a - b) for a, b in zip(place, other, strict=True)) for other in full)
    assert (leaps(np.zeros((8, 8, 8), dtype=bool)) == 255).all()


def stepped(threads: int, room: int) -> list[torch.Tensor]:
    """Dense gradients of a batch, marched by so many threads with room for so many samples a ray at first."""
    model, rays, now = a_model(), some_rays(), torch.get_num_threads()
    model._state().room = room
    torch.set_num_threads(threads)
    try:
        seen = model.see(rays, torch.ones(3), torch.Generator().manual_seed(2)).rendering
        seen.rgb.square().sum().backward()
    finally:
        torch.set_num_threads(now)
    found = [model.raw.grad, model.coefficients.grad]
    return [seen.rgb.detach(), *(g.to_dense() for g in found if g is not None)]


def test_neither_threads_nor_room_for_notes_change_a_bit():
    first, *others = [stepped(threads, room) for threads, room in ((1, 48), (1, 1), (3, 48), (2, 2))]
    assert len(first) == 3
    for found in others:
        assert all(torch.equal(a, b) for a, b in zip(first, found, strict=True))


def test_a_step_moves_the_rows_that_its_rays_have_touched_and_no_others():
    model = a_model()
    rays = some_rays(3)
    before = [p.detach().clone() for p in (model.raw, model.coefficients)]
    optimiser = Adam(model.groups())
    model.see(rays, torch.zeros(3), None).rendering.rgb.sum().backward()
    touched = [p.grad.to_dense().ne(0).any(dim=1) for p in (model.raw, model.coefficients) if p.grad is not None]
    optimiser.step(0.1)
    for parameter, old, rows in zip((model.raw, model.coefficients), before, touched, strict=True):
        moved = (parameter.detach() != old).any(dim=1)
        assert torch.equal(moved, rows) and 0 < int(moved.sum()) < len(moved) / 4
    state = model._state()
    assert not state.touched.any() and not state.coloured.any()
