"""`shapefield eval MESH REFERENCE`: exact figures of one mesh against another."""

from __future__ import annotations

import argparse

from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.terminal import tell, tell_json
from shapefield.config import GateConfig
from shapefield.errors import GateMissed
from shapefield.machine.memory import ADDRESSES_FOR_MESHES, require_libraries
from shapefield.settings import fit_config, names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of eval."""
    parser.add_argument("mesh", metavar="MESH", help="the mesh to judge")
    parser.add_argument("reference", metavar="REFERENCE", help="the mesh that counts as the truth")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sampled points (default 0)")
    parser.add_argument("--floor", action="store_true", help="what marching cubes of the exact distance reaches at 256")
    add_flags(parser, GateConfig, "gates: the exit code is 7 where one is missed")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    require_libraries(addresses=ADDRESSES_FOR_MESHES)
    from shapefield.cli.progress import follow
    from shapefield.cli.tables import preservation_lines, quality_lines, repair_lines
    from shapefield.verdict import headline

    gates = fit_config(**settings_of(arguments, names(GateConfig))).gates
    found = follow(_job(arguments, gates))
    unit = found["unit"]
    lines = [headline(found, unit), *quality_lines(found["quality"], unit)]
    lines += preservation_lines(found["preservation"], unit)
    lines += repair_lines(found["repairs"], unit, "reference repaired")
    if arguments.json:
        tell_json(found)
    else:
        tell(lines)
    if found["missed"]:
        raise GateMissed("; ".join(found["missed"]))
    return 0


def _job(arguments: argparse.Namespace, gates: GateConfig):
    from shapefield.config import FitConfig
    from shapefield.distance.signed import SurfaceDistance
    from shapefield.events import Done, Stage
    from shapefield.fitting.reporting import SCHEMA, floor_of, preserved, sizes
    from shapefield.mesh.inspection import outline
    from shapefield.mesh.reading import read
    from shapefield.metrics import compare
    from shapefield.solid import solidify
    from shapefield.solid.repair_record import account
    from shapefield.verdict import missed, verdict

    yield Stage("load")
    mesh, reference = read(arguments.mesh), read(arguments.reference)
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
