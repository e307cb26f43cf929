"""`shapefield sample MESH -n N -o OUT.npz`: signed samples for training elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.outputs import add_force, made_folder, require_free
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import DEEPSDF, OCCUPANCY, FitConfig, LayoutConfig, SamplingConfig, SolidConfig
from shapefield.errors import UsageError
from shapefield.events import Event
from shapefield.machine.memory import ADDRESSES_FOR_MESHES, require_libraries
from shapefield.settings import built, fit_config, names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of sample."""
    parser.add_argument("mesh", metavar="MESH", type=source, help="the mesh to sample")
    parser.add_argument("-o", "--output", metavar="OUT.npz", required=True, type=target, help="file to write")
    add_options(parser)
    add_force(parser)
    add_voice(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How a mesh is sampled, whatever is read and written."""
    parser.add_argument("-n", "--samples", dest="samples", metavar="N", help="samples in all (default 300000)")
    add_flags(parser, SamplingConfig, "samples", only=("mix",))
    add_flags(parser, LayoutConfig, "the file")
    add_flags(parser, SolidConfig, "what counts as inside")
    parser.add_argument("--seed", help="seed of everything random (default 0)")


def run(arguments: argparse.Namespace) -> int:
    """Sample and write."""
    config = fit_config(**settings_of(arguments, [*names(SamplingConfig), *names(SolidConfig), "seed"]))
    layout = built(LayoutConfig, settings_of(arguments, ["layout"])).layout
    if layout == DEEPSDF and config.sampling.mix is None:
        config = replace(config, sampling=replace(config.sampling, mix="deepsdf"))
    output = Path(arguments.output)
    if output.suffix.lower() != ".npz":
        got = output.suffix or "none"
        raise UsageError(f"{output}: expected the suffix .npz, got {got}: add it to the name")
    require_libraries(addresses=ADDRESSES_FOR_MESHES)
    from shapefield.cli.progress import follow
    from shapefield.layouts import beside
    from shapefield.storage.files import lock

    outputs = [output, *filter(None, [beside(layout, output)])]
    for place in outputs:
        made_folder(str(place.parent))
    require_free(outputs, arguments, arguments.mesh)
    with lock(*outputs):
        count = follow(_job(Path(arguments.mesh), output, config, layout, arguments.force), arguments.quiet)
    report = {"file": str(output), "samples": count, "layout": layout, "files": [str(place) for place in outputs]}
    voice.report(report, [f"written: {', '.join(report['files'])}, {count:,} samples"])
    return 0


def _job(place: Path, output: Path, config: FitConfig, layout: str, force: bool) -> Generator[Event, Any, None]:
    from shapefield.config import affordable_samples
    from shapefield.events import Done, Notice, Stage
    from shapefield.fitting.forecasting import require_distances, require_samples
    from shapefield.layouts import write_deepsdf, write_occupancy
    from shapefield.mesh.reading import read
    from shapefield.sampling import draw, in_input_units, save_npz
    from shapefield.solid import solidify

    yield Stage("load")
    mesh = read(place).labelled(config.solid.unit)
    for line in mesh.notices:
        yield Notice(line)
    config = config.in_input_units(mesh.extent)
    yield Stage("distances")
    require_distances(len(mesh.faces))
    require_samples(config.sampling.samples or affordable_samples(None))
    solid = yield from solidify(mesh, **config.solid.choices())
    yield Stage("samples")
    seed, wanted = config.training.seed, config.sampling
    if layout == DEEPSDF:
        count = yield from write_deepsdf(solid, wanted, seed, output, place, force)
    elif layout == OCCUPANCY:
        each = (wanted.samples or affordable_samples(None)) // 2
        count = yield from write_occupancy(solid, each, seed, output, place, force)
    else:
        samples = in_input_units((yield from draw(solid, wanted, seed)), solid.similarity)
        save_npz(samples, output, mesh.unit, place)
        count = len(samples)
    yield Done(count)
