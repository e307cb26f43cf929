"""`shapefield repair MESH`: the mesh that a file means, closed and whole, without training."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.outputs import add_force, add_out_dir, place, require_free
from shapefield.cli.parser import Parser
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import ExtractionConfig, GateConfig, SolidConfig
from shapefield.errors import GateMissed, UsageError
from shapefield.machine.memory import ADDRESSES_FOR_MESHES, require_libraries
from shapefield.mending.config import GATES, NAMES, SAMPLED, RepairConfig, mending_config


def add_arguments(parser: Parser) -> None:
    """The options of repair; those of its stages are made from their config dataclasses."""
    parser.add_argument("mesh", metavar="MESH", type=source, help="OBJ, PLY, STL, OFF, GLB, GLTF or 3MF")
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=target, help="mesh to write (default <name>.repaired.<its suffix>)"
    )
    parser.add_argument("--marks", metavar="OUT", type=target, help="also write a mesh coloured by what was done")
    add_out_dir(parser)
    add_options(parser)
    add_force(parser)
    add_voice(parser)


def add_options(parser: Parser) -> None:
    """How a mesh is mended, whatever is read and written."""
    add_flags(parser, RepairConfig, "how it is mended")
    add_flags(parser, SolidConfig, "what counts as inside")
    add_flags(parser, ExtractionConfig, "the surface; all but --largest mean --mode remesh")
    add_flags(parser, GateConfig, "gates: the exit code is 7 where one is missed", only=GATES)
    parser.resolve = _resolved


def run(arguments: argparse.Namespace) -> int:
    """Mend, write, report."""
    config = mending_config(**settings_of(arguments, NAMES))
    mesh = Path(arguments.mesh)
    if mesh.suffix == ".field":
        raise UsageError(f"{mesh}: expected a mesh, got a field: shapefield extract takes its surface out")
    output = place(arguments, arguments.output, default_output(mesh).name)
    marks = None if arguments.marks is None else Path(arguments.marks)
    require_libraries(addresses=ADDRESSES_FOR_MESHES)
    from shapefield.cli.progress import follow
    from shapefield.mending.job import check_names, repairing
    from shapefield.mesh.writing import check_suffix
    from shapefield.storage.files import lock

    outputs = [path for path in (output, marks) if path is not None]
    check_names(output, marks)
    for path in outputs:
        check_suffix(path)
    require_free(outputs, arguments, mesh)
    with lock(*outputs):
        result = follow(repairing(mesh, config, output, marks, arguments.force, voice.started), arguments.quiet)
    files = {"mesh": str(output)} | ({"marks": str(marks)} if marks else {})
    report = result.report | {"files": files}
    voice.report(report, report_lines(report))
    if report["missed"]:
        raise GateMissed(f"written, but {'; '.join(report['missed'])}")
    return 0


def _resolved(arguments: argparse.Namespace) -> dict[str, Any]:
    """What only a sampled surface has stays unset, for one that is set asks for such a surface."""
    config = mending_config(**settings_of(arguments, NAMES))
    return dict.fromkeys(name for name in SAMPLED if name not in config.asked)


def default_output(mesh: Path) -> Path:
    """`<name>.repaired` with the suffix of the input, in the current folder; PLY for formats that are only read."""
    from shapefield.mesh.writing import bare_stem, kept_suffix

    return Path(f"{bare_stem(mesh.name)}.repaired{kept_suffix(mesh)}")


def report_lines(report: dict[str, Any]) -> list[str]:
    """A repair's report: the verdict, what was lost, then every repair with its place."""
    from shapefield.cli.tables import extents, preservation_lines, quality_lines, repair_record, size
    from shapefield.mending.marks import COLOURS
    from shapefield.mending.verdict import headline, not_kept
    from shapefield.verdict import losses

    unit, kept = report["sizes"]["unit"], report["preservation"]
    vanished = losses(kept | {"lost": 0.0}, unit)  # the share that is lost stands below, and in the verdict
    lines = [headline(report), *vanished, *not_kept(report), _how(report), *preservation_lines(kept, unit)]
    if report.get("quality"):
        lines += quality_lines(report["quality"], unit)
    lines += repair_record(report["repairs"]["record"], unit)
    lines += ["  faces              " + ", ".join(f"{name} {n:,}" for name, n in report["faces"].items() if n)]
    if "marks" in report["files"]:
        lines.append(
            "  marks              " + ", ".join(f"{name} #{bytes(rgb).hex()}" for name, rgb in COLOURS.items())
        )
    lines += [
        f"  size before        {extents(report['sizes']['before'], unit)}",
        f"  size after         {extents(report['sizes']['after'], unit)}",
        "  seconds            " + ", ".join(f"{k} {v:.1f}" for k, v in report["seconds"].items()),
        f"  peak memory        {size(report['peak_memory']):>18}",
        f"  written            {', '.join(report['files'].values())}",
    ]
    return lines


def _how(report: dict[str, Any]) -> str:
    name, made, asked = report["name"], report.get("remesh"), report["asked"]
    if made is not None:
        why = f", for --{asked[0].replace('_', '-')} needs that" if asked else ""
        return f"{name}: sampled anew at {made['resolution']} cells{why}"
    if report["mode"] == "keep":
        return f"{name}: " + ("its own triangles, mended" if report["repairs"]["record"] else "nothing to repair")
    some = "what could be kept of its own triangles, and parts" if report["mode"] == "mixed" else "nothing kept, but"
    return f"{name}: {some} sampled on a grid"
