"""From opened pictures to a radiance field that is ready to be trained on them: frame, model, pool, task."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from shapefield.errors import UsageError
from shapefield.events import Event, Notice, Stage
from shapefield.machine.devices import choose
from shapefield.methods import method, of_kind
from shapefield.nerf.config import NerfConfig, options_for
from shapefield.nerf.contradictions import contradicting
from shapefield.nerf.forecasting import require_training
from shapefield.nerf.framing import ModelFrame, frame_of
from shapefield.nerf.models import build
from shapefield.nerf.ray_source import RaySource
from shapefield.nerf.result import NerfResult
from shapefield.nerf.scene import Pixels, Scene
from shapefield.nerf.task import NerfTask, SceneAppearance
from shapefield.nerf.visibility import in_two_views
from shapefield.training.loop import TrainingPlan

FREE = ("steps", "horizon", "budget", "device", "preview_every", "checkpoint_every", "downscale")
"""Settings that may differ when a run is resumed (the working scale itself and the chosen device may not)."""


MANY = 8
"""Training views from which on matter is learnt only where two of them can refute it."""


@dataclasses.dataclass(frozen=True, eq=False)
class Untrained:
    """A fresh radiance field, and what it is trained on and by; `plan` lacks its steps."""

    scene: Scene
    result: NerfResult
    task: NerfTask
    plan: TrainingPlan
    identity: dict[str, Any]


def untrained(
    config: NerfConfig, given: dict[str, Any], source: str, scene: Scene, opened: Sequence[Pixels], scale: float
) -> Generator[Event, Any, Untrained]:
    """Find the frame, and make model, pool and task.

    given  : the model's own options by name;  source : the dataset's path
    opened : the training pictures at 1/scale of their size
    Raises UsageError for settings that do not go together, ResourceError without the device or the memory.
    """
    if any(v.mask is not None for v in scene.train):
        config = dataclasses.replace(config, masks="silhouette" if any(v.silhouette for v in scene.train) else "ignore")
    device = choose(config.device)
    options = options_for(config, given, device)
    yield Stage("frame", f"{len(opened)} views")
    frame = frame_of(scene, opened)
    yield Notice(frame.reason)
    if (line := contradicting(scene, opened, frame)) is not None:
        yield Notice(line)
    has_alpha = any(p.alpha8 is not None for p in opened)
    background = _background(config.background, has_alpha, frame)
    bends = method(config.model, "radiance").can.unbounded
    if config.contraction == "on" and not bends:
        able = " or ".join(name for name, entry in of_kind("radiance").items() if entry.can.unbounded)
        raise UsageError(f"contraction: expected {able}, got {config.model}: leave it out")
    contracted = _switch(config.contraction, not frame.bounded and bends)
    if not frame.bounded and not contracted:
        yield Notice("what lies outside the box is taken for sky")
    rays = config.rays or options.rays
    if device == "cpu":
        require_training(options, rays, frame.bounded and not contracted)
    cells = None if contracted else frame.cells
    matter = cells
    if not frame.bounded and bends and len(opened) >= MANY:
        matter = in_two_views([p.camera for p in opened], frame.similarity, contracted)
    field = build(config.model, options, cells=matter, contracted=contracted, seed=config.seed).to(device)
    exposures = len(opened) if _switch(config.exposure, not has_alpha) else 0
    surroundings = SceneAppearance(background == "learned", exposures).to(device)
    heldout = {f"{k} {view.name}": view for k, view in enumerate(scene.split("test"))}
    digest, name = pictures_hash(scene, opened), Path(source).name
    pool = RaySource(opened, frame.similarity, device, cells, name, digest, heldout)
    colours = {"white": torch.ones(3, device=device), "black": torch.zeros(3, device=device)}
    task = NerfTask(field, surroundings, pool, rays, colours.get(background, background), config.seed)
    result = NerfResult(
        field,
        surroundings,
        frame.similarity,
        config,
        options,
        source,
        frame.bounded,
        contracted,
        scale,
        device,
        tuple(p.camera for p in opened),
    )
    plan = TrainingPlan(1000, config.rate or options.rate, schedule="exponential", seed=config.seed, device=device)
    identity = {
        "config": {k: v for k, v in dataclasses.asdict(config).items() if k not in FREE},
        "options": dataclasses.asdict(options),
        "scale": scale,
        "device": device,
    }
    return Untrained(scene, result, task, plan, identity)


def pictures_hash(scene: Scene, opened: Sequence[Pixels]) -> str:
    """SHA-256, 16 hex digits, of everything that is learnt from: names, cameras, colours, alpha and masks."""
    digest = hashlib.sha256()
    for view, picture in zip(scene.train, opened, strict=True):
        camera = dataclasses.asdict(picture.camera)
        digest.update(camera.pop("pose").tobytes() + repr((view.name, camera)).encode())
        for array in (picture.rgb8, picture.alpha8, picture.valid):
            digest.update(b"-" if array is None else np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def _background(asked: str, has_alpha: bool, frame: ModelFrame) -> str:
    if asked != "auto":
        return asked
    return "random" if has_alpha else ("white" if frame.bounded else "learned")


def _switch(value: str, automatic: bool) -> bool:
    return automatic if value == "auto" else value == "on"
