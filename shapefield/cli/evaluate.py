"""`shapefield eval MESH REFERENCE`: exact figures of one mesh against another."""

from __future__ import annotations

import argparse

from shapefield.cli.terminal import tell, tell_json
from shapefield.machine.memory import ADDRESSES_FOR_MESHES, require_libraries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of eval."""
    parser.add_argument("mesh", metavar="MESH", help="the mesh to judge")
    parser.add_argument("reference", metavar="REFERENCE", help="the mesh that counts as the truth")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sampled points (default 0)")
    parser.add_argument("--floor", action="store_true", help="what marching cubes of the exact distance reaches at 256")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    require_libraries(addresses=ADDRESSES_FOR_MESHES)
    from shapefield.cli.progress import follow
    from shapefield.cli.tables import quality_lines, repair_lines

    found = follow(_job(arguments))
    unit = found["unit"]
    lines = [*quality_lines(found["quality"], unit), *repair_lines(found["repairs"], unit, "reference repaired")]
    if arguments.json:
        tell_json(found)
    else:
        tell(lines)
    return 0


def _job(arguments: argparse.Namespace):
    from shapefield.config import FitConfig
    from shapefield.events import Done, Stage
    from shapefield.fitting.reporting import floor_of, sizes
    from shapefield.mesh.reading import read
    from shapefield.metrics import compare
    from shapefield.solid import solidify
    from shapefield.solid.repair_record import account

    yield Stage("load")
    mesh, reference = read(arguments.mesh), read(arguments.reference)
    yield Stage("distances")
    solid = yield from solidify(reference)
    yield Stage("report")
    found = yield from compare(mesh, solid, seed=arguments.seed)
    report = {
        "mesh": mesh.name,
        "reference": reference.name,
        "unit": reference.unit,
        "quality": found.as_dict(),
        "repairs": account(solid),
        "sizes": {"mesh": sizes(mesh), "reference": sizes(reference)},
    }
    if arguments.floor:
        report["floor"] = yield from floor_of(solid, FitConfig().extraction.resolution)
    yield Done(report)
