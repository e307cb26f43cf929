"""A run that can be continued: the trainer's whole state, and what must be the same for it to end bit-identical."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from shapefield.errors import InputError
from shapefield.storage.container import read_container, write_container
from shapefield.storage.mark import Inputs

VERSION = 2
"""Of a checkpoint's contents; those of other versions are refused, for their runs were planned differently."""
PLAIN = {"nan": float("nan"), "inf": float("inf")}


def checkpoint_path(field: str | Path) -> Path:
    """Where the checkpoint of the run that will write `field` lies."""
    return Path(f"{field}.checkpoint")


def write_checkpoint(
    path: Path, identity: dict[str, Any], state: dict[str, Any], spent: float, source: Inputs = None
) -> None:
    """Save atomically.

    identity : what a resumed run must share (input hash, settings, steps, threads, kernel, backend, versions)
    state    : `Trainer.state()`
    spent    : seconds of training so far;  source : what is learnt from
    """
    header = {
        "version": VERSION,
        "identity": identity,
        "numbers": _spoken(state["numbers"]),
        "snapshot": _spoken(state["snapshot_numbers"]) if "snapshot_numbers" in state else None,
        "spent": spent,
    }
    write_container(path, "checkpoint", header, state["tensors"], source)


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Any], float]:
    """identity, state and seconds spent. Raises InputError in one line for a damaged file."""
    header, tensors = read_container(path, "checkpoint")
    if header.get("version", 1) != VERSION:
        raise InputError(
            f"{path}: expected a checkpoint of version {VERSION}, got one of version {header.get('version', 1)}, "
            "made by another shapefield: finish it with that one, or start without --resume"
        )
    try:
        state = {"tensors": tensors, "numbers": _heard(header["numbers"])}
        if header["snapshot"] is not None:
            state["snapshot_numbers"] = _heard(header["snapshot"])
        identity, spent = header["identity"], float(header["spent"])
        for name, most in (("steps", 1 << 40), ("horizon", 1 << 40), ("threads", 1 << 16)):
            if not 1 <= int(identity[name]) <= most:
                raise ValueError(f"{name} {identity[name]!r}")
        return identity, state, spent
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path}: expected a checkpoint, got a damaged header ({error}): start without --resume"
        ) from None


def remove_checkpoint(path: Path) -> None:
    """Remove it if it is there; a run that ended well needs none."""
    if path.exists():
        os.unlink(path)


def _spoken(numbers: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no NaN and no infinity: say them as words."""
    return {k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in numbers.items()}


def _heard(numbers: dict[str, Any]) -> dict[str, Any]:
    return {k: PLAIN.get(v, v) if isinstance(v, str) else v for k, v in numbers.items()}
