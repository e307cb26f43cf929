"""`shapefield image fit|render|inpaint|compress|gradient`: pictures as fields."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_flags, again, settings_of
from shapefield.cli.outputs import add_force, add_out_dir, made_folder, require_free
from shapefield.cli.outputs import place as output_place
from shapefield.cli.parser import Parser
from shapefield.cli.tables import size
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.errors import UsageError
from shapefield.events import counted
from shapefield.lab.recipes import PictureConfig
from shapefield.machine.memory import require_libraries
from shapefield.settings import names, with_options
from shapefield.storage.files import lock

ACTIONS = {
    "fit": "fit a field to a picture",
    "render": "the picture in a field, at any size",
    "inpaint": "fill what a mask hides",
    "compress": "a picture in so many bytes, beside a JPEG of the same",
    "gradient": "gradient magnitude and Laplacian of a fitted picture, analytic",
}


def add_arguments(parser: Parser) -> None:
    """The five actions and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    found = {name: actions.add_parser(name, help=text, description=text) for name, text in ACTIONS.items()}
    for name in ("fit", "inpaint", "compress"):
        found[name].add_argument(
            "picture", metavar="PICTURE", type=source, help="PNG, JPEG, WebP, TIFF …, or sample:camera"
        )
        found[name].add_argument("--method", default="siren", metavar="M", help="a method for pictures (default siren)")
        add_flags(found[name], PictureConfig, "the fit")
        found[name].add_argument("--set", action="append", metavar="key=value", help="an option, such as omega=20")
        found[name].resolve = _resolved
        found[name].add_argument("--resume", action="store_true", help="continue an interrupted run")
    for name in ("render", "gradient"):
        found[name].add_argument("field", metavar="FIELD", type=source, help="what image fit or compress wrote")
        found[name].add_argument("--scale", type=float, default=1.0, help="times the picture's own size (default 1)")
    found["inpaint"].add_argument(
        "--mask", metavar="M", required=True, type=source, help="picture: white is hidden, black is known"
    )
    found["compress"].add_argument("--bytes", type=int, required=True, help="bytes of the file, at most")
    found["compress"].add_argument("--bits", type=int, default=8, help="bits a weight, 4 to 16 (default 8)")
    outputs = {
        "fit": ("FIELD", "field to write (default NAME.field)"),
        "render": ("OUT.png", "picture to write"),
        "inpaint": ("OUT.png", "picture to write (default NAME.inpainted.png)"),
        "compress": ("FIELD", "field to write (default NAME.small.field)"),
        "gradient": ("STEM", "STEM.gradient.png, STEM.laplacian.png and STEM.npz are written (default the field's)"),
    }
    for name, (metavar, text) in outputs.items():
        found[name].add_argument("-o", "--output", metavar=metavar, required=name == "render", type=target, help=text)
        if name != "render":
            add_out_dir(found[name], "the field's folder" if name == "gradient" else "the working directory")
        add_force(found[name])
        add_voice(found[name])


def run(arguments: argparse.Namespace) -> int:
    """Do the chosen action."""
    require_libraries()
    actions = {"fit": _fit, "render": _render, "inpaint": _inpaint, "compress": _compress, "gradient": _gradient}
    report = actions[arguments.action](arguments)
    voice.report(report, _lines(report))
    return 0


def _settings(arguments: argparse.Namespace) -> tuple[PictureConfig, dict[str, Any]]:
    """The training's settings, and the method's options, parsed by its dataclass."""
    from shapefield.methods import method

    given = settings_of(arguments, names(PictureConfig))
    return with_options(PictureConfig, given, lambda _: method(arguments.method))


def _resolved(arguments: argparse.Namespace) -> dict[str, Any]:
    config, options = _settings(arguments)
    from shapefield.lab.recipes import resolved

    return {"method": arguments.method} | resolved(arguments.method, config, options)


def _read(arguments: argparse.Namespace) -> Any:
    from shapefield.lab.pictures import read_picture

    picture = read_picture(arguments.picture)
    for notice in picture.notices:
        voice.note(notice)
    return picture


def _trained(
    arguments: argparse.Namespace, place: Path, make: Callable[[Any], Any], write: Callable[[Any], object]
) -> Any:
    """Drive the run that make(job) gives to its end, which is that write(what it found) has written `place`."""
    from shapefield.cli.progress import follow
    from shapefield.lab.picturefit import PictureJob

    command = again(arguments, "image", ("action", "picture"))
    run = make(PictureJob(place, write, command, arguments.resume, arguments.force, arguments.picture))
    return follow(run.events(), arguments.quiet, run.farewell)


def _fit(arguments: argparse.Namespace) -> dict[str, Any]:
    config, options = _settings(arguments)
    picture = _read(arguments)
    from shapefield.lab.picturefile import write_picture_field
    from shapefield.lab.picturefit import PictureRun
    from shapefield.lab.recipes import picture_method

    place = output_place(arguments, arguments.output, f"{picture.name}.field")
    require_free([place], arguments, arguments.picture)
    found = _trained(
        arguments,
        place,
        lambda job: PictureRun(*picture_method(arguments.method, options), picture, config, job=job),
        lambda found: write_picture_field(found, place, arguments.force, arguments.picture),
    )
    return _report(found) | {"bytes": place.stat().st_size, "files": [str(place)]}


