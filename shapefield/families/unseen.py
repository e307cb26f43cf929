"""A shape that the family has not seen: brought into the family's frame, and its code found.

Legend: n points, k numbers of a code.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from shapefield.config import SamplingConfig
from shapefield.events import Event, Notice
from shapefield.families.codedfield import CodedField
from shapefield.families.codefit import fit_code
from shapefield.families.familyfile import FamilyContents
from shapefield.families.gathering import MIX, in_family_frame
from shapefield.families.partfit import FittedPart, Part, fit_part
from shapefield.families.partial import Partial
from shapefield.families.posing import POINTS, Pose, rotation_to
from shapefield.mesh.adopting import adopted
from shapefield.mesh.model import UNIT_RADIUS, Mesh, Similarity
from shapefield.mesh.surface_points import on_surface
from shapefield.sampling import draw
from shapefield.solid import Solid, solidify

SAMPLES = 40_000
"""Of an unseen mesh whose code is fitted."""
STRANGE = 0.02
"""Mean error of a fitted code, family lengths, from which on it is told; of the project's own unseen chairs the worst
has 0.005."""


def of_solid(family: FamilyContents, shape: Any, steps: int, seed: int) -> Generator[Event, Any, CodedField]:
    """The field of an unseen mesh, as `sf.fit` takes one, or of a Solid. Raises InputError for what has no inside."""
    solid = shape if isinstance(shape, Solid) else (yield from solidify(_mesh_of(shape)))
    if family.method.encodes:
        return (yield from _encoded(family, solid, seed))
    samples = yield from draw(solid, SamplingConfig(samples=SAMPLES, mix=MIX), seed)
    pose = Pose(_turn(family, _cloud(solid, seed)), _frame(family, solid.similarity))
    points, distances = in_family_frame(samples, pose, solid.similarity)
    device = family.codes.device
    network: Any = family.decoder
    found = yield from fit_code(
        network,
        family.codes,
        torch.from_numpy(points).to(device),
        torch.from_numpy(distances).to(device),
        clamp=family.options.clamp,
        weight=family.options.code_weight,
        own=network.own if family.method.refines else 0,
        steps=steps,
        seed=seed,
    )
    yield from _doubts(solid.mesh.name, found.error)
    error = found.error / pose.scale
    return CodedField(found.code, pose, family.decoder, family.method.value, solid.mesh.name, solid.mesh.unit, error)


def _encoded(family: FamilyContents, solid: Solid, seed: int) -> Generator[Event, Any, CodedField]:
    """By the family's own encoder, from as many points of the surface as it was trained on."""
    generator = np.random.Generator(np.random.PCG64(seed))
    points, _ = on_surface(solid.mesh, family.options.cloud, generator)
    return (yield from of_points(family, Partial(points, None, solid.mesh.name, solid.mesh.unit), None, 0, seed, True))


def of_points(
    family: FamilyContents, partial: Partial, free: np.ndarray | None, steps: int, seed: int, whole: bool = False
) -> Generator[Event, Any, CodedField]:
    """The field of which the points are a part, or on whose `whole` surface they lie; error: mean |f| at the points.

    free : (m, 3) points that are known to lie outside, input units
    """
    own = _frame(family, Mesh(partial.points, np.zeros((0, 3), np.int64)).similarity())
    turn = _turn(family, own.to_unit(partial.points)) if whole else np.eye(3)
    pose = Pose(turn, own)
    device = family.codes.device

    def given(values: np.ndarray | None) -> torch.Tensor | None:
        return None if values is None else torch.from_numpy(values.astype(np.float32)).to(device)

    points = given(pose.to_family(partial.points))
    assert points is not None
    if family.method.encodes and whole:
        network: Any = family.decoder
        rows = np.linspace(0, len(points) - 1, min(family.options.cloud, len(points))).astype(np.int64)
        with torch.no_grad():
            code = network.eval().encode(points[rows][None])[0].clone()
        return CodedField(code, pose, family.decoder, family.method.value, partial.name, partial.unit)
    normals = None if partial.normals is None else partial.normals @ turn.T
    placed = whole or family.run.get("normalise") == "common"
    part = Part(points, given(normals), None if free is None else given(pose.to_family(free)), placed)
    reference = points if family.reference is None else given(family.reference)
    assert reference is not None
    found = yield from fit_part(
        family.decoder,
        family.codes,
        reference,
        part,
        weight=family.options.code_weight,
        steps=steps,
        seed=seed,
    )
    yield from _doubts(partial.name, found.error)
    moved = _moved(pose, found)
    return CodedField(
        found.code, moved, family.decoder, family.method.value, partial.name, partial.unit, found.error / moved.scale
    )


def _doubts(name: str, error: float) -> Generator[Event, Any, None]:
    """A line where no code comes near the shape; error: mean distance, family lengths."""
    if error > STRANGE:
        yield Notice(
            f"{name}: no code comes near it, {error / UNIT_RADIUS:.2g} of its bounding radius off on average: is it of "
            "this family, and do its axes stand as the members'?",
            loud=True,
        )


def _moved(pose: Pose, found: FittedPart) -> Pose:
    """The pose behind which the part is scaled and shifted as found: x = Q (x_input - c) k e^a + t."""
    own = pose.similarity
    scale = own.scale * found.size
    shift = found.shift.double().cpu().numpy() @ pose.rotation
    return replace(pose, similarity=Similarity(own.center - shift / scale, scale))


def _turn(family: FamilyContents, cloud: np.ndarray) -> np.ndarray:
    """What turns a whole shape's points, in its own unit frame, to the family's reference."""
    if family.reference is None or family.run.get("align") == "none":
        return np.eye(3)
    return rotation_to(family.reference, cloud[:: max(len(cloud) // POINTS, 1)])


def _cloud(solid: Solid, seed: int) -> np.ndarray:
    generator = np.random.Generator(np.random.PCG64(seed))
    return on_surface(solid.mesh.transformed(solid.similarity), POINTS, generator)[0]


def _frame(family: FamilyContents, own: Similarity) -> Similarity:
    """The similarity of an unseen shape: its own, or of the family's size where that was common to all."""
    if family.run.get("normalise") != "common":
        return own
    return Similarity(own.center, min(family.members[0].pose.scale, own.scale))


def _mesh_of(shape: Any) -> Mesh:
    from shapefield.mesh.reading import read

    made = adopted(shape)
    return made if isinstance(made, Mesh) else read(made)
