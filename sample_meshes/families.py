"""Make families of shapes: `python sample_meshes/families.py chairs|vases|gears FOLDER [COUNT]`. Same bytes each time.

The members of a family share a plan and differ in sizes and in topology: chairs in legs, arms and slats, vases in
handles, gears in teeth and spokes. Each is one closed manifold; lengths are millimetres, z is up, chairs face -y.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from manifold3d import CrossSection, Manifold

from shapefield.mesh.model import Mesh
from shapefield.mesh.writing import write

COUNT = 60
ROUND = 32
"""Segments of a circle."""
Random = np.random.Generator


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Manifold:
    """The box between two corners."""
    return Manifold.cube((high[0] - low[0], high[1] - low[1], high[2] - low[2])).translate(low)


def chair(random: Random) -> Manifold:
    """A seat on four legs or a column, a back that is solid, open or of slats, with arms or without."""
    width, depth, thick = random.uniform(380, 540), random.uniform(380, 500), random.uniform(25, 60)
    height = random.uniform(360, 500)
    x, y = width / 2, depth / 2
    circular = random.random() < 0.25
    if circular:
        seat = Manifold.cylinder(thick, x, x, ROUND).scale((1, y / x, 1)).translate((0, 0, height))
    else:
        seat = box((-x, -y, height), (x, y, height + thick))
    body = seat + (column(random, height, x) if random.random() < 0.25 else legs(random, height, x, y))
    top = height + thick
    rise, wide = random.uniform(320, 560), x * random.uniform(0.75, 0.98)
    body += back(random, wide, rise).translate((0, 0.8 * y, top - 10))
    if random.random() < 0.45 and not circular:
        body += arms(random, x, y, top)
    return body


def legs(random: Random, height: float, x: float, y: float) -> Manifold:
    """Four legs, square or round and perhaps tapered, with or without rails between them."""
    radius, taper = random.uniform(16, 28), random.uniform(0.6, 1.0)
    sides = 4 if random.random() < 0.6 else ROUND
    one = Manifold.cylinder(height + 10, taper * radius, radius, sides)
    one = one.rotate((0, 0, 45)) if sides == 4 else one
    u, v = 0.68 * x, 0.68 * y
    found = sum((one.translate((s * u, t * v, 0)) for s in (-1, 1) for t in (-1, 1)), Manifold())
    if random.random() < 0.4:
        low = height * random.uniform(0.2, 0.5)
        for s in (-1, 1):
            found += box((s * u - 10, -v, low), (s * u + 10, v, low + 24))
        if random.random() < 0.5:
            found += box((-u, -10, low), (u, 10, low + 24))
    return found


def column(random: Random, height: float, x: float) -> Manifold:
    """One column on a disc or on a star of feet."""
    radius, foot = random.uniform(24, 45), x * random.uniform(0.8, 1.0)
    found = Manifold.cylinder(height + 10, radius, radius, ROUND)
    if random.random() < 0.5:
        return found + Manifold.cylinder(30, foot, foot, ROUND)
    feet = int(random.integers(3, 6))
    for k in range(feet):
        found += box((0, -18, 0), (foot, 18, 36)).rotate((0, 0, 90 + 360 * k / feet))
    return found


def back(random: Random, wide: float, rise: float) -> Manifold:
    """From z = 0 up, about the plane y = 0: a board, a frame, or a frame with slats upright or across."""
    half = random.uniform(12, 22)
    board = box((-wide, -half, 0), (wide, half, rise))
    kind, rail = random.choice(["board", "frame", "upright", "across"]), random.uniform(35, 60)
    slats = int(random.integers(2, 6))
    if kind == "board":
        return board
    found = board - box((-wide + rail, -99, 0.12 * rise), (wide - rail, 99, rise - 1.3 * rail))
    for k in range(slats if kind != "frame" else 0):
        share = (k + 1) / (slats + 1)
        if kind == "upright":
            middle = (2 * share - 1) * (wide - rail)
            found += box((middle - 13, -0.8 * half, 0), (middle + 13, 0.8 * half, rise - 10))
        else:
            middle = 0.12 * rise + share * (0.88 * rise - 1.3 * rail)
            found += box((-wide + 5, -0.8 * half, middle - 13), (wide - 5, 0.8 * half, middle + 13))
    return found


def arms(random: Random, x: float, y: float, top: float) -> Manifold:
    """A pair of arms, each on a post."""
    rise, half, front = random.uniform(160, 240), random.uniform(16, 28), -0.6 * y
    found = Manifold()
    for s in (-1, 1):
        middle = s * (x - half)
        found += box((middle - half, front - 30, top + rise - 28), (middle + half, 0.8 * y, top + rise))
        found += box((middle - half, front - 18, top - 10), (middle + half, front + 18, top + rise - 10))
    return found


def vase(random: Random) -> Manifold:
    """A turned vessel, open above, with no handle, one or two."""
    height, wall = random.uniform(160, 320), random.uniform(9, 16)
    t = np.linspace(0, 1, 28)
    foot, belly, neck, lip = random.uniform((30, 55, 22, 28), (55, 105, 45, 60))
    where = random.uniform(0.3, 0.6)
    radius = np.interp(t, [0, 0.5 * where, where, 0.85, 1], [foot, 0.5 * (foot + belly), belly, neck, lip])
    radius = np.convolve(np.pad(radius, 4, mode="edge"), np.hanning(11)[1:-1] / np.hanning(11).sum(), "valid")
    outer = turned(radius, height * t)
    floor = 1.5 * wall / height
    within = floor + (1.1 - floor) * t
    inner = turned(np.maximum(np.interp(within, t, radius) - wall, 6), height * within)
    handles = int(random.choice([0, 1, 1, 2]))
    reach, thick = random.uniform(35, 60), random.uniform(7, 11)
    high = 0.82 * height
    low = height * random.uniform(0.35, 0.5)
    ends = [float(np.interp(z / height, t, radius)) - 0.5 * wall for z in (low, high)]
    for k in range(handles):
        outer += handle(ends, (low, high), reach, thick).rotate((0, 0, 180 * k))
    return outer - inner


def turned(radius: np.ndarray, z: np.ndarray) -> Manifold:
    """The solid of revolution about z of radii at rising heights."""
    outline = np.concatenate([[[0, z[0]]], np.stack([radius, z], axis=1), [[0, z[-1]]]])
    return CrossSection([outline]).revolve(48)


def handle(ends: list[float], heights: tuple[float, float], reach: float, thick: float) -> Manifold:
    """A bow in the plane y = 0 between two radii at two heights, `reach` out, as a chain of hulls."""
    t = np.linspace(0, 1, 12)
    x = ends[0] + (ends[1] - ends[0]) * t + reach * np.sin(np.pi * t) + max(0, ends[0] - ends[1]) * np.sin(np.pi * t)
    z = heights[0] + (heights[1] - heights[0]) * t
    ball = Manifold.sphere(thick, 16)
    balls = [ball.translate((float(a), 0, float(b))) for a, b in zip(x, z, strict=True)]
    return sum((Manifold.batch_hull([a, b]) for a, b in pairwise(balls)), Manifold())


def gear(random: Random) -> Manifold:
    """A spur gear with a bore, solid, with round holes or with spokes."""
    teeth, radius, thick = int(random.integers(8, 25)), random.uniform(40, 60), random.uniform(10, 24)
    tooth = 2.2 * radius / teeth
    step = 2 * np.pi / teeth
    angle = (np.arange(teeth)[:, None] * step + step * np.array([-0.27, -0.14, 0.14, 0.27])).ravel()
    reach = np.tile([radius, radius + tooth, radius + tooth, radius], teeth)
    plan = CrossSection([np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)])
    hub = radius * random.uniform(0.28, 0.4)
    holes = int(random.choice([0, 3, 4, 5, 6]))
    rim = 0.86 * radius - tooth * 0.3
    if holes and random.random() < 0.5:
        size = min(0.42 * (rim - hub), 0.8 * np.pi * (rim + hub) / 2 / holes)
        hole = CrossSection.circle(size, ROUND).translate((0.5 * (rim + hub), 0))
        for k in range(holes):
            plan -= hole.rotate(360 * k / holes)
    elif holes:
        spoke = CrossSection.square((2 * radius, radius * random.uniform(0.16, 0.24)), True).translate((radius, 0))
        ring = CrossSection.circle(rim, ROUND) - CrossSection.circle(hub, ROUND)
        for k in range(holes):
            ring -= spoke.rotate(360 * k / holes)
        plan -= ring
    body = plan.extrude(thick)
    if random.random() < 0.5:
        body += Manifold.cylinder(1.5 * thick, hub, hub, ROUND)
    return body - Manifold.cylinder(4 * thick, hub * 0.55, hub * 0.55, ROUND).translate((0, 0, -thick))


MAKERS: dict[str, Callable[[Random], Manifold]] = {"chairs": chair, "vases": vase, "gears": gear}


def member(family: str, number: int) -> Mesh:
    """The member of that number, from 0; the same whatever others are made."""
    random = np.random.Generator(np.random.PCG64([list(MAKERS).index(family), number]))
    data = MAKERS[family](random).to_mesh64()
    name = f"{family.removesuffix('s')}{number:02d}"
    vertices = np.asarray(data.vert_properties)[:, :3].round(4)
    return Mesh(vertices, np.asarray(data.tri_verts), unit="mm", name=name)


def make(family: str, folder: Path, count: int = COUNT) -> list[Path]:
    """Write the first `count` members into the folder, which is made; their files."""
    folder.mkdir(parents=True, exist_ok=True)
    places = [folder / f"{family.removesuffix('s')}{number:02d}.ply" for number in range(count)]
    for number, place in enumerate(places):
        write(member(family, number), place)
    return places


def main(words: list[str]) -> int:
    """Write what the command line names."""
    if len(words) not in (2, 3) or words[0] not in MAKERS or not words[-1].isdigit() == (len(words) == 3):
        print(f"usage: python sample_meshes/families.py {'|'.join(MAKERS)} FOLDER [COUNT]", file=sys.stderr)
        return 2
    make(words[0], Path(words[1]), int(words[2]) if len(words) == 3 else COUNT)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
