"""When a run may be looked at, so that the looking takes no more than its share."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import Any

from shapefield.events import Event
from shapefield.training.terms import Terms


class Previews:
    """Decides between steps when a preview is due, by what the last one cost."""

    def __init__(self, terms: Terms) -> None:
        self.share, self.every = terms.preview_share, terms.preview_every
        self.shown_at, self.cost = -math.inf, 0.0

    def wait(self, cost: float = 0.0) -> None:
        """One was shown just now, by other means, and the next is expected to cost so many seconds."""
        self.shown_at, self.cost = time.perf_counter(), cost

    def due(self) -> bool:
        """Whether the share of the time that previews may take has room for another."""
        rest = max(self.every, self.cost * (1 - self.share) / self.share) if self.share else math.inf
        return time.perf_counter() - self.shown_at >= rest

    def taken(self, preview: Any, step: int) -> Generator[Event, Any, None]:
        """preview(step), if there is something to show; what looking took counts either way."""
        begun = time.perf_counter()
        found = preview(step)
        if found is not None:
            yield found
        self.shown_at = time.perf_counter()
        self.cost = self.shown_at - begun
