"""How good a family is: the surfaces of its members, of those held out, and of what lies between members."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.errors import InputError, NoSurfaceError
from shapefield.events import Event, Notice, Progress, Stage
from shapefield.families.codedfield import CodedField
from shapefield.families.completion import complete
from shapefield.families.family import Family
from shapefield.families.gathering import Member, known_at, solid_at
from shapefield.families.halves import half_of
from shapefield.mesh.model import Mesh
from shapefield.metrics import compare
from shapefield.solid import Solid
from shapefield.surface.components import label_components

POINTS = 20_000
"""Each way, of a comparison."""
PAIRS = 3
"""Interpolations that are judged, of FRAMES steps each."""
FRAMES = 9
ROWS = ("members", "unseen", "completion", "interpolation")
"""What is measured: members, shapes held out, halves of those made whole, and what lies between members."""


def evaluate(
    family: Family, folders: Sequence[Path], resolution: int = 128, rows: Sequence[str] = ROWS
) -> Generator[Event, Any, dict[str, Any]]:
    """Mean error of each member's and each held-out shape's surface, in R, completions, and interpolations.

    folders : where the files lie if no longer where they were; a file that is not there is told and left out
    rows    : of ROWS, those that are wanted; there is none of what the family has not, or its model cannot do
    """
    found: dict[str, Any] = {"resolution": resolution}
    for row, members in (("members", family.members), ("unseen", family.held)):
        if row in rows and members:
            errors = yield from _errors(family, row, members, folders, resolution)
            found |= {row: _row(errors)} if errors else {}
    if "completion" in rows and family.method.value == "distance" and family.held:
        halves = yield from _completions(family, folders, resolution)
        found |= {"completion": halves} if halves else {}
    if "interpolation" in rows:
        yield Stage("interpolation")
        found["interpolation"] = yield from _interpolations(family, min(resolution, 64))
    return found


def _errors(
    family: Family, row: str, members: Sequence[Member], folders: Sequence[Path], resolution: int
) -> Generator[Event, Any, dict[str, float]]:
    """Of every shape whose file is there: a member's own code, or one that is fitted or encoded."""
    yield Stage(row, f"{len(members)} shapes")
    errors: dict[str, float] = {}
    for number, member in enumerate(members):
        solid = yield from _solid_of(member, folders)
        if solid is not None:
            fitted = family.field(member.name) if row == "members" else (yield from family.fitted(solid))
            errors[member.name] = yield from _error(fitted, solid, resolution)
        yield Progress(row, number + 1, len(members))
    return errors


def _row(errors: dict[str, float]) -> dict[str, Any]:
    values = list(errors.values())
    return {"mean": float(np.mean(values)), "worst": float(np.max(values)), "shapes": errors}


def _completions(
    family: Family, folders: Sequence[Path], resolution: int
) -> Generator[Event, Any, dict[str, dict[str, Any]]]:
    """Errors on both halves of each shape held out, of which one was seen from a direction of its own, and was kept."""
    yield Stage("completion", f"{len(family.held)} halves")
    seen, unseen = {}, {}
    for number, member in enumerate(family.held):
        name, solid = member.name, (yield from _solid_of(member, folders))
        if solid is None:
            continue
        half = half_of(solid, number)
        fitted = yield from complete(family, half.partial(), keep=True)
        try:
            mesh = yield from fitted.surface(resolution)
            seen[name], unseen[name] = half.errors(mesh, POINTS)
        except NoSurfaceError:
            seen[name] = unseen[name] = 1.0
        yield Progress("completion", number + 1, len(family.held))
    return {"seen": _row(seen), "unseen": _row(unseen)} if seen else {}


def _solid_of(member: Member, folders: Sequence[Path]) -> Generator[Event, Any, Solid | None]:
    """The member's solid, from its own file; None, and a Notice, where that is not there any more."""
    places = [Path(member.path), *(folder / Path(member.path).name for folder in folders)]
    place = next((place for place in places if place.is_file()), None)
    if place is None:
        yield Notice(f"{member.name}: its file is not at {member.path}: name its folder with --data")
        return None
    try:
        return (yield from solid_at(known_at(member, place).path))
    except InputError as error:
        yield Notice(str(error))
        return None


def _error(fitted: CodedField, solid: Solid, resolution: int) -> Generator[Event, Any, float]:
    """Mean distance between the field's surface and the solid's, both ways, in R; 1 where the field has none."""
    try:
        mesh = yield from fitted.surface(resolution)
    except NoSurfaceError:
        return 1.0
    report = yield from compare(mesh, solid, points=POINTS)
    return report.mean


def _interpolations(family: Family, resolution: int) -> Generator[Event, Any, dict[str, Any]]:
    """Of FRAMES frames between each of a few pairs of members: how many are of one body, and their volumes."""
    pairs = [(family.names[k], family.names[-1 - k]) for k in range(min(PAIRS, len(family.names) // 2))]
    rows = []
    for first, last in pairs:
        shares, volumes = [], []
        for frame in family.interpolate(first, last, FRAMES):
            try:
                mesh = yield from frame.surface(resolution)
            except NoSurfaceError:
                shares.append(0.0)
                continue
            shares.append(largest_share(mesh))
            volumes.append(mesh.volume * frame.pose.scale**3)
        ends = [volumes[0], volumes[-1]] if volumes else [0.0, 0.0]
        whole = bool(volumes) and 0.9 * min(ends) <= min(volumes) and max(volumes) <= 1.1 * max(ends)
        rows.append({"ends": [first, last], "one_body": sum(s >= 0.98 for s in shares), "volumes_within": whole})
    return {"frames": FRAMES, "pairs": rows}


def largest_share(mesh: Mesh) -> float:
    """The largest component's share of the volume."""
    labels = label_components(mesh)
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    volume = np.abs(np.bincount(labels, np.einsum("ij,ij->i", a, np.cross(b, c))))
    return float(volume.max() / volume.sum())
