"""COLMAP's three stages through pycolmap: features, matches, incremental mapping. Each runs beside the caller's
generator, which tells how far it is, and is cancelled with it."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapefield.errors import InputError, ResourceError
from shapefield.events import Event, Progress, Stage
from shapefield.machine.threads import thread_count
from shapefield.nerf.photos.config import PosesConfig
from shapefield.storage.files import writing

INSTALL = 'pip install "shapefield[photos]"'
EXHAUSTIVE = 80
"""Photographs up to which all pairs are compared."""
AT_ONCE = 8
"""Photographs whose features are looked for in one call."""
FEW_FEATURES = 100
Call = Callable[[Any], Any]
"""A stage of COLMAP's, given what cancels it."""
SHARED_LENS = 10
"""Photographs of one size from which on one lens, with all of OpenCV's usual distortion, is learnt for all of them."""


@dataclass(frozen=True)
class Match:
    """What the database knows of a photograph: its features, and how many others it matches."""

    features: int
    matches: int


@dataclass(frozen=True, eq=False)
class Mapped:
    """The largest model of pycolmap, how many others there were, and what is known of every photograph by name."""

    model: Any
    others: dict[str, int]
    found: dict[str, Match]


def required() -> Any:
    """pycolmap; ResourceError, with the line that installs it, where it is not there."""
    try:
        import pycolmap  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ResourceError(f"poses: expected pycolmap, got none: {INSTALL}") from None
    with contextlib.suppress(ValueError):  # of a thread, which cannot
        # its library takes SIGTERM, to print a stack and die of it: give it back to whoever had it
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))
    pycolmap.logging.minloglevel = 3
    return pycolmap


