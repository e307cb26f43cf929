"""`shapefield nerf train|render|eval|export|dataset`: from posed pictures to new views and a mesh."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from shapefield.cli.options import add_flags, settings_of
from shapefield.config import ExtractionConfig
from shapefield.errors import UsageError
from shapefield.nerf.config import NerfConfig, options_of
from shapefield.nerf.synthetic_config import DatasetConfig
from shapefield.settings import names, parsed

STARTED = time.perf_counter()
ACTIONS = {
    "train": "train a radiance field on posed pictures",
    "render": "render held-out views or a camera path, to pictures and a video",
    "eval": "PSNR, SSIM and depth error on held-out views",
    "export": "a coloured mesh or point cloud in the dataset's own frame",
    "dataset": "render a scene with known truth from a mesh",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The five actions and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    parsers = {name: actions.add_parser(name, help=text, description=text) for name, text in ACTIONS.items()}
    _train_arguments(parsers["train"])
    _render_arguments(parsers["render"])
    _eval_arguments(parsers["eval"])
    _export_arguments(parsers["export"])
    _dataset_arguments(parsers["dataset"])


def add_parser(subparsers: Any) -> None:
    """`nerf` as a subcommand of a parser that has subcommands."""
    add_arguments(subparsers.add_parser("nerf", help="posed pictures to new views and a mesh"))


def run(arguments: argparse.Namespace) -> int:
    """Do the chosen action."""
    return {"train": _train, "render": _render, "eval": _eval, "export": _export, "dataset": _dataset}[
        arguments.action
    ](arguments)


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", metavar="DATA", help="folder or json: Blender, Instant-NGP, nerfstudio, LLFF, COLMAP")
    parser.add_argument("-o", "--output", metavar="RUN", required=True, help="folder to write")
    add_flags(parser, NerfConfig)
    parser.add_argument("--set", action="append", metavar="key=value", help="any option of the model, such as fine=160")
    parser.add_argument("--config", metavar="F.toml", help="settings from a file; flags win over it")
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run")
    _common(parser)


def _render_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="folder of a trained run")
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="folder for the pictures")
    parser.add_argument("--split", help="train, val or test views (default test)")
    parser.add_argument("--path", metavar="orbit|spiral", help="a camera path instead of a split")
    parser.add_argument("--frames", type=int, default=60, help="frames of the path (default 60)")
    parser.add_argument("--width", type=int, help="pixels across (default: the training pictures')")
    parser.add_argument("--depth", action="store_true", help="depth maps too, as PNG and .npy")
    parser.add_argument("--video", metavar="OUT.mp4", help="all views as a video: .mp4, .webm or .gif")
    parser.add_argument("--fps", type=int, default=24, help="frames a second (default 24)")
    _common(parser)


def _eval_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="folder of a trained run")
    parser.add_argument("--split", default="test", help="train, val or test (default test)")
    parser.add_argument("--data", metavar="DATA", help="the dataset, where it has moved since the training")
    _common(parser)


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="folder of a trained run")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="file to write: .ply .glb .obj …")
    add_flags(parser, ExtractionConfig)
    parser.add_argument("--points", action="store_true", help="a point cloud (.ply) instead of a mesh")
    parser.add_argument("--count", type=int, default=200_000, help="points of the cloud (default 200000)")
    _common(parser)


def _dataset_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mesh", metavar="MESH", help="OBJ, PLY, STL, OFF, GLB, GLTF or 3MF")
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="folder to write")
    add_flags(parser, DatasetConfig)
    _common(parser)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace files that are not ours")
    parser.add_argument("--json", action="store_true", help="the report as one JSON object on stdout")
    parser.add_argument("--quiet", action="store_true", help="no progress, no notes, no table")


def _train(arguments: argparse.Namespace) -> int:
    config, options = _training_settings(settings_of(arguments, names(NerfConfig)))
    from shapefield.cli.progress import follow
    from shapefield.nerf.pipeline import NerfJob, train

    job = NerfJob(
        Path(arguments.data), Path(arguments.output), options, arguments.force, arguments.resume, started=STARTED
    )
    result = follow(train(job, config), arguments.quiet)
    report = {"run": result.run, "heldout": result.report, "output": str(arguments.output)}
    lines = [f"{config.model}: {result.run['steps_done']} steps in {result.run['training_seconds']:.1f} s"]
    _say(arguments, report, [*lines, *_figures(result.report), f"  written            {arguments.output}"])
    return 0


def _training_settings(settings: dict[str, Any]) -> tuple[NerfConfig, dict[str, Any]]:
    """Flat settings → the run's config and the model's own options, checked."""
    own = {k: parsed(NerfConfig, k, v) for k, v in settings.items() if k in names(NerfConfig)}
    config = NerfConfig(**own)
    kind = options_of(config.model)
    options = {}
    for name, value in settings.items():
        if name in own:
            continue
        if name not in names(kind):
            raise UsageError(f"{name}: expected an option of {config.model}, one of {', '.join(names(kind))}")
        options[name] = parsed(kind, name, value)
    if config.steps is not None and config.budget is not None:
        raise UsageError("steps, budget: expected one of the two, got both: leave one out")
    kind(**options)
    return config, options


def _render(arguments: argparse.Namespace) -> int:
    from shapefield.cli.progress import follow

    if arguments.path is not None and arguments.split is not None:
        raise UsageError("split, path: expected one of the two, got both: leave one out")
    if arguments.path not in (None, "orbit", "spiral"):
        raise UsageError(f"path: expected orbit or spiral, got {arguments.path!r}")
    written = follow(_render_job(arguments), arguments.quiet)
    _say(arguments, {"files": [str(p) for p in written]}, [f"{len(written)} files in {arguments.output}"])
    return 0


def _render_job(arguments: argparse.Namespace) -> Generator:
    from shapefield.events import Done, Stage
    from shapefield.nerf import datasets, paths
    from shapefield.nerf.cameras import resized
    from shapefield.nerf.output import render_to
    from shapefield.nerf.result import load

    yield Stage("load")
    result = load(arguments.run)
    scene = datasets.read(result.source)
    if arguments.path is None:
        views = scene.split(arguments.split or "test")
        cameras, given = [v.camera for v in views], [v.name for v in views]
    else:
        make = paths.orbit if arguments.path == "orbit" else paths.spiral
        around = result.similarity.center if arguments.path == "orbit" or result.bounded else None
        cameras = [v.camera for v in scene.train]
        cameras = make(cameras, paths.meeting_point(cameras) if around is None else around, arguments.frames)
        given = None
    if not cameras:
        raise UsageError(f"split: expected views in {arguments.split or 'test'}, got none: choose another split")
    if given is not None and len(set(given)) < len(given):
        given = None
    sized = []
    for camera in cameras:
        width = arguments.width or max(1, round(camera.width / result.downscale))
        sized.append(resized(camera, width, max(1, round(width * camera.height / camera.width))))
    video = Path(arguments.video) if arguments.video else None
    written = yield from render_to(
        result, sized, Path(arguments.output), given, arguments.depth, video, arguments.fps, arguments.force
    )
    yield Done(written)


def _eval(arguments: argparse.Namespace) -> int:
    from shapefield.cli.progress import follow

    report = follow(_eval_job(arguments), arguments.quiet)
    _say(arguments, report, _figures(report, every=True))
    return 0


def _eval_job(arguments: argparse.Namespace) -> Generator:
    from shapefield.events import Done, Stage
    from shapefield.nerf import datasets
    from shapefield.nerf.evaluation import evaluate
    from shapefield.nerf.result import load

    yield Stage("load")
    result = load(arguments.run)
    scene = datasets.read(arguments.data or result.source)
    views = scene.split(arguments.split)
    if not views:
        raise UsageError(f"split: expected views in {arguments.split}, got none: choose another split")
    yield Stage("report", f"{len(views)} views")
    report = yield from evaluate(result, scene, views)
    yield Done(report)


def _export(arguments: argparse.Namespace) -> int:
    own = settings_of(arguments, names(ExtractionConfig))
    config = ExtractionConfig(**{k: parsed(ExtractionConfig, k, v) for k, v in own.items()})
    from shapefield.cli.progress import follow
    from shapefield.files import check_replaceable
    from shapefield.mesh.writing import check_suffix

    if arguments.points and Path(arguments.output).suffix.lower() != ".ply":
        raise UsageError(f"{arguments.output}: expected a .ply file for points: change the suffix")
    check_suffix(arguments.output)
    check_replaceable(arguments.output, arguments.force)
    made = follow(_export_job(arguments, config), arguments.quiet)
    report = {"output": str(arguments.output), "vertices": len(made.vertices), "faces": len(made.faces)}
    text = f"{arguments.output}: {len(made.vertices):,} vertices, {len(made.faces):,} faces"
    _say(arguments, report, [text])
    return 0


def _export_job(arguments: argparse.Namespace, config: ExtractionConfig) -> Generator:
    from shapefield.events import Done, Notice, Stage
    from shapefield.mesh.writing import write
    from shapefield.nerf import export
    from shapefield.nerf.cloud import write_cloud
    from shapefield.nerf.result import load

    yield Stage("load")
    result = load(arguments.run)
    yield Stage("surface", f"{config.resolution}³")
    if arguments.points:
        made = yield from export.points(result, config, arguments.count)
        write_cloud(made, Path(arguments.output))
    else:
        made = yield from export.mesh(result, config)
        for notice in write(made, arguments.output, arguments.force):
            yield Notice(notice)
    yield Done(made)


def _dataset(arguments: argparse.Namespace) -> int:
    own = settings_of(arguments, names(DatasetConfig))
    config = DatasetConfig(**{k: parsed(DatasetConfig, k, v) for k, v in own.items()})
    from shapefield.cli.progress import follow

    follow(_dataset_job(arguments, config), arguments.quiet)
    report = {"output": str(arguments.output)} | dataclasses.asdict(config)
    _say(arguments, report, [f"{arguments.output}: {config.views} training views of {config.size}x{config.size}"])
    return 0


def _dataset_job(arguments: argparse.Namespace, config: DatasetConfig) -> Generator:
    from shapefield.events import Done, Notice, Stage
    from shapefield.mesh.reading import read
    from shapefield.nerf import photographs, synthetic

    yield Stage("load")
    mesh = read(arguments.mesh)
    for line in mesh.notices:
        yield Notice(line)
    make = photographs.make if config.photo else synthetic.make
    folder = yield from make(mesh, Path(arguments.output), config, arguments.force)
    yield Done(folder)


def _figures(report: dict[str, Any], every: bool = False) -> list[str]:
    if not report.get("count"):
        return ["  no held-out views"]
    lines = []
    if every:
        lines += [f"  {row['name']:24} {row['psnr']:6.2f} dB" for row in report["views"]]
    line = f"  held out           {report['psnr']:.2f} dB"
    line += f", SSIM {report['ssim']:.4f}" if report.get("ssim") is not None else ""
    line += f", depth error {report['depth_error']:.3g}" if report.get("depth_error") is not None else ""
    return [*lines, f"{line} ({report['count']} views of {report['size']})"]


def _say(arguments: argparse.Namespace, report: dict[str, Any], lines: list[str]) -> None:
    if arguments.json:
        sys.stdout.write(json.dumps(report) + "\n")
    elif not arguments.quiet:
        sys.stdout.write("\n".join(lines) + "\n")
