"""Files → members: read, made solid, sampled and brought into the family's frame; what fails is told and left out."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.config import SamplingConfig
from shapefield.errors import InputError, UsageError
from shapefield.events import Event, Notice, Progress, Stage, counted
from shapefield.families.config import FamilyConfig
from shapefield.families.posing import POINTS, Pose, rotations_of, strangers, typical
from shapefield.machine.memory import require
from shapefield.mesh.model import Similarity
from shapefield.mesh.sniffing import named_as_mesh
from shapefield.mesh.surface_points import on_surface
from shapefield.sampling import Samples, draw
from shapefield.solid import Solid, solidify
from shapefield.training.peers import ALONE, Peers

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
class GatheredFamily:
    """Everything a family is trained on, family frame.

    members, held : those trained, and those kept for eval
    groups (s,)   : of each member, one of `shards`
    drawn (h,)    : the members, by their place, whose samples were drawn by this process, rising
    points (h, n, 3), distances (h, n) : float32 samples of those, the first `surface` of each on its surface
    reference (k, 3) : points on the most typical member, of its own size, which unseen shapes are turned to
    """

    members: list[Member]
    held: list[Member]
    points: np.ndarray
    distances: np.ndarray
    surface: int
    reference: np.ndarray
    groups: list[int]
    drawn: list[int]
    shards: int = 1


@dataclass(frozen=True, eq=False)
class Read:
    """What all processes must know of a file that one of them has read.

    number : its place among the files given;  frame, unit : the solid's;  cloud (POINTS, 3) : on it, in its unit frame
    """

    number: int
    path: Path
    sha256: str
    frame: Similarity
    unit: str | None
    cloud: np.ndarray


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


def gather(paths: Sequence[Path], config: FamilyConfig, peers: Peers = ALONE) -> Generator[Event, Any, GatheredFamily]:
    """Read and sample all; a Notice for every file that is left out. Raises InputError for fewer than two members.

    peers : each process reads the files of its groups, and is told of the others'
    """
    yield Stage("load", counted(len(paths), "file"))
    shards = shards_of(config, peers)
    places = [k for k in range(len(paths)) if k % shards % peers.count == peers.rank]
    _forecast(len(places), config)
    own, samples = [], {}
    sampling = SamplingConfig(samples=config.samples, mix=MIX)
    for done, number in enumerate(places):
        try:
            solid = yield from _silent(solid_at(paths[number]))
        except InputError as error:
            yield Notice(f"left out: {error}", loud=True)
            continue
        own.append(_read(number, paths[number], solid, config.seed))
        samples[number] = yield from _silent(draw(solid, sampling, config.seed))
        yield Progress("load", done + 1, len(places))
    read = sorted((one for part in peers.gathered(own) for one in part), key=lambda one: one.number)
    if len(read) < 2:
        one = f"the one shape of {read[0].path.name}" if read else "no file that can be read as a solid"
        raise InputError(f"family: expected at least two shapes, got {one}: name a folder of meshes")
    clouds = [one.cloud for one in read]
    rotations = rotations_of(clouds)
    turned = [cloud @ turn.T for cloud, turn in zip(clouds, rotations, strict=True)]
    lying = [number for number, turn in enumerate(rotations) if not np.array_equal(turn, np.eye(3))]
    if config.align == "auto":
        clouds = turned
    else:
        rotations = [np.eye(3)] * len(read)
    members = _posed(read, rotations, config)
    if peers.first:
        for line in _told(members, lying, strangers(turned), config):
            yield Notice(line, loud=True)
    held = _held(len(members), config)
    kept = [k for k in range(len(members)) if k not in held]
    drawn = [place for place, k in enumerate(kept) if read[k].number in samples]
    of_kept = [(samples[read[kept[place]].number], members[kept[place]], read[kept[place]].frame) for place in drawn]
    points, distances = _together(of_kept, config.samples)
    return GatheredFamily(
        [members[k] for k in kept],
        [members[k] for k in sorted(held)],
        points,
        distances,
        max(peers.gathered(max((len(one.surface) for one in samples.values()), default=0))),
        typical([clouds[k] for k in kept]).astype(np.float32),
        [read[k].number % shards for k in kept],
        drawn,
        shards,
    )


def shards_of(config: FamilyConfig, peers: Peers) -> int:
    """Groups that the files are dealt to, one by one. Raises UsageError unless every process gets as many."""
    shards = config.shards or peers.count
    if shards % peers.count:
        raise UsageError(f"shards: expected a multiple of the {peers.count} processes, got {shards}: take another")
    return shards


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


def _read(number: int, path: Path, solid: Solid, seed: int) -> Read:
    """What is to be known of a solid, with POINTS points on it."""
    generator = np.random.Generator(np.random.PCG64([seed, number]))
    cloud, _ = on_surface(solid.mesh.transformed(solid.similarity), POINTS, generator)
    file = solid.original.file
    return Read(number, path, file.sha256 if file is not None else "", solid.similarity, solid.mesh.unit, cloud)


def _posed(read: list[Read], rotations: list[np.ndarray], config: FamilyConfig) -> list[Member]:
    """The members in order. Names are made unique by a number."""
    least = min(one.frame.scale for one in read)
    members, names = [], set()
    for one, rotation in zip(read, rotations, strict=True):
        frame = one.frame if config.normalise == "each" else Similarity(one.frame.center, least)
        name, more = one.path.stem, 2
        while name in names:
            name, more = f"{one.path.stem}-{more}", more + 1
        names.add(name)
        members.append(Member(name, str(one.path), one.sha256, Pose(rotation, frame), one.unit))
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


def _together(of_members: list[tuple[Samples, Member, Similarity]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples of the solids' own unit frames in the family's: points (h, n, 3), distances (h, n)."""
    count = len(of_members[0][0]) if of_members else count
    points = np.empty((len(of_members), count, 3), dtype=np.float32)
    distances = np.empty(points.shape[:2], dtype=np.float32)
    for k, (drawn, member, frame) in enumerate(of_members):
        points[k], distances[k] = in_family_frame(drawn, member.pose, frame)
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
