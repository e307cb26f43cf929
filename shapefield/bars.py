"""A job's stages as live bars, on a terminal or in a notebook: what the command line shows, and `progress=True`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shapefield.escaping import visible
from shapefield.events import Done, Event, Notice, Progress, Stage

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def bars(console: Console) -> Iterator[Callable[[Event], None]]:
    """Within, what is called with every event draws it."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    columns = (
        TextColumn("{task.description:<10}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Bars(*columns, console=console, transient=False) as shown_bars:
        shown: dict[str, Any] = {}

        def show(event: Event) -> None:
            if isinstance(event, Stage):
                for task in shown.values():
                    shown_bars.update(task, total=1, completed=1)
                    shown_bars.stop_task(task)
                shown[event.name] = shown_bars.add_task(event.name, total=None, detail=visible(event.detail))
            elif isinstance(event, Progress) and event.stage in shown:
                task = shown[event.stage]
                shown_bars.update(task, total=event.total, completed=event.done, detail=_detail(event))
            elif isinstance(event, Notice):
                console.print(Text.assemble(("note: ", "yellow"), visible(event.message)))
            elif isinstance(event, Done):
                for task in shown.values():
                    shown_bars.update(task, total=1, completed=1)

        yield show


def _detail(event: Progress) -> str:
    if event.stage != "training":
        return visible(event.detail)
    loss = sum(event.losses.values())
    rate = f"{event.rate:.0f}/s" if event.rate else ""
    return f"step {event.done:.0f} of {event.total or 0:.0f}  {rate}  loss {loss:.2e}"