def mapped(
    images: Path, names: Sequence[str], one_lens: bool, ordered: bool, work: Path, config: PosesConfig
) -> Generator[Event, Any, Mapped]:
    """Find the cameras of the photographs `names` in `images`; `work` is an empty folder for what is needed meanwhile.

    one_lens : whether one camera with one focal length took them;  ordered : whether they follow one another
    Raises InputError where no two of them can be placed.
    """
    pycolmap = required()
    database, count = work / "database.db", len(names)
    yield Stage("features", f"{count} photographs")
    for first in range(0, count, AT_ONCE):
        some = names[first : first + AT_ONCE]
        state = Progress("features", first, count)
        yield from _beside(
            pycolmap, _features(pycolmap, database, images, some, one_lens, count, config), lambda s=state: s
        )
    every = config.matching == "exhaustive" or (config.matching == "auto" and count <= EXHAUSTIVE and not ordered)
    pairs = list(_pairs(names, every))
    yield Stage("matches", f"{len(pairs):,} pairs")
    block = max(64, len(pairs) // 20)
    for first in range(0, len(pairs), block):
        some = pairs[first : first + block]
        state = Progress("matches", first, len(pairs))
        yield from _beside(pycolmap, _matches(pycolmap, database, some, work / "pairs.txt", config), lambda s=state: s)
    models = yield from _placed(pycolmap, database, images, work, count, config)
    found = _known(database)
    if not models:
        raise InputError(
            f"{images.parent}: expected photographs that overlap, got none that can be placed "
            f"({_commonest(found)}): take more, nearer to one another"
        )
    model, *others = sorted(models.values(), key=lambda m: -m.num_reg_images())
    inside = {m.image(k).name: m.num_reg_images() for m in others for k in m.reg_image_ids()}
    return Mapped(model, inside, found)


def _pairs(names: Sequence[str], every: bool) -> Iterator[tuple[str, str]]:
    """All pairs, or each photograph with the ten after it and those 16, 32, 64 … later, where a walk comes back."""
    for k in range(len(names)):
        later = (
            range(k + 1, len(names)) if every else (*range(k + 1, k + 11), *(k + 2**power for power in range(4, 16)))
        )
        yield from ((names[k], names[other]) for other in later if other < len(names))


def _features(
    pycolmap: Any, database: Path, images: Path, names: Sequence[str], one_lens: bool, count: int, config: PosesConfig
) -> Call:
    reader = pycolmap.ImageReaderOptions()
    reader.camera_model = "OPENCV" if one_lens and count >= SHARED_LENS else "SIMPLE_RADIAL"
    if one_lens and database.exists():
        reader.existing_camera_id = 1
    options = pycolmap.FeatureExtractionOptions()
    options.num_threads, options.use_gpu, options.max_image_size = thread_count(), False, config.side
    options.sift.max_num_features = config.features
    mode = pycolmap.CameraMode.SINGLE if one_lens else pycolmap.CameraMode.PER_IMAGE
    return lambda token: pycolmap.extract_features(
        database, images, list(names), mode, reader, options, pycolmap.Device.cpu, cancellation_token=token
    )


def _matches(pycolmap: Any, database: Path, pairs: Sequence[tuple[str, str]], place: Path, config: PosesConfig) -> Call:
    with writing(place, "w") as file:
        file.writelines(f"{a} {b}\n" for a, b in pairs)
    options, pairing = pycolmap.FeatureMatchingOptions(), pycolmap.ImportedPairingOptions()
    options.num_threads, options.use_gpu = thread_count(), False
    pairing.match_list_path = place
    verification = pycolmap.TwoViewGeometryOptions()
    verification.ransac.random_seed = config.seed
    return lambda token: pycolmap.match_image_pairs(
        database, options, pairing, verification, pycolmap.Device.cpu, cancellation_token=token
    )


def _placed(
    pycolmap: Any, database: Path, images: Path, work: Path, count: int, config: PosesConfig
) -> Generator[Event, Any, dict[int, Any]]:
    """The models by number."""
    options = pycolmap.IncrementalPipelineOptions()
    options.num_threads, options.random_seed, options.min_model_size = thread_count(), config.seed, 3
    place = work / "sparse"
    place.mkdir()
    placed = [0]

    def one_more() -> None:
        placed[0] += 1

    yield Stage("cameras", f"{count} photographs")
    return (
        yield from _beside(
            pycolmap,
            lambda token: pycolmap.incremental_mapping(
                database, images, place, options, next_image_callback=one_more, cancellation_token=token
            ),
            lambda: Progress("cameras", min(placed[0] + 2, count), count),
        )
    )


def _beside(pycolmap: Any, call: Call, progress: Callable[[], Progress]) -> Generator[Event, Any, Any]:
    """What `call` returns: it runs in a thread, while the caller is asked four times a second whether to go on.

    The database is not looked into meanwhile: COLMAP ends the process where it finds it locked.
    """
    token = pycolmap.CancellationToken()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call, token)
        try:
            while not wait([future], timeout=0.25).done:
                yield progress()
        except BaseException:
            token.cancel()
            raise
        return future.result()


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=0.05)


def _known(database: Path) -> dict[str, Match]:
    """Features and verified matches of every photograph."""
    with contextlib.closing(_opened(database)) as connection:
        names = dict(connection.execute("SELECT image_id, name FROM images"))
        features = dict(connection.execute("SELECT image_id, rows FROM keypoints"))
        pairs = connection.execute("SELECT pair_id FROM two_view_geometries WHERE rows > 0").fetchall()
    matches: dict[int, int] = {}
    for (pair,) in pairs:  # COLMAP's number of a pair: 2147483647 times the smaller image's, and the larger's
        for image in divmod(pair, 2147483647):
            matches[image] = matches.get(image, 0) + 1
    return {name: Match(features.get(k, 0), matches.get(k, 0)) for k, name in names.items()}


def why_not(match: Match, other: int | None) -> str:
    """Why a photograph is not in the model, in words.

    other : photographs of the other model that it is in, or None
    """
    if other is not None:
        return f"in a part of {other} photographs that joins the rest nowhere"
    if match.features < FEW_FEATURES:
        return f"only {match.features} features: blurred, dark or plain"
    if match.matches == 0:
        return "shows nothing that another one shows"
    return f"matches {match.matches} others, too little to be placed"


def _commonest(found: dict[str, Match]) -> str:
    if all(m.features < FEW_FEATURES for m in found.values()):
        return "hardly any features in them"
    return "no two show the same" if not any(m.matches for m in found.values()) else "too few matches"
