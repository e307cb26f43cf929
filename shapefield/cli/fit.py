"""`shapefield fit MESH`: the main job."""

from __future__ import annotations

import argparse
import contextlib
import threading
from pathlib import Path
from typing import Any

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_flags, add_plugin, settings_of
from shapefield.cli.outputs import add_force, add_out_dir, place
from shapefield.cli.parser import Parser
from shapefield.cli.tables import report_lines
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import ExtractionConfig, GateConfig, SamplingConfig, SolidConfig, TrainingConfig
from shapefield.errors import GateMissed, UsageError
from shapefield.machine.memory import require_libraries
from shapefield.methods import DEFAULT, METHODS
from shapefield.settings import FIT_NAMES, PRESETS, STAGES, fit_config


def add_arguments(parser: Parser) -> None:
    """The options of fit; those of the stages are made from their config dataclasses."""
    parser.add_argument("mesh", metavar="MESH", type=source, help="OBJ, PLY, STL, OFF, GLB, GLTF or 3MF")
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=target, help="mesh to write: .ply .obj .stl .off .glb .3mf"
    )
    parser.add_argument("--field", metavar="OUT.field", type=target, help="field to write (default <name>.field)")
    add_out_dir(parser)
    add_options(parser)
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run")
    add_force(parser)
    add_voice(parser)


def add_options(parser: Parser) -> None:
    """How a mesh is fitted, whatever is read and written."""
    parser.add_argument("--method", metavar="M", help=f"one of {', '.join(METHODS)} (default {DEFAULT})")
    add_plugin(parser)
    parser.add_argument("--preset", metavar="|".join(PRESETS), help="the papers' sizes, a CPU's, or a compact file")
    add_flags(parser, TrainingConfig, "training")
    add_flags(parser, ExtractionConfig, "the surface")
    add_flags(parser, SamplingConfig, "samples")
    add_flags(parser, SolidConfig, "what counts as inside")
    add_flags(parser, GateConfig, "gates: the exit code is 7 where one is missed")
    parser.add_argument("--floor", action="store_true", default=None, help="report what no field can beat as well")
    parser.add_argument("--set", action="append", metavar="key=value", help="any setting by name, such as omega=20")
    parser.resolve = _resolved


def run(arguments: argparse.Namespace) -> int:
    """Fit, write, report."""
    config = fit_config(**settings_of(arguments, FIT_NAMES))
    mesh = Path(arguments.mesh)
    if mesh.suffix == ".field":
        raise UsageError(f"{mesh}: expected a mesh, got a field: shapefield extract takes its surface out")
    require_libraries()
    from shapefield.mesh.writing import check_suffix

    output = place(arguments, arguments.output, f"{mesh.stem}.shapefield.ply")
    check_suffix(output)
    field = place(arguments, arguments.field, f"{mesh.stem}.field")
    threading.Thread(target=_warm_up, daemon=True).start()
    from shapefield.cli.progress import follow
    from shapefield.fitting.job import Job
    from shapefield.fitting.pipeline import ShapeRun

    run = ShapeRun(Job(mesh, output, field, arguments.force, arguments.resume, started=voice.started), config)
    result = follow(run.events(), arguments.quiet, run.farewell)
    report = result.report | {"files": {"mesh": str(output), "field": str(field)}}
    voice.report(report, report_lines(report))
    if report["missed"]:
        raise GateMissed(f"written, but {'; '.join(report['missed'])}")
    return 0


def _resolved(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every setting as the fit takes it; a budget becomes steps only on the machine's measured speed."""
    config = fit_config(**settings_of(arguments, FIT_NAMES))
    require_libraries()
    from shapefield.fitting.resolved import resolved
    from shapefield.machine.devices import choose

    config = resolved(config, choose(config.training.device))
    stages = {name: value for stage in STAGES for name, value in vars(getattr(config, stage)).items()}
    return {"method": config.method, "preset": config.preset, "floor": config.floor} | stages | config.options


def _warm_up() -> None:
    """Import torch, and wake a GPU, beside the reading and the distances: seconds in which those let the GIL go."""
    with contextlib.suppress(Exception):  # whatever it is, the fit itself will meet it
        import torch

        if torch.cuda.is_available():
            from shapefield.nn.gridlookup import kernel

            kernel("cuda")
