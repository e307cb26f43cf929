"""`shapefield eval MESH REFERENCE`: exact figures of one mesh against another."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from typing import Any

from shapefield.cli.hints import source
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import GateConfig, SolidConfig
from shapefield.errors import GateMissed
from shapefield.events import Event
from shapefield.machine.memory import ADDRESSES_FOR_MESHES, require_libraries
from shapefield.settings import built, fit_config, names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of eval."""
    parser.add_argument("mesh", metavar="MESH", type=source, help="the mesh to judge")
    parser.add_argument("reference", metavar="REFERENCE", type=source, help="the mesh that counts as the truth")
    add_options(parser)
    add_voice(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How a mesh is measured."""
    parser.add_argument("--seed", type=int, default=0, help="seed of the sampled points (default 0)")
    parser.add_argument("--floor", action="store_true", help="what marching cubes of the exact distance reaches at 256")
    add_flags(parser, GateConfig, "gates: the exit code is 7 where one is missed")
    add_flags(parser, SolidConfig, "the files", only=("unit",))


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    require_libraries(addresses=ADDRESSES_FOR_MESHES)
    from shapefield.cli.progress import follow
    from shapefield.cli.tables import preservation_lines, quality_lines, repair_lines
    from shapefield.verdict import headline

    gates = fit_config(**settings_of(arguments, names(GateConfig))).gates
    label = built(SolidConfig, settings_of(arguments, ["unit"])).unit
    found = follow(_job(arguments, gates, label), arguments.quiet)
    unit = found["unit"]
    lines = [headline(found, unit), *quality_lines(found["quality"], unit)]
    lines += preservation_lines(found["preservation"], unit)
    lines += repair_lines(found["repairs"], unit, "reference repaired")
    voice.report(found, lines)
    if found["missed"]:
        raise GateMissed("; ".join(found["missed"]))
    return 0


def _job(arguments: argparse.Namespace, gates: GateConfig, unit: str | None) -> Generator[Event, Any, None]:
    from shapefield.config import FitConfig
    from shapefield.distance.signed import SurfaceDistance
    from shapefield.events import Done, Notice, Stage
    from shapefield.fitting.reporting import SCHEMA, floor_of, preserved, sizes
    from shapefield.mesh.inspection import outline
    from shapefield.mesh.reading import read
    from shapefield.metrics import compare
    from shapefield.solid import solidify
    from shapefield.solid.repair_record import account
    from shapefield.verdict import missed, verdict

    yield Stage("load")
    mesh, reference = (read(path).labelled(unit) for path in (arguments.mesh, arguments.reference))
    for one in (mesh, reference):
        for line in one.notices:
            yield Notice(f"{one.name}: {line}")
    if mesh.unit and reference.unit and mesh.unit != reference.unit:
        yield Notice(f"{mesh.name} is in {mesh.unit} and {reference.name} in {reference.unit}: compared as numbers")
    gates = gates.in_input_units(reference.extent)
    yield Stage("distances")
    solid = yield from solidify(reference)
    yield Stage("report")
    mine = SurfaceDistance(solid.similarity.to_unit(mesh.vertices), mesh.faces, solid.backend)
    found = yield from compare(mesh, solid, seed=arguments.seed, mine=mine)
    report = {
        "mesh": mesh.name,
        "reference": reference.name,
        "unit": reference.unit,
        "quality": found.as_dict(),
        "repairs": account(solid),
        "sizes": {"mesh": sizes(mesh), "reference": sizes(reference)},
        "preservation": preserved(solid, mine),
        "surface": outline(mesh),
    }
    if arguments.floor:
        report["floor"] = yield from floor_of(solid, FitConfig().extraction.resolution)
    word, reasons = verdict(report)
    gone = missed(report, gates, reference.unit)
    yield Done({"schema": SCHEMA, "verdict": word, "reasons": reasons} | report | {"missed": gone})
