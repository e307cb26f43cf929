"""`shapefield info MESH|FIELD`: the mesh doctor, or what is in a field."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from shapefield.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of info."""
    parser.add_argument("file", metavar="MESH|FIELD", help="the file to look at")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Look and print."""
    if Path(arguments.file).suffix.lower() == ".field":
        from shapefield.storage.container import read_header

        shapes, header = read_header(arguments.file, "field")
        found: dict[str, Any] = {"parameters": _count(shapes)} | header | {"bytes": Path(arguments.file).stat().st_size}
        try:
            lines = _field_lines(found)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{arguments.file}: expected a field's header, got a damaged one ({error})") from None
    else:
        found, lines = _mesh(arguments.file)
    sys.stdout.write((json.dumps(found) if arguments.json else "\n".join(lines)) + "\n")
    return 0


def _count(shapes: dict[str, tuple[int, ...]]) -> int:
    from math import prod

    return sum(prod(shape) for shape in shapes.values())


def _field_lines(found: dict[str, Any]) -> list[str]:
    from shapefield.cli.tables import quality_lines, size

    lines = [
        f"{found['name']}: a {found['method']} field ({found['preset']} preset)",
        f"  {found['parameters']:,} numbers, {size(found['bytes'])}",
        "  options            " + ", ".join(f"{k} {v}" for k, v in found["options"].items()),
    ]
    if found["report"].get("quality"):
        lines += quality_lines(found["report"]["quality"], found["unit"])
    return lines


def _mesh(path: str) -> tuple[dict[str, Any], list[str]]:
    from shapefield.cli.tables import percent
    from shapefield.distance.signed import finish
    from shapefield.mesh.inspection import findings, inspect
    from shapefield.mesh.reading import read
    from shapefield.solid import solidify
    from shapefield.solid.account import account

    mesh = read(path)
    seen = inspect(mesh)
    found: dict[str, Any] = {"name": mesh.name} | seen.as_dict()
    lines = [f"{mesh.name}: {len(mesh.vertices):,} vertices, {len(mesh.faces):,} faces"]
    lines += [f"  {name.replace('_', ' '):20} {_spoken(value)}" for name, value in seen.as_dict().items()]
    try:
        solid = finish(solidify(mesh))
    except InputError as error:
        found["sign"] = {"method": "none", "reason": str(error)}
        lines += [f"  {'sign':20} none: {error}"]
    else:
        repairs = found["repairs"] = account(solid)
        found["sign"] = {"method": solid.sign_method, "reason": solid.reason}
        found["sign"]["ray_disagreement"] = opposed = repairs["sign_disagreement"]
        lines += [f"  {'sign':20} {solid.sign_method}: {solid.reason}"]
        asked = "not asked, too many faces" if opposed is None else f"call {percent(opposed)} of points otherwise"
        lines += [f"  {'rays':20} {asked}"]
        told = solid.repairs.told(mesh.unit).removeprefix("repaired: ")
        lines += [f"  {'a fit will repair':20} {told}"] if told else []
    lines += [f"- {line}" for line in (*mesh.notices, *findings(seen))]
    return found, lines


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return " x ".join(_spoken(v) for v in value)
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
