"""Planes, lines and their sums and products against what multilinear interpolation reproduces exactly."""

import pytest
import torch

from shapefield.nn.planelookup import on_line, on_plane
from shapefield.nn.planes import Planes
from shapefield.nn.vectormatrix import VectorMatrix

AXIS = torch.linspace(-1, 1, 9, dtype=torch.float64)


def points(inputs, reach=1.0):
    generator = torch.Generator().manual_seed(0)
    return (torch.rand(50, inputs, generator=generator, dtype=torch.float64) * 2 - 1) * reach


def test_lines_and_planes_reproduce_what_is_linear_in_each_coordinate():
    x, y = points(2).T
    u, v = torch.meshgrid(AXIS, AXIS, indexing="ij")
    plane = torch.stack([2 * u - v, u * v + 1], dim=-1)
    torch.testing.assert_close(on_plane(x, y, plane), torch.stack([2 * x - y, x * y + 1], dim=1))
    line = torch.stack([3 * AXIS, AXIS - 1], dim=-1)
    torch.testing.assert_close(on_line(x, line), torch.stack([3 * x, x - 1], dim=1))
    # the same with a graph on the points, which takes the other way through the rows
    torch.testing.assert_close(on_plane(x.clone().requires_grad_(), y, plane), on_plane(x, y, plane))


def test_outside_the_box_is_its_border():
    line = torch.stack([AXIS], dim=-1)
    torch.testing.assert_close(on_line(torch.tensor([-3.0, 5.0], dtype=torch.float64), line)[:, 0], AXIS[[0, -1]])


@pytest.mark.parametrize("product", [True, False])
def test_planes_are_multiplied_or_added(product):
    planes = Planes(3, 8, 1, product).double()
    u, v = torch.meshgrid(AXIS, AXIS, indexing="ij")
    with torch.no_grad():
        for grid, values in zip(planes.grids, (u, v, u), strict=True):  # of x in xy, of z in xz, of y in yz
            grid.copy_(values[..., None])
    p = points(3)
    x, y, z = p.T
    torch.testing.assert_close(planes(p)[:, 0], x * y * z if product else x + y + z)


@pytest.mark.parametrize("product", [True, False])
def test_in_the_plane_there_is_one_plane(product):
    planes = Planes(2, 8, 1, product).double()
    u, v = torch.meshgrid(AXIS, AXIS, indexing="ij")
    (grid,) = planes.grids
    with torch.no_grad():
        grid.copy_((u * v + 2 * u - 1)[..., None])
    x, y = points(2).T
    torch.testing.assert_close(planes(points(2))[:, 0], x * y + 2 * x - 1)


def test_vector_times_matrix_is_a_product_of_one_axis_and_the_others():
    tensor = VectorMatrix(3, 8, 1).double()
    u, v = torch.meshgrid(AXIS, AXIS, indexing="ij")
    with torch.no_grad():
        for vector, matrix in zip(tensor.vectors, tensor.matrices, strict=True):
            vector.copy_(AXIS[:, None])
            matrix.copy_((u * v + 2)[..., None])
    p = points(3)
    x, y, z = p.T
    wanted = torch.stack([x * (y * z + 2), y * (x * z + 2), z * (x * y + 2)], dim=1)
    torch.testing.assert_close(tensor(p), wanted)
    flat = VectorMatrix(2, 8, 1).double()
    with torch.no_grad():
        for vector, matrix in zip(flat.vectors, flat.matrices, strict=True):
            vector.copy_(AXIS[:, None])
            matrix.copy_(AXIS[:, None] + 1)
    p = points(2)
    x, y = p.T
    torch.testing.assert_close(flat(p), torch.stack([x * (y + 1), y * (x + 1)], dim=1))


@pytest.mark.parametrize("network", ["planes", "tensor"])
def test_both_ways_through_the_rows_train_alike(network):
    """embedding_bag's gradient by the table is that of plain gathering."""
    encode = Planes(3, 6, 4, True).double() if network == "planes" else VectorMatrix(3, 6, 4).double()
    p = points(3)
    slopes = []
    for asked in (p, p.clone().requires_grad_()):
        encode.zero_grad()
        encode(asked).square().sum().backward()
        slopes.append([q.grad.clone() for q in encode.parameters()])
    for one, other in zip(*slopes, strict=True):
        torch.testing.assert_close(one, other)
