"""Files → members: read, made solid, sampled and brought into the family's frame; what fails is told and left out."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.config import SamplingConfig
from shapefield.errors import InputError
from shapefield.events import Event, Notice, Progress, Stage, counted
from shapefield.families.config import FamilyConfig
from shapefield.families.posing import POINTS, Pose, rotations_of, strangers, typical
from shapefield.machine.memory import require
from shapefield.mesh.model import Similarity
from shapefield.mesh.sniffing import named_as_mesh
from shapefield.mesh.surface_points import on_surface
from shapefield.sampling import Samples, draw
from shapefield.solid import Solid, solidify

MIX = "balanced"
NAMED = 5
"""Members that a message names, of many."""
APART = 100.0
"""Times as large as the smallest from which on the largest member is told."""


@dataclass(frozen=True, eq=False)
class Member:
    """One shape of a family.

    name : the file's name without its suffix;  path : the file;  sha256 : of its bytes, hex
    pose : between its own frame and the family's;  unit : of its lengths, or None
    """

    name: str
    path: str
    sha256: str
    pose: Pose
    unit: str | None = None


@dataclass(frozen=True, eq=False)
class Gathered:
    """Everything a family is trained on, family frame.

    members, held : those trained, and those kept for eval
    points (s, n, 3), distances (s, n) : float32 samples of the members, the first `surface` of each on its surface
    reference (k, 3) : points on the most typical member, of its own size, which unseen shapes are turned to
    """

    members: list[Member]
    held: list[Member]
    points: np.ndarray
    distances: np.ndarray
    surface: int
    reference: np.ndarray


def mesh_files(given: Sequence[str | Path]) -> list[Path]:
    """The files named, and the mesh files of the folders named, by name. Raises InputError where there is none."""
    found: list[Path] = []
    for one in map(Path, given):
        if one.is_dir():
            files = sorted(p for p in one.iterdir() if p.is_file() and not p.name.startswith(".") and named_as_mesh(p))
            if not files:
                raise InputError(f"{one}: expected mesh files in the folder, got none: name another")
            found += files
        else:
            found.append(one)
    return list(dict.fromkeys(found))


def gather(paths: Sequence[Path], config: FamilyConfig) -> Generator[Event, Any, Gathered]:
    """Read and sample all; a Notice for every file that is left out. Raises InputError for fewer than two members."""
    yield Stage("load", counted(len(paths), "file"))
    _forecast(len(paths), config)
    read, samples = [], []
    sampling = SamplingConfig(samples=config.samples, mix=MIX)
    for number, path in enumerate(paths):
        try:
            solid = yield from _silent(solid_at(path))
        except InputError as error:
            yield Notice(f"left out: {error}", loud=True)
            continue
        read.append((path, solid))
        samples.append((yield from _silent(draw(solid, sampling, config.seed))))
        yield Progress("load", number + 1, len(paths))
    if len(read) < 2:
        one = f"the one shape of {read[0][0].name}" if read else "no file that can be read as a solid"
        raise InputError(f"family: expected at least two shapes, got {one}: name a folder of meshes")
    clouds = _clouds(read, config.seed)
    rotations = rotations_of(clouds)
    turned = [cloud @ turn.T for cloud, turn in zip(clouds, rotations, strict=True)]
    lying = [number for number, turn in enumerate(rotations) if not np.array_equal(turn, np.eye(3))]
    if config.align == "auto":
        clouds = turned
    else:
        rotations = [np.eye(3)] * len(read)
    members = _posed(read, rotations, config)
    for line in _told(members, lying, strangers(turned), config):
        yield Notice(line, loud=True)
    held = _held(len(members), config)
    points, distances = _together(samples, members, [solid for _, solid in read])
    kept = [k for k in range(len(members)) if k not in held]
    return Gathered(
        [members[k] for k in kept],
        [members[k] for k in sorted(held)],
        points[kept],
        distances[kept],
        len(samples[0].surface),
        typical([clouds[k] for k in kept]).astype(np.float32),
    )


def _forecast(count: int, config: FamilyConfig) -> None:
    """Raises ResourceError where the samples, twice while they are put together, do not fit into memory."""
    need = 2 * 16 * count * config.samples
    require(need, f"samples of {counted(count, 'file')}", "take fewer --samples, or fewer files")


def solid_at(path: str | Path) -> Generator[Event, Any, Solid]:
    """The solid of a mesh file. Raises InputError."""
    from shapefield.mesh.reading import read

    return (yield from solidify(read(path)))


def _silent(job: Generator[Event, Any, Any]) -> Generator[Event, Any, Any]:
    """The job with what it notes alone; its stages are a step of ours."""
    while True:
        try:
            event = next(job)
        except StopIteration as end:
            return end.value
        if isinstance(event, Notice):
            yield event


def _clouds(read: list[tuple[Path, Solid]], seed: int) -> list[np.ndarray]:
    """POINTS points on each surface, in its own unit frame."""
    generator = np.random.Generator(np.random.PCG64(seed))
    meshes = [solid.mesh.transformed(solid.similarity) for _, solid in read]
    return [on_surface(mesh, POINTS, generator)[0] for mesh in meshes]


def _posed(read: list[tuple[Path, Solid]], rotations: list[np.ndarray], config: FamilyConfig) -> list[Member]:
    """The members in order. Names are made unique by a number."""
    least = min(solid.similarity.scale for _, solid in read)
    members, names = [], set()
    for (path, solid), rotation in zip(read, rotations, strict=True):
        own = solid.similarity
        frame = own if config.normalise == "each" else Similarity(own.center, least)
        name, more = path.stem, 2
        while name in names:
            name, more = f"{path.stem}-{more}", more + 1
        names.add(name)
        file = solid.original.file
        sha = file.sha256 if file is not None else ""
        members.append(Member(name, str(path), sha, Pose(rotation, frame), solid.mesh.unit))
    return members


def _told(
    members: list[Member], lying: list[int], strange: list[int], config: FamilyConfig
) -> Generator[str, None, None]:
    """What there is to say of members that lie otherwise or are of another kind, and of their sizes: a line each."""
    if lying:
        names = _named([members[k] for k in lying])
        if config.align == "auto":
            yield f"turned to stand as the others: {names}; --align none leaves all as they are"
        else:
            yield f"{names}: lying otherwise than the others: --align auto turns them"
    if strange:
        names = _named([members[k] for k in strange])
        yield f"{names}: unlike any other member: a family learns shapes of one kind; leave out what is of another"
    scales = [member.pose.scale for member in members]
    if config.normalise == "common":
        return
    if max(scales) > APART * min(scales):
        yield (
            f"the largest member is {max(scales) / min(scales):,.0f} times as large as the smallest, in the files' own "
            "lengths: each is brought to one size; if units are mixed up, sizes between two members mean nothing"
        )


def _named(members: list[Member]) -> str:
    """Their names, the first few of many."""
    names = ", ".join(member.name for member in members[:NAMED])
    return names + (f" and {len(members) - NAMED} more" if len(members) > NAMED else "")


def _held(count: int, config: FamilyConfig) -> set[int]:
    """Which members are kept out of training: a share, at least one where any is asked for, and two stay."""
    wanted = min(max(round(config.holdout * count), 1 if config.holdout else 0), count - 2)
    generator = np.random.Generator(np.random.PCG64(config.seed))
    return set(generator.permutation(count)[: max(wanted, 0)].tolist())


def _together(samples: list[Samples], members: list[Member], solids: list[Solid]) -> tuple[np.ndarray, np.ndarray]:
    """Samples of the solids' own unit frames in the family's: points (s, n, 3), distances (s, n)."""
    points = np.empty((len(samples), len(samples[0]), 3), dtype=np.float32)
    distances = np.empty(points.shape[:2], dtype=np.float32)
    for k, (drawn, member, solid) in enumerate(zip(samples, members, solids, strict=True)):
        points[k], distances[k] = in_family_frame(drawn, member.pose, solid.similarity)
    return points, distances


def in_family_frame(drawn: Samples, pose: Pose, frame: Similarity) -> tuple[np.ndarray, np.ndarray]:
    """Samples of a unit frame in the frame that `pose` leads to: points (n, 3) and distances (n,), float32."""
    size = pose.scale / frame.scale
    shift = (frame.center - pose.similarity.center) * pose.scale
    points = np.concatenate([drawn.surface, drawn.near, drawn.uniform]).astype(np.float64)
    distance = np.concatenate([np.zeros(len(drawn.surface)), drawn.near_distance, drawn.uniform_distance])
    return ((size * points + shift) @ pose.rotation.T).astype(np.float32), (size * distance).astype(np.float32)


def known_at(member: Member, path: Path) -> Member:
    """The member with the place where its file lies now. Raises InputError for a file of other bytes."""
    from shapefield.mesh.reading import load

    if load(path).sha256 != member.sha256:
        raise InputError(f"{path}: expected the file that {member.name} was made of, got another: give the same file")
    return replace(member, path=str(path))
