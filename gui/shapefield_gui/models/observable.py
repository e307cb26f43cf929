"""Whoever listens to a model is told of its changes. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

_What = ParamSpec("_What")


class Observable(Generic[_What]):
    """Base of the models; `_What` is what listeners are called with, nothing for most."""

    def __init__(self) -> None:
        self._listeners: list[Callable[_What, object]] = []

    def listen(self, listener: Callable[_What, object]) -> None:
        """Call `listener` after every change, in the order in which they came."""
        self._listeners.append(listener)

    def tell(self, *what: _What.args, **more: _What.kwargs) -> None:
        """Something changed."""
        for listener in self._listeners:
            listener(*what, **more)
