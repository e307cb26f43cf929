"""Questions about the radiance field that this process holds, in training or trained: what a camera sees."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import numpy as np

from shapefield_gui.children.shading import viridis
from shapefield_gui.nerf.children.records import Compare, Compared, Looked, RenderQuestion


class _Held:
    """What can be looked at. step : of the training"""

    def __init__(self) -> None:
        self._owner: Any = None
        self.step = 0
        self._scenes: dict[str, Any] = {}
        self._truth: dict[tuple[int, int], Any] = {}

    def take(self, owner: Any) -> None:
        """A `Session`, whose result comes to be as it runs, or a `NerfResult`."""
        self._owner, self.step = owner, 0
        self._truth.clear()

    @property
    def result(self) -> Any:
        """The `NerfResult` as it stands, or None before training has begun."""
        return getattr(self._owner, "result", self._owner)

    def scene(self, source: str) -> Any:
        """A dataset, read once, its masks taken as the run takes them."""
        from shapefield.nerf import datasets
        from shapefield.nerf.datasets.masks import understood

        if source not in self._scenes:
            self._scenes = {source: understood(datasets.read(source), self.result.config.masks)[0]}
        return self._scenes[source]

    def truth(self, source: str, index: int, side: int) -> Any:
        """Picture `index` of the dataset, at most `side` pixels along its longer edge, opened once."""
        from shapefield.nerf import scene

        if (index, side) not in self._truth:
            camera = self.scene(source).views[index].camera
            shrink = max(1.0, max(camera.width, camera.height) / side)
            self._truth[index, side] = scene.pixels(self.scene(source).views[index], shrink)
        return self._truth[index, side]


HELD = _Held()


def answer(question: Any) -> Generator[Any, None, None]:
    """Answer `RenderQuestion` and `Compare`; None where another question may cut in."""
    if HELD.result is None:
        return
    if isinstance(question, RenderQuestion):
        yield from _look(HELD.result, question)
    elif isinstance(question, Compare):
        yield from _compare(HELD.result, question)


def _look(result: Any, look: RenderQuestion) -> Generator[Looked | None, None, None]:
    from shapefield.nerf.views import progressive

    begun, factors = time.perf_counter(), iter(look.factors)
    for seen in progressive(result, look.camera, look.show == "normals", look.factors):
        if seen is None:
            yield None
            continue
        picture, span = coloured(seen, look.show, result)
        yield Looked(look.number, picture, next(factors), time.perf_counter() - begun, HELD.step, look.show, span)
        begun = time.perf_counter()


def coloured(seen: Any, show: str, result: Any) -> tuple[np.ndarray, tuple[float, float] | None]:
    """A `RenderedView` as (h, w, 4) uint8 premultiplied, and the span of its depth colours, near bright."""
    opacity = np.clip(seen.opacity, 0.0, 1.0)
    span = None
    if show == "colour":
        sky = result.surroundings.sky is not None
        alpha = np.ones_like(opacity) if sky else opacity
        rgb = seen.rgb - (1.0 - alpha[..., None]) * result.backdrop
    elif show == "depth":
        alpha = opacity
        hit = (opacity > 0.5) & (seen.depth > 0)
        share = np.zeros_like(opacity)
        if hit.any():
            near, far = (float(v) for v in np.percentile(seen.depth[hit], [1.0, 99.0]))
            far = max(far, near + 1e-9)
            span, share = (near, far), 1.0 - np.clip((seen.depth - near) / (far - near), 0.0, 1.0)
        alpha = np.where(hit, alpha, 0.0)
        rgb = viridis(share).astype(np.float32) / 255.0 * alpha[..., None]
    elif show == "opacity":
        alpha, rgb = np.ones_like(opacity), np.repeat(opacity[..., None], 3, axis=2)
    else:
        alpha = opacity
        rgb = (seen.normals * 0.5 + 0.5) * alpha[..., None]
    out = np.concatenate([np.minimum(np.clip(rgb, 0.0, 1.0), alpha[..., None]), alpha[..., None]], axis=2)
    return (out * 255.0 + 0.5).astype(np.uint8), span


def _compare(result: Any, question: Compare) -> Generator[Any, None, None]:
    from shapefield.nerf.evaluation import preview

    opened = HELD.truth(question.source, question.index, question.side)
    yield None
    name = HELD.scene(question.source).views[question.index].name
    yield Compared(question.index, preview(result, opened, HELD.step, name))
