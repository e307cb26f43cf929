"""Make the sample meshes anew: `python sample_meshes/make.py`. Same bytes each time.

Lengths are millimetres, z is up. `MAKERS` maps each file to the function that makes it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from manifold3d import CrossSection, Manifold

from shapefield.mesh.model import Mesh
from shapefield.mesh.writing import write

FOLDER = Path(__file__).parent


def solid(body: Manifold, decimals: int = 3) -> Mesh:
    """A Manifold as Mesh; coordinates rounded, which keeps text files small."""
    data = body.to_mesh64()
    vertices = np.asarray(data.vert_properties)[:, :3].round(decimals)
    return Mesh(vertices, np.asarray(data.tri_verts), unit="mm")


def tube(curve: Callable[[np.ndarray], np.ndarray], radius: float, along: int, around: int) -> Mesh:
    """A closed tube about a closed curve over [0, 2 pi), by its Frenet frame; one torus."""
    t = np.linspace(0, 2 * np.pi, along, endpoint=False)
    step = 1e-4
    tangent = curve(t + step) - curve(t - step)
    bend = curve(t + step) - 2 * curve(t) + curve(t - step)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = bend - (bend * tangent).sum(axis=1, keepdims=True) * tangent
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)[None, :, None]
    ring = normal[:, None] * np.cos(angle) + np.cross(tangent, normal)[:, None] * np.sin(angle)
    points = curve(t)[:, None] + radius * ring
    i, j = np.meshgrid(np.arange(along), np.arange(around), indexing="ij")
    a, b = i * around + j, (i + 1) % along * around + j
    c, d = (i + 1) % along * around + (j + 1) % around, i * around + (j + 1) % around
    return Mesh(points.reshape(-1, 3).round(3), np.stack([a, c, b, a, d, c], axis=-1).reshape(-1, 3), unit="mm")


def knot() -> Mesh:
    """A trefoil knot, coloured by a rainbow along it and a stripe around it."""

    def curve(t: np.ndarray) -> np.ndarray:
        x, y = np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t)
        return 10 * np.stack([x, y, -np.sin(3 * t)], axis=-1)

    mesh = tube(curve, 4.5, 240, 36)
    turn = np.repeat(np.arange(240) / 240, 36)[:, None]
    stripe = 0.75 + 0.25 * np.cos(3 * np.tile(np.arange(36), 240) * 2 * np.pi / 36)[:, None]
    rainbow = 0.5 + 0.5 * np.cos(2 * np.pi * (turn + np.array([0.0, 1 / 3, 2 / 3])))
    return Mesh(mesh.vertices, mesh.faces, np.rint(255 * rainbow * stripe).astype(np.uint8), unit="mm")


def bracket() -> Mesh:
    """An angle bracket with a gusset, countersunk holes and a slot: flat faces, sharp edges, cylinders."""
    profile = CrossSection([np.array([[0.0, 0], [60, 0], [60, 6], [18, 6], [6, 24], [6, 50], [0, 50]])])
    body = profile.extrude(40).rotate((90, 0, 0)).translate((0, 40, 0))
    body -= Manifold.cube((60, 28, 60)).translate((6, 6, 6))
    for y in (10, 30):
        hole = Manifold.cylinder(20, 3, 3, 48).translate((48, y, -5))
        body = body - hole - Manifold.cylinder(3, 3, 6, 48).translate((48, y, 3.01))
    slot = CrossSection.circle(3.5, 48).translate((-7, 0)) + CrossSection.circle(3.5, 48).translate((7, 0))
    body -= slot.hull().extrude(20).rotate((90, 90, 90)).translate((-5, 20, 36))
    return solid(body)


def impeller() -> Mesh:
    """A pump impeller: nine curved vanes 0.8 mm thin on a disc 1.2 mm thin of 80 mm across."""
    t = np.linspace(0, 1, 24)
    angle, radius = 1.1 * t**1.2, 11 + 28 * t
    middle = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    tangent = np.gradient(middle, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = 0.4 * np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    outline = np.concatenate([middle - side, (middle + side)[::-1]])
    vane = CrossSection([outline]).extrude(14)
    body = Manifold.cylinder(1.2, 40, 40, 128) + Manifold.cylinder(18, 12, 9, 96)
    for k in range(9):
        body += vane.rotate((0, 0, 40 * k))
    cone = Manifold.cylinder(14, 43, 34, 128).translate((0, 0, 1))
    body = (
        body ^ (cone + Manifold.cylinder(30, 12, 12, 96) + Manifold.cylinder(1.2, 40, 40, 128))
    ) - Manifold.cylinder(40, 4, 4, 64).translate((0, 0, -1))
    return solid(body)


def gyroid() -> Mesh:
    """A ball of gyroid wall with a rounded rim: smooth, saddle-shaped everywhere, of high genus."""
    wave, rim = 2 * np.pi / 20, 1.5

    def inside(x: float, y: float, z: float) -> float:
        u, v, w = x * wave, y * wave, z * wave
        sheet = np.sin(u) * np.cos(v) + np.sin(v) * np.cos(w) + np.sin(w) * np.cos(u)
        wall, ball = (0.7 - abs(sheet)) / wave, 20 - (x * x + y * y + z * z) ** 0.5
        return -rim * float(np.logaddexp(-wall / rim, -ball / rim))

    body = Manifold.level_set(inside, [-22, -22, -22, 22, 22, 22], 1.6, 0.0, 0.01)
    largest = max(body.decompose(), key=lambda part: part.volume())  # the ball's rim cuts off crumbs
    return solid(largest.simplify(0.02), decimals=6)


def sponge() -> Mesh:
    """The Menger sponge after two steps: sharp, and of genus 81."""
    body = Manifold.cube((27, 27, 27))
    for size in (9, 3):
        for i in range(27 // size // 3):
            for j in range(27 // size // 3):
                bar = Manifold.cube((size, size, 29)).translate((3 * size * i + size, 3 * size * j + size, -1))
                body -= bar
                body -= bar.rotate((0, 90, 0)).translate((0, 0, 27))
                body -= bar.rotate((-90, 0, 0)).translate((0, 0, 27))
    return solid(body)


def chain() -> Mesh:
    """Five links of a chain, none touching another: five components."""

    def link(t: np.ndarray) -> np.ndarray:
        return np.stack([9 * np.cos(t) + 3 * np.cos(t) ** 3, 6 * np.sin(t), 0.6 * np.sin(2 * t)], axis=-1)

    one = tube(link, 1.8, 64, 14)
    vertices, faces = [], []
    for k in range(5):
        turned = one.vertices if k % 2 == 0 else one.vertices[:, [0, 2, 1]] * [1, -1, 1]
        vertices.append(turned + np.array([17.5 * k, 0, 0]))
        faces.append(one.faces + k * len(one.vertices))
    return Mesh(np.concatenate(vertices).round(3), np.concatenate(faces), unit="mm")


def geode() -> Mesh:
    """A stone with a hollow and a loose crystal in the hollow: three shells, one inside the other."""

    def stone(x: float, y: float, z: float) -> float:
        bumps = np.sin(0.5 * x + 1) * np.sin(0.45 * y) + np.sin(0.4 * z + 2) * np.sin(0.35 * x)
        return 17 + 1.2 * bumps - (x * x + 1.2 * y * y + 1.5 * z * z) ** 0.5

    outer = Manifold.level_set(stone, [-22, -22, -22, 22, 22, 22], 1.6, 0.0, 0.01)
    hollow = Manifold.sphere(10, 48).scale((1, 0.9, 0.8))
    prism = Manifold.cylinder(6, 2.4, 2.4, 6, True)
    tip = Manifold.cylinder(3, 2.4, 0.0, 6).translate((0, 0, 3))
    crystal = prism + tip + tip.mirror((0, 0, 1))
    return solid(outer - hollow + crystal.rotate((20, 35, 0)))


def vase() -> Mesh:
    """A fluted vase that is a single sheet: a closed bottom, an open top, no thickness."""
    up, around = 48, 72
    h = np.linspace(0, 1, up)[:, None]
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)[None]
    radius = 12 + 9 * np.sin(2.6 * h + 0.4) ** 2 - 5 * h + 7 * h**6
    radius = radius * (1 + 0.06 * np.cos(9 * (angle + 0.9 * h)) * np.sin(np.pi * h) ** 0.5)
    z = np.broadcast_to(60 * h, radius.shape)
    rings = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=-1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(up - 1), np.arange(around), indexing="ij")
    a, b = i * around + j, i * around + (j + 1) % around
    c, d = b + around, a + around
    wall = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
    k = np.arange(around)
    bottom = np.stack([np.full(around, len(rings)), (k + 1) % around, k], axis=1)
    return Mesh(np.concatenate([rings, [[0, 0, 0]]]).round(3), np.concatenate([wall, bottom]), unit="mm")


def twist() -> Mesh:
    """A twisted star column of which one face in four, in patches, is turned the wrong way round."""
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    radius = 14 + 4 * np.cos(5 * angle)
    star = CrossSection([np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)])
    mesh = solid(star.extrude(50, 40, 110, (0.55, 0.55)))
    centre = mesh.triangles.mean(axis=1)
    wrong = np.sin(0.35 * centre[:, 0] + 1) * np.sin(0.3 * centre[:, 1]) * np.cos(0.25 * centre[:, 2]) > 0.25
    faces = mesh.faces.copy()
    faces[wrong] = faces[wrong][:, ::-1]
    return Mesh(mesh.vertices, faces, unit="mm")


MAKERS: dict[str, Callable[[], Mesh]] = {
    "knot.ply": knot,
    "bracket.stl": bracket,
    "impeller.obj": impeller,
    "gyroid.ply": gyroid,
    "sponge.glb": sponge,
    "chain.obj": chain,
    "geode.ply": geode,
    "vase.obj": vase,
    "twist.obj": twist,
}


def main(names: list[str]) -> None:
    """Write the named samples, or all."""
    for name in names or MAKERS:
        write(MAKERS[name](), FOLDER / name)


if __name__ == "__main__":
    main(sys.argv[1:])
