"""Which members of a training set are for training, for validation and for tests, as its loaders read it.

The part of a member follows from its name alone, so that more members change nothing for those that are there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from shapefield.batches.jobs import DATASET, group_of
from shapefield.batches.record import Record
from shapefield.config import DEEPSDF, OCCUPANCY
from shapefield.layouts import SAMPLES
from shapefield.storage.files import check_replaceable, writing
from shapefield.storage.mark import MARK, is_ours

PARTS = ("train", "val", "test")


def part_of(name: str) -> str:
    """80 % train, 10 % val, 10 % test."""
    digit = int(hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8], 16) % 10
    return "test" if digit == 0 else "val" if digit == 1 else "train"


def write_splits(out: Path, records: Sequence[Record], force: bool) -> None:
    """Write the lists of all members whose samples are there; none but for a training set. Raises OutputError.

    deepsdf   : splits/train.json, val.json, test.json: {data set: {class: [instance, …]}}
    occupancy : CLASS/train.lst, val.lst, test.lst, an instance a line; metadata.yaml with the classes' names
    """
    layout = next((found for record in records if (found := _layout(record))), "")
    members: dict[str, dict[str, list[str]]] = {part: {} for part in PARTS}
    for record in sorted(records, key=lambda record: record.name):
        if record.status.written and record.outputs:
            group, instance = group_of(_stem(layout, record.outputs[0].path))
            members[part_of(record.name)].setdefault(group, []).append(instance)
    if layout == DEEPSDF:
        for part, groups in members.items():
            _write(out / "splits" / f"{part}.json", json.dumps({DATASET: groups, MARK: {}}, indent=1), force)
    elif layout == OCCUPANCY:
        _write_lists(out, members, force)


def _write_lists(out: Path, members: Mapping[str, Mapping[str, list[str]]], force: bool) -> None:
    """The lists have no room for a mark: they are ours where metadata.yaml is, which is written first."""
    groups = sorted({group for found in members.values() for group in found})
    lists = {out / group / f"{part}.lst": members[part].get(group, []) for group in groups for part in PARTS}
    about = out / "metadata.yaml"
    for place in lists if not is_ours(about) else ():
        check_replaceable(place, force)
    told = "".join(f"{json.dumps(group)}: {{id: {json.dumps(group)}, name: {json.dumps(group)}}}\n" for group in groups)
    _write(about, f"# {MARK}\n{told}", force)
    for place, instances in lists.items():
        _write(place, "\n".join(instances), force=True)


def _layout(record: Record) -> str:
    """The layout that a record's outputs lie in, if it is of a training set."""
    if record.job != "sample" or len(record.outputs) < 2:
        return ""
    return DEEPSDF if record.outputs[0].path.startswith(f"{SAMPLES}/") else OCCUPANCY


def _stem(layout: str, path: str) -> str:
    """Class and instance out of the path of a sample file."""
    if layout == DEEPSDF:
        return path.removeprefix(f"{SAMPLES}/{DATASET}/").removesuffix(".npz")
    return path.removesuffix("/points.npz")


def _write(place: Path, text: str, force: bool) -> None:
    check_replaceable(place, force)
    place.parent.mkdir(parents=True, exist_ok=True)
    with writing(place) as file:
        file.write(text.encode("utf-8", "surrogateescape"))
