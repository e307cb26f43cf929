"""The command lines that give a result again: what ran, and not what is set in the window now."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from shapefield.config import to_argv
from shapefield_gui.children.records import REPAIR
from shapefield_gui.models.plan import extract_command
from shapefield_gui.models.result_list import SURFACE, ResultEntry


def commands(entry: ResultEntry) -> list[str]:
    """One line, or two where another surface was taken out of a field; [] where that is not known."""
    run, fitted = entry.run, entry.fitted
    stem = Path(run.path).stem
    if entry.kind == REPAIR:
        settings = {name: value for name, value in run.settings.items() if name != "method"}
        return [shlex.join(["shapefield", "repair", run.path, *to_argv(settings)])]
    made = ((fitted.report.get("run") or {}).get("command") if fitted is not None else None) or ""
    if not made:
        return []
    fit = shlex.join(_without("--field", shlex.split(made)))
    if entry.kind != SURFACE:
        return [fit]
    return [fit, extract_command(f"{stem}.field", f"{stem}.ply", entry.config)]


def _without(flag: str, words: Sequence[str]) -> list[str]:
    """The words without a flag and its value: where the window keeps a field is nobody's business."""
    at = words.index(flag) if flag in words else len(words)
    return [*words[:at], *words[at + 2 :]]