def _report(found: Any) -> dict[str, Any]:
    height, width = found.size
    head = {"name": found.name, "method": found.method.name, "width": width, "height": height}
    return head | {"channels": found.channels} | found.report | {"run": found.run}


def _render(arguments: argparse.Namespace) -> dict[str, Any]:
    from shapefield.lab.picturefile import read_picture_field
    from shapefield.lab.pictures import check_picture_place, write_picture

    check_picture_place(arguments.output)
    require_free([arguments.output], arguments, arguments.field)
    found = read_picture_field(arguments.field)
    with lock(arguments.output):
        pixels = found.render(_scale(arguments.scale, found.size))
        write_picture(pixels, arguments.output, arguments.force, arguments.field)
    return {"name": found.name, "method": found.method.name, "width": pixels.shape[1], "height": pixels.shape[0]} | {
        "files": [arguments.output]
    }


def _scale(scale: float, own: tuple[int, int]) -> float:
    if not 0.0 < scale < float("inf") or scale * scale * own[0] * own[1] > 1e8:
        raise UsageError(f"scale: expected above 0 and at most 100 million pixels, got {scale:g}")
    return scale


def _inpaint(arguments: argparse.Namespace) -> dict[str, Any]:
    config, options = _settings(arguments)
    picture = _read(arguments)
    from shapefield.lab.inpainting import filled
    from shapefield.lab.picturefit import PictureRun
    from shapefield.lab.pictures import check_picture_place, read_picture, write_picture
    from shapefield.lab.recipes import picture_method

    place = output_place(arguments, arguments.output, f"{picture.name}.inpainted.png")
    check_picture_place(place)
    given = (arguments.picture, arguments.mask)
    require_free([place], arguments, given)
    known = read_picture(arguments.mask).pixels.mean(axis=2) < 0.5
    found = _trained(
        arguments,
        place,
        lambda job: PictureRun(*picture_method(arguments.method, options), picture, config, known, job=job),
        lambda found: write_picture(filled(found, picture, known), place, arguments.force, given),
    )
    return _report(found) | {"hidden": float(1 - known.mean()), "files": [str(place)]}


def _compress(arguments: argparse.Namespace) -> dict[str, Any]:
    config, options = _settings(arguments)
    if not 4 <= arguments.bits <= 16:
        raise UsageError(f"bits: expected 4 to 16, got {arguments.bits}")
    picture = _read(arguments)
    from shapefield.lab.compression import compression
    from shapefield.lab.picturefile import write_picture_field

    place = output_place(arguments, arguments.output, f"{picture.name}.small.field")
    require_free([place], arguments, arguments.picture)
    found = _trained(
        arguments,
        place,
        lambda job: compression(picture, arguments.bytes, arguments.method, config, options, arguments.bits, job),
        lambda found: write_picture_field(found, place, arguments.force, arguments.picture),
    )
    return _report(found) | {"files": [str(place)]}


def _gradient(arguments: argparse.Namespace) -> dict[str, Any]:
    from shapefield.lab.gradients import derivative_places, write_derivatives
    from shapefield.lab.picturefile import read_picture_field

    found = read_picture_field(arguments.field)
    stem = arguments.output or str(Path(arguments.field).with_suffix(""))
    if arguments.out_dir and not arguments.output:
        stem = str(made_folder(arguments.out_dir) / Path(stem).name)
    require_free(derivative_places(stem), arguments, arguments.field)
    return write_derivatives(found, stem, _scale(arguments.scale, found.size), arguments.force, arguments.field)


def _lines(report: dict[str, Any]) -> list[str]:
    lines = [f"{report['name']}: {report['method']}, {report['width']} x {report['height']} pixels"]
    if "psnr" in report:
        lines.append(f"  PSNR               {report['psnr']:>12.2f} dB{_ssim(report['ssim'])}")
    if "psnr_hidden" in report:
        lines.append(f"  hidden pixels      {report['psnr_hidden']:>12.2f} dB   {100 * report['hidden']:.1f} % hidden")
    if "bytes" in report:
        rest = f"   {report['bits_per_pixel']:.3f} bits a pixel" if "bits_per_pixel" in report else ""
        lines.append(f"  file               {size(report['bytes']):>12}{rest}")
    if "jpeg" in report:
        jpeg = report["jpeg"]
        text = "none that small" if jpeg is None else f"{jpeg['psnr']:>12.2f} dB{_ssim(jpeg['ssim'])}"
        lines.append(f"  JPEG at the same   {text}" + (f"   quality {jpeg['quality']}" if jpeg else ""))
    for name in ("gradient", "laplacian"):
        if name in report:
            lines.append(f"  {name:18} mean {report[name]['mean']:.4g}, largest {report[name]['max']:.4g} a pixel")
    if "run" in report:
        run = report["run"]
        took = f"{run['seconds']:.1f} s, {counted(report['parameters'], 'weight')}"
        lines.append(f"  training           {counted(run['steps'], 'step'):>18}, {took}")
    lines += [f"  note               {report['note']}"] if "note" in report else []
    return [*lines, f"  written            {', '.join(report['files'])}"]


def _ssim(value: float | None) -> str:
    return "" if value is None else f"   SSIM {value:.4f}"
