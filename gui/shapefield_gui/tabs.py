"""The tabs of the window. A new one is one line in TABS and a class derived from `Page`.

The class is imported when the window is built, and only if its module is there, so a tab whose module is not
installed is not shown. Import nothing heavy at the module's top: do that in `after_paint`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QSettings
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from shapefield_gui.theme import Theme, Themes
    from shapefield_gui.widgets.tour import TourStep


@dataclass(frozen=True, slots=True)
class Tab:
    """name : for settings;  title : on the tab;  place : "module:class" of a `Page`"""

    name: str
    title: str
    place: str


TABS = (
    Tab("shape", "Shape", "shapefield_gui.shape.page:ShapePage"),
    Tab("nerf", "NeRF scene", "shapefield_gui.nerf.page:NerfPage"),
    Tab("lab", "Lab", "shapefield_gui.lab.page:LabPage"),
    Tab("family", "Family", "shapefield_gui.family.page:FamilyPage"),
)


def _nobody(*_: object) -> None:
    """A page outside of a window has nobody to tell."""


@dataclass
class Services:
    """What the window gives every page.

    say(text, kind, details, buttons) : a notice in the page's tab, see `Notices.say`; what is returned takes it back
    show_device(text) : the corner's text
    open(path) : give a file to the tab that takes it
    take_mesh(path, source, method) : a mesh was taken out of a scene: the tab of results keeps and shows it
    turn_to(path, title) : another file is open in the page's tab: notices of the one before leave
    progress(share, runs) : whether the page's tab runs something, and how far that is, 0..1 or None
    ended(text) : a run ended; who looks at another program is told so
    """

    themes: Themes
    settings: QSettings
    say: Callable[..., Callable[[], None]]
    show_device: Callable[[str], None]
    open: Callable[[str], None]
    turn_to: Callable[..., None] = _nobody
    progress: Callable[..., None] = _nobody
    ended: Callable[..., None] = _nobody
    take_mesh: Callable[[str, str, str], None] = _nobody


class Page(QMainWindow):
    """A tab's content: a main window of its own inside the window, so that each tab has its own docks."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services

    def menus(self) -> dict[str, list[QAction | None]]:
        """Entries by menu ("File", "Edit", "View", "Run"); None is a separator."""
        return {}

    def open_paths(self, paths: list[str]) -> None:
        """Open files that it takes."""

    def take_mesh(self, path: str, source: str, method: str) -> bool:
        """Keep and show a mesh that was taken out of a scene; whether this is the tab that does."""
        return False

    def tour(self) -> list[TourStep]:
        """The steps of a first tour; none for a tab without one."""
        return []

    def set_theme(self, theme: Theme) -> None:
        """The colours changed."""

    def after_paint(self) -> None:
        """The window is visible: now heavy things may be imported and children started."""

    def takes(self, path: str) -> bool:
        """Whether this page opens such a file."""
        return False

    def open_path(self, path: str) -> None:
        """Open a file that `takes` said yes to."""

    def portray(self, run: bool) -> bool:
        """Asked again and again for a picture of the window, until it says that all is shown. run : the run, too"""
        return True

    def may_close(self, then: Callable[[], None]) -> bool:
        """True to close at once; False after asking, and `then` is called when closing is all right."""
        return True

    def shut_down(self) -> None:
        """End children, threads and timers."""


def pages(services: Services) -> list[tuple[Tab, Page]]:
    """A page for every tab whose module is there."""
    found = []
    for tab in TABS:
        module, _, name = tab.place.partition(":")
        if not _present(module):
            continue
        kind: Any = getattr(importlib.import_module(module), name)
        own = replace(
            services,
            say=functools.partial(services.say, owner=tab.name),
            turn_to=functools.partial(services.turn_to, tab.name),
            progress=functools.partial(services.progress, tab.name),
            ended=functools.partial(services.ended, tab.name),
        )
        found.append((tab, kind(own)))
    return found


def _present(module: str) -> bool:
    package = module.rpartition(".")[0]
    return importlib.util.find_spec(package) is not None and importlib.util.find_spec(module) is not None
