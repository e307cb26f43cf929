"""`shapefield info MESH|FIELD|SPLATS`: the mesh doctor, or what is in a field or a file of Gaussian splats."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from shapefield.cli.hints import source
from shapefield.cli.options import add_flags, add_plugin, settings_of
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import ExtractionConfig, SolidConfig
from shapefield.errors import InputError
from shapefield.machine.memory import ADDRESSES_FOR_MESHES, require_libraries
from shapefield.settings import built


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of info."""
    parser.add_argument("file", metavar="MESH|FIELD", type=source, help="the file to look at")
    add_options(parser)
    add_plugin(parser)
    add_voice(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How a mesh is looked at."""
    add_flags(parser, SolidConfig, "the file", only=("unit",))
    parser.add_argument("--full", action="store_true", help="measure what the repaired solid would lose of the mesh")


def run(arguments: argparse.Namespace) -> int:
    """Look and print."""
    unit = built(SolidConfig, settings_of(arguments, ["unit"])).unit
    if Path(arguments.file).suffix.lower() == ".field":
        require_libraries()
        from shapefield.storage.container import read_container

        header, tensors = read_container(arguments.file, "field")  # whole, for its checksum says whether it is damaged
        counted = {"parameters": sum(tensor.numel() for tensor in tensors.values())}
        found: dict[str, Any] = counted | header | {"bytes": Path(arguments.file).stat().st_size}
        found["unit"] = found.get("unit") or unit
        try:
            lines = _field_lines(found)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{arguments.file}: expected a field's header, got a damaged one ({error})") from None
    else:
        require_libraries(addresses=ADDRESSES_FOR_MESHES)
        _refuse_run(Path(arguments.file))
        from shapefield.splats.reading import kind_of

        if kind_of(arguments.file):
            found, lines = _splats(arguments.file)
        else:
            found, lines = _mesh(arguments.file, unit, arguments.full)
    voice.report(found, lines)
    return 0


def _refuse_run(place: Path) -> None:
    """InputError for the RUN folder of a scene, and for a file in it."""
    if not (place.is_dir() or place.suffix == ".safetensors"):
        return
    from shapefield.nerf.result import MODEL_FILE

    folder = place if place.is_dir() else place.parent
    if (folder / MODEL_FILE).is_file():
        raise InputError(f"{place}: expected a mesh or a .field, got a NeRF run: use shapefield nerf eval {folder}")


def _field_lines(found: dict[str, Any]) -> list[str]:
    from shapefield.cli.tables import quality_lines, size
    from shapefield.verdict import headline

    lines = [
        f"{found['name']}: a {found['method']} field ({found['preset']} preset)",
        f"  {found['parameters']:,} numbers, {size(found['bytes'])}",
        "  options            " + ", ".join(f"{k} {v}" for k, v in found["options"].items()),
    ]
    if found["report"].get("verdict"):
        lines.insert(0, headline(found["report"], found["unit"]))
    if found["report"].get("quality"):
        lines += quality_lines(found["report"]["quality"], found["unit"])
    return lines


def _splats(path: str) -> tuple[dict[str, Any], list[str]]:
    from shapefield.cli.tables import size
    from shapefield.splats.reading import read
    from shapefield.splats.statistics import summary

    splats = read(path)
    found = summary(splats) | {"bytes": Path(path).stat().st_size}
    lines = [f"{splats.name}: {len(splats):,} Gaussian splats ({splats.format}, {size(found['bytes'])})"]
    lines += [f"  {name.replace('_', ' '):20} {_spoken(found[name])}" for name in list(found)[4:-1]]
    lines += [f"- {notice}" for notice in splats.notices]
    return found, lines


POWERS = {"extent": "", "area": "²", "volume": "³", "thinnest_wall": ""}
"""Figures that have the file's unit, and its power."""


def _mesh(path: str, unit: str | None, full: bool) -> tuple[dict[str, Any], list[str]]:
    from shapefield.cli.tables import percent, preservation_lines
    from shapefield.driving import finish
    from shapefield.fitting.asking import asked_of
    from shapefield.fitting.reporting import SCHEMA, preserved
    from shapefield.mesh.inspection import findings, inspect
    from shapefield.mesh.reading import read
    from shapefield.solid import solidify
    from shapefield.solid.repair_record import account
    from shapefield.verdict import inventions, losses

    mesh = read(path).labelled(unit)
    seen = inspect(mesh)
    file = {"path": mesh.file.path, "sha256": mesh.file.sha256} if mesh.file else {}
    found: dict[str, Any] = {"schema": SCHEMA, "name": mesh.name} | file | seen.as_dict()
    lines = [f"{mesh.name}: {len(mesh.vertices):,} vertices, {len(mesh.faces):,} faces"]
    for name, value in seen.as_dict().items():
        measured = f" {mesh.unit}{POWERS[name]}" if mesh.unit and name in POWERS and value is not None else ""
        lines.append(f"  {name.replace('_', ' '):20} {_spoken(value)}{measured}")
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
        if full:
            kept = found["preservation"] = preserved(solid, solid.exact, asked_of(ExtractionConfig(), solid, 0.0))
            first = [*losses(kept, mesh.unit), *(f"a fit's solid: {line}" for line in inventions(kept))]
            lines = [*first, *lines, *preservation_lines(kept, mesh.unit)]
    for line in (*mesh.notices, *findings(seen)):
        voice.heard(line)
    lines += [f"- {line}" for line in voice.notices]
    return found, lines


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return " x ".join(_spoken(v) for v in value)
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
