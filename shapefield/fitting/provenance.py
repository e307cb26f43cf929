"""What a run was made of: everything a resumed run must share, the command that repeats it."""

from __future__ import annotations

import dataclasses
import hashlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.config import FitConfig, to_argv
from shapefield.methods import DEFAULT, plugins

if TYPE_CHECKING:
    from shapefield.fitting.job import Job


def identity_of(config: FitConfig, options: Any, preset: str, device: str, backend: str) -> dict[str, Any]:
    """Everything but the input that decides the bits of a run; plain JSON."""
    from shapefield.nn.gridlookup import kernel

    training = dataclasses.asdict(config.training)
    for name in ("steps", "horizon", "budget", "checkpoint_every", "device"):
        training.pop(name)
    if config.training.init is not None:
        training["init"] = hashlib.sha256(Path(config.training.init).read_bytes()).hexdigest()
    return {
        "method": config.method,
        "preset": preset,
        "options": dataclasses.asdict(options),
        "solid": dataclasses.asdict(config.solid),
        "sampling": dataclasses.asdict(config.sampling),
        "training": training,
        "device": device,
        "kernel": kernel(device.split(":")[0]),
        "distances": backend,
    }


def origin_of(job: Job, config: FitConfig) -> dict[str, Any]:
    """Where a run came from, so that another program can go on with it: its mesh file, and its settings.

    settings : flat, what differs from the defaults, as `settings.fit_config` takes them; the source is None for a
    shape that came from no file
    """
    path = job.shape.path
    settings: dict[str, Any] = {"method": config.method, "preset": config.preset, **config.options}
    for stage in (config.solid, config.sampling, config.training, config.extraction, config.gates):
        for entry in dataclasses.fields(stage):
            if (value := getattr(stage, entry.name)) != entry.default:
                settings[entry.name] = value
    return {"source": path and str(path.resolve()), "settings": settings}


def command_of(job: Job, config: FitConfig, steps: int | None, threads: int | None = None) -> str:
    """The `shapefield fit` line that does this again; with `steps`, and unusual `threads`, exactly so."""
    shape = job.shape
    source = shape.name if shape.path is None else str(shape.path)
    words = ["shapefield", "fit", source]
    if job.mesh is not None and str(job.mesh) != f"{Path(source).stem}.shapefield.ply":
        words += ["-o", str(job.mesh)]
    if job.field is not None and str(job.field) != f"{Path(source).stem}.field":
        words += ["--field", str(job.field)]
    words += ["--method", config.method] if config.method != DEFAULT else []
    words += [word for told in plugins.files_of("shape", config.method) for word in ("--plugin", told)]
    words += ["--preset", config.preset] if config.preset != "auto" else []
    words += to_argv(config.options, config.options)
    fixed = {"steps", "budget"} if steps is not None else set()
    for stage in (config.solid, config.sampling, config.training, config.extraction, config.gates):
        words += to_argv({name: value for name, value in stage.differing.items() if name not in fixed})
    words += to_argv({"steps": steps})
    words += ["--floor"] if config.floor else []
    return (f"OMP_NUM_THREADS={threads} " if threads is not None else "") + shlex.join(words)
