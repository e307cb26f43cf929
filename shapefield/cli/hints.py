"""What a stranger types, and what it is called here: the remedy that an error of the command line ends with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from shapefield.errors import UsageError, did_you_mean

ELSEWHERE: dict[str, tuple[str, ...]] = {
    "--steps": ("iterations", "iters", "iter", "epochs", "max-steps", "num-steps", "n-iters"),
    "--budget": ("time", "timeout", "seconds", "duration", "max-time", "minutes"),
    "--rate": ("lr", "learning-rate", "eta"),
    "--resolution": ("res", "grid", "voxels", "cells", "octree", "depth", "quality", "size"),
    "--samples": ("points", "num-samples", "num-points", "count"),
    "--batch": ("batch-size", "bs"),
    "--method": ("model", "network", "net", "arch", "architecture", "type"),
    "--model": ("method", "network"),
    "--output": ("out", "outfile", "save", "save-as", "dest", "destination"),
    "--out-dir": ("outdir", "output-dir", "out-folder", "folder", "directory"),
    "--device cuda": ("cuda", "gpu", "gpus"),
    "--device cpu": ("cpu", "no-cuda", "no-gpu"),
    "--device": ("backend",),
    "--force": ("overwrite", "yes", "clobber", "replace"),
    "--unit": ("units",),
    "--level": ("offset", "inflate", "iso", "isovalue", "isolevel", "threshold", "grow", "shell"),
    "--thicken": ("thickness", "wall", "solidify"),
    "--faces": ("decimate", "simplify", "reduce", "max-faces", "target-faces", "triangles"),
    "--quiet": ("silent", "no-progress"),
    "--verbose": ("debug", "trace", "traceback"),
    "--log-file": ("log", "logfile"),
    "--resume": ("continue", "restart", "checkpoint"),
    "--config": ("settings", "conf", "cfg", "toml"),
    "--preset": ("profile",),
    "--frames": ("n-frames", "num-frames"),
}
"""An option → how other programs call it."""

NOWHERE = {
    "threads": "set OMP_NUM_THREADS in the environment",
    "jobs": "set OMP_NUM_THREADS in the environment",
    "workers": "set OMP_NUM_THREADS in the environment",
    "format": "the suffix of the output's name decides the format",
    "input": "give the file as it is, without an option",
    "mesh": "give the file as it is, without an option",
    "file": "give the file as it is, without an option",
}
"""What needs no option, and what to do instead."""

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"}


def for_option(word: str, known: Iterable[str]) -> str:
    """ " (did you mean --steps?)" for an option that is not there, or nothing where no other is near."""
    known = list(known)
    name = word.lstrip("-").lower().replace("_", "-")
    begun = [option for option in known if len(name) > 1 and option.startswith(f"--{name}")]
    if len(begun) == 1:
        return f" (did you mean {begun[0]}?)"
    for option, names in ELSEWHERE.items():
        if name in names and option.split()[0] in known:
            return f" (did you mean {option}?)"
    if name in NOWHERE:
        return f" ({NOWHERE[name]})"
    return did_you_mean(word, known)


def for_command(word: str, commands: Iterable[str]) -> str:
    """What to type where `word` stands in a command's place: the command for that file, or the nearest command."""
    commands, path = list(commands), Path(word)
    suffix = path.suffix.lower()
    if suffix in PICTURES:
        what, remedy = "picture", f"shapefield image fit {word} fits a field to it"
    elif suffix in (".splat", ".spz"):
        what, remedy = "file", f"shapefield nerf render {word} -o VIEWS draws these splats"
    elif suffix == ".field":
        remedy = f"shapefield info {word} looks into it, shapefield extract {word} -o OUT.ply takes its surface out"
        what = "field"
    elif path.is_dir():
        what, remedy = "folder", f"shapefield nerf train {word} -o RUN learns posed pictures"
    elif suffix or path.exists():
        what, remedy = "file", f"shapefield fit {word} fits a mesh, shapefield info {word} looks into it"
    else:
        return f"expected one of {', '.join(commands)}, got {word!r}{did_you_mean(word, commands)}"
    return f"expected a command, got the {what} {word}: {remedy}"


def source(text: str) -> str:
    """The type of an argument that names a file to read. Raises UsageError for an address and for `-`."""
    if text == "-":
        raise UsageError("-: expected a file, got standard input: save it to a file, and name that")
    if "://" in text and not Path(text).exists():
        raise UsageError(f"{text}: expected a file, got an address: download it, and name the file")
    return text


def target(text: str) -> str:
    """The type of an argument that names a file to write. Raises UsageError for an address and for `-`."""
    if text == "-":
        raise UsageError("-: expected a file to write to, got standard output: name a file; --json prints the report")
    if "://" in text:
        raise UsageError(f"{text}: expected a file to write to, got an address: name a file of this machine")
    return text
