"""The `.family` file: the network, the codes, and of every member its name, hash and similarity."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from shapefield.errors import InputError, UsageError, content_guarded
from shapefield.families.gathering import Member
from shapefield.families.posing import Pose
from shapefield.fields.metadevice import unfilled
from shapefield.machine.importing import imported
from shapefield.mesh.model import Similarity
from shapefield.methods import FamilyMethod, method
from shapefield.storage.container import read_container, write_container
from shapefield.storage.files import check_written_back
from shapefield.storage.mark import Inputs, opened_from

PASSING = ("seconds", "wall")
"""What of a run is not the same whenever it is made again, and so is not written."""


@dataclass(eq=False)
class FamilyContents:
    """A family as it lies in a file.

    members, held : those that were trained, and those that were kept for eval
    method, options : the model;  codes : (m, k) of the members, k = 0 where it has none
    decoder       : (s, p, 3) points and (s, k) codes → (s, p) distances, family frame; or a shape's network, without
                    codes, whose weights fits start from
    run, report   : how it was trained, and how good it is; plain JSON
    source        : the files and folders that it was trained on, or the `.family` that was opened; None for none
    reference     : (p, 3) points on the most typical member, which unseen shapes are turned to; None for never
    """

    method: FamilyMethod
    options: Any
    decoder: nn.Module
    codes: Tensor
    members: list[Member]
    held: list[Member] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    source: Inputs = None
    reference: np.ndarray | None = None


def write_family(family: FamilyContents, path: str | Path, force: bool = False) -> None:
    """Write it; a file of another program, or of other meshes, is kept unless `force`. Raises OutputError."""
    check_written_back(path, force, family.source)
    header = {
        "model": family.method.name,
        "options": dataclasses.asdict(family.options),
        "members": [_told(member, Path(path).parent) for member in family.members],
        "held": [_told(member, Path(path).parent) for member in family.held],
        "run": {name: value for name, value in family.run.items() if name not in PASSING},
        "report": family.report,
    }
    tensors = {f"decoder.{name}": tensor for name, tensor in family.decoder.state_dict().items()}
    if family.method.can.condition:
        tensors["codes"] = family.codes
    if family.reference is not None:
        tensors["reference"] = torch.from_numpy(family.reference)
    write_container(path, "family", header, tensors, family.source)


def _told(member: Member, folder: Path) -> dict[str, Any]:
    """As it stands in a family's file in `folder`: from there to the member's own, so that both can move together."""
    pose = member.pose
    try:
        place = Path(os.path.relpath(member.path, folder)).as_posix()
    except ValueError:  # on another drive
        place = Path(member.path).name
    return {
        "name": member.name,
        "path": place,
        "sha256": member.sha256,
        "rotation": pose.rotation.tolist(),
        "center": pose.similarity.center.tolist(),
        "scale": pose.similarity.scale,
        "unit": member.unit,
    }


def read_family(path: str | Path) -> FamilyContents:
    """The family in a file, on the CPU. Raises InputError in one line for a damaged or lying file."""
    header, tensors = read_container(path, "family")
    with content_guarded(str(path), "a whole family", "make the file again"):
        return _family(path, header, tensors)


def _family(path: str | Path, header: dict[str, Any], tensors: dict[str, torch.Tensor]) -> FamilyContents:
    try:
        entry = method(str(header["model"]), "family")
        options = entry.options(**header["options"])
        folder = Path(path).parent
        members, held = ([_member(told, folder) for told in header[name]] for name in ("members", "held"))
        run, report = header["run"], header["report"]
        if not isinstance(run, dict) or not isinstance(report, dict):
            raise ValueError("its entries have the wrong types")
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise InputError(
            f"{path}: expected a family's header, got a damaged one ({error}): make the file again"
        ) from None
    codes = tensors.pop("codes", None if entry.can.condition else torch.zeros(len(members), 0))
    if codes is None or tuple(codes.shape) != (len(members), options.code) or not len(members):
        got = "none" if codes is None else tuple(codes.shape)
        raise InputError(f"{path}: codes: expected ({len(members)}, {options.code}), got {got}: it is damaged")
    if not all(bool(tensor.isfinite().all()) for tensor in (codes, *tensors.values())):
        raise InputError(f"{path}: expected finite weights, got NaN or infinity: the file is damaged")
    reference = tensors.pop("reference", None)
    if reference is not None and (reference.ndim != 2 or reference.shape[1] != 3 or len(reference) < 2):
        raise InputError(f"{path}: reference: expected points (k, 3), got {tuple(reference.shape)}: it is damaged")
    decoder = _filled(entry, options, tensors, path)
    cloud = None if reference is None else reference.float().numpy()
    return FamilyContents(
        entry, options, decoder, codes.float(), members, held, run, report, opened_from(path), reference=cloud
    )


def _filled(entry: FamilyMethod, options: Any, tensors: dict[str, torch.Tensor], path: str | Path) -> nn.Module:
    """The network with the tensors, whose names and shapes are checked before anything is allocated."""
    with unfilled():
        decoder = imported(entry.module)(options)
    start = "decoder."
    given = {k[len(start) :]: v for k, v in tensors.items() if k.startswith(start)}
    wanted = {k: tuple(v.shape) for k, v in decoder.state_dict().items()}
    got = {k: tuple(v.shape) for k, v in given.items()}
    if wanted != got:
        name = next(k for k in [*wanted, *got] if wanted.get(k) != got.get(k))
        raise InputError(f"{path}: {name}: expected shape {wanted.get(name)}, got {got.get(name)}: it is damaged")
    decoder.load_state_dict({k: v.float() for k, v in given.items()}, assign=True)
    return decoder.eval().requires_grad_(False)


def _member(told: dict[str, Any], folder: Path) -> Member:
    rotation = np.array(told["rotation"], dtype=np.float64).reshape(3, 3)
    center, scale = np.array(told["center"], dtype=np.float64).reshape(3), float(told["scale"])
    if not (np.isfinite(center).all() and 0 < scale < float("inf")):
        raise ValueError("a similarity that is not finite")
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6):
        raise ValueError("a rotation that is none")
    name, path, sha256 = told["name"], told["path"], told["sha256"]
    if not all(isinstance(text, str) for text in (name, path, sha256)) or not isinstance(told["unit"], str | None):
        raise ValueError("a member whose name is no text")
    place = os.path.normpath(folder / path)
    return Member(name, place, sha256, Pose(rotation, Similarity(center, scale)), told["unit"])
