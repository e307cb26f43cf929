"""The window: tab bar, menus, notices, command palette, theme; the tabs' pages do the rest."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QPaintEvent
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QMenuBar,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from shapefield_gui import paths
from shapefield_gui.afar import Afar
from shapefield_gui.tabs import Page, Services, Tab, pages
from shapefield_gui.theme import STEP, Theme, Themes
from shapefield_gui.view.drops import paths_of
from shapefield_gui.widgets.about import show_about
from shapefield_gui.widgets.guide import Guide
from shapefield_gui.widgets.history import History
from shapefield_gui.widgets.keys import show_keys
from shapefield_gui.widgets.notices import Notices
from shapefield_gui.widgets.palette import Palette
from shapefield_gui.widgets.plain import PlainLabel
from shapefield_gui.widgets.tour import Tour

_TITLE_BAR = 40
"""Logical pixels that a window manager may put above the window."""
TOUR, SEEN = "tour", "seen"
"""The setting that remembers that the tour was shown."""
_MENUS = ("File", "Edit", "View", "Run", "Help")


def _listed(page: Page) -> list[tuple[str, QAction]]:
    """A page's commands with their menus' names, submenus left out."""
    entries = [(name, e) for name, found in page.menus().items() for e in found if e is not None]
    return [(name, e) for name, e in entries if e.menu() is None]


class Window(QMainWindow):
    """painted() once, after the first paint."""

    painted = pyqtSignal()

    def __init__(self, themes: Themes) -> None:
        super().__init__()
        self._size_to_screen()
        self.setAcceptDrops(True)
        self.themes = themes
        self.settings = paths.settings()
        themes.choose(str(self.settings.value("theme", "system")))
        body = QWidget()
        self.notices = Notices()
        self.device = PlainLabel("")
        self.device.setObjectName("quiet")
        self.afar = Afar(self, self._mark_tabs)
        services = Services(
            themes,
            self.settings,
            self.notices.say,
            self.device.setText,
            self.open_path,
            self._turn_to,
            self.afar.progress,
            self.afar.ended,
            self._take_mesh,
        )
        self.pages: list[Page] = []
        self.tabs_shown: list[Tab] = []
        self.tabs = QTabBar()
        self.tabs.setObjectName("tabs")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName("Tabs")
        self.stack = QStackedWidget()
        for tab, page in pages(services):
            self.tabs.addTab(tab.title)
            self.tabs_shown.append(tab)
            self.stack.addWidget(page)
            self.pages.append(page)
        self.tabs.currentChanged.connect(self._show_tab)
        self.notices.changed.connect(self._mark_tabs)
        self._place(body)
        self._own_actions()
        self._show_tab(0)
        themes.changed.connect(self._themed)
        self._themed(themes.current)
        if (geometry := self.settings.value("geometry")) is not None:
            self.restoreGeometry(geometry)
        self._painted = False
        self._may_close = False
        self._tour: Tour | None = None

    def _size_to_screen(self) -> None:
        """Three quarters of the screen, at least 1360 × 860 where there is room for that and for the title bar."""
        screen = self.screen()
        room = screen.availableSize() if screen is not None else QSize(1360, 860)
        width, height = (max(least, share * 3 // 4) for least, share in ((1360, room.width()), (860, room.height())))
        self.resize(min(width, room.width() - 8), min(height, room.height() - _TITLE_BAR))

    def _place(self, body: QWidget) -> None:
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(STEP // 2, 0, STEP * 3 // 2, 0)
        row.addWidget(self.tabs)
        row.addStretch()
        row.addWidget(self.device)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(body)
        for page in self.pages:
            middle = page.centralWidget()
            if isinstance(middle, QStackedWidget):
                middle.currentChanged.connect(lambda _: self._place_notices())

    def _place_notices(self) -> None:
        """Into the middle of the page that is shown, below its bar if it has one: the picture gives them room."""
        middle = self.page.centralWidget()
        if isinstance(middle, QStackedWidget):
            middle = middle.currentWidget()
        column = middle.layout() if middle is not None else None
        if isinstance(column, QVBoxLayout):
            first = column.itemAt(0)
            top = first.widget() if first is not None else None
            column.insertWidget(int(top is not None and top.objectName() == "bar"), self.notices)

    def _turn_to(self, tab: str, path: str, title: str) -> None:
        """Another file is open in a tab."""
        self.notices.turn_to(tab, path)
        self.afar.name(tab, title)

    def _mark_tabs(self) -> None:
        """A tab says how far its run is, and one that is not shown how many notices wait in it."""
        for k, tab in enumerate(self.tabs_shown):
            waiting = self.notices.unread(tab.name) if k != self.tabs.currentIndex() else 0
            marks = [self.afar.badge(tab.name), f"({waiting})" if waiting else ""]
            self.tabs.setTabText(k, "  ".join(filter(None, [tab.title, *marks])))
        shown = self.tabs_shown[max(0, self.tabs.currentIndex())] if self.tabs_shown else None
        self.setWindowTitle(self.afar.title(shown.name) if shown is not None else "shapefield")

    @property
    def page(self) -> Page:
        """The tab that is shown."""
        return self.pages[max(0, self.tabs.currentIndex())]

    # menus

    def _own_actions(self) -> None:
        def action(text: str, keys: str, do: Callable[[], object]) -> QAction:
            found = QAction(text, self)
            found.setShortcut(QKeySequence(keys))
            found.triggered.connect(lambda: do())
            return found

        self.palette_action = action("&Commands …", "Ctrl+Shift+P", self.show_palette)
        self.keys_action = action("&Keys", "F1", self.show_keys)
        self.notices_action = action("&Notices …", "Ctrl+Shift+N", self.show_history)
        self.about_action = action("&About shapefield", "Shift+F1", self.show_about)
        self.tour_action = action("A &tour of five steps", "Ctrl+Alt+F1", self.show_tour)
        self.guide_action = action("&Guide", "Ctrl+Shift+F1", self.show_guide)
        self._help_actions = [
            self.tour_action,
            self.guide_action,
            self.palette_action,
            self.keys_action,
            self.notices_action,
            self.about_action,
        ]
        self._tab_actions = [
            action("Ne&xt tab", "Ctrl+Tab", lambda: self._step_tab(1)),
            action("Pre&vious tab", "Ctrl+Shift+Tab", lambda: self._step_tab(-1)),
        ]
        self.addActions(self._tab_actions)  # menus come and go with the tabs
        self.quit_action = action("&Quit", "Ctrl+Q", self.close)
        self._theme_group = QActionGroup(self)
        self._theme_actions = []
        for name in ("system", "light", "dark"):
            entry = action(
                f"{name.capitalize()} colours", f"Ctrl+Alt+{name[0].upper()}", lambda n=name: self._choose_theme(n)
            )
            entry.setCheckable(True)
            entry.setChecked(name == self.themes.choice)
            self._theme_group.addAction(entry)
            self._theme_actions.append(entry)

    def _show_tab(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        self._place_notices()
        self.notices.show_those_of(self.tabs_shown[index].name)
        bar = QMenuBar(self)
        entries = self.page.menus()
        for name in _MENUS:
            menu = bar.addMenu(f"&{name}")
            if menu is None:
                continue
            for entry in entries.get(name, []):
                menu.addSeparator() if entry is None else menu.addAction(entry)
            self._add_own(name, menu)
        self.setMenuBar(bar)

    def _add_own(self, name: str, menu: QMenu) -> None:
        if name == "File":
            menu.addSeparator()
            menu.addAction(self.quit_action)
        elif name == "View":
            sub = QMenu("&Theme", menu)
            sub.addActions(self._theme_actions)
            menu.addMenu(sub)
            menu.addSeparator()
            menu.addActions(self._tab_actions)
        elif name == "Help":
            menu.addActions(self._help_actions)

    def _step_tab(self, by: int) -> None:
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % self.tabs.count())

    def show_history(self) -> None:
        """All that was said since the start."""
        History(self.notices.history, {tab.name: tab.title for tab in self.tabs_shown}, self).open()

    @property
    def commands(self) -> list[tuple[str, QAction]]:
        """Every action of the tab that is shown, with its menu's name."""
        own = [("File", self.quit_action), *(("View", e) for e in (*self._tab_actions, *self._theme_actions))]
        return _listed(self.page) + own + [("Help", e) for e in self._help_actions]

    def show_palette(self) -> None:
        """The commands of the tab that is shown, then those of the others: one of these brings its tab along."""
        self._palette().show()

    def _palette(self) -> Palette:
        others = [
            (f"{tab.title}: {name}", entry)
            for tab, page in zip(self.tabs_shown, self.pages, strict=True)
            for name, entry in _listed(page)
            if page is not self.page
        ]
        return Palette(self.commands + others, self, self._run)

    def _run(self, action: QAction) -> None:
        """A command, in its own tab."""
        for k, page in enumerate(self.pages):
            if any(entry is action for _, entry in _listed(page)):
                self.tabs.setCurrentIndex(k)
        action.trigger()

    def show_keys(self) -> None:
        """Every shortcut in one list."""
        show_keys(self, self.commands)

    def show_guide(self) -> None:
        """The user guide, read beside the work."""
        Guide(self).show()

    def offer_tour(self) -> None:
        """At the first start, and never again."""
        if str(self.settings.value(TOUR, "")) != SEEN:
            self.show_tour()

    def show_tour(self) -> None:
        """Through the first tab that has one."""
        for k, page in enumerate(self.pages):
            if (found := page.tour()) and self._tour is None:
                self.settings.setValue(TOUR, SEEN)
                self.tabs.setCurrentIndex(k)
                self._tour = Tour(self, found)
                self._tour.ended.connect(self._tour_ended)
                self._tour.begin()

    def _tour_ended(self) -> None:
        self._tour = None

    def show_about(self) -> None:
        show_about(self, self.device.text(), self.notices.say).setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    # colours

    def _choose_theme(self, name: str) -> None:
        self.settings.setValue("theme", name)
        self.themes.choose(name)

    def _themed(self, theme: Theme) -> None:
        for page in self.pages:
            page.set_theme(theme)

    # life

    def open_path(self, path: str) -> None:
        """Give a file to the first tab that takes it."""
        self.open_paths([path])

    def open_paths(self, paths: list[str]) -> None:
        """Give files to the first tab that takes the first of them that any takes."""
        for path in paths:
            for k, page in enumerate(self.pages):
                if page.takes(path):
                    self.tabs.setCurrentIndex(k)
                    page.open_paths([p for p in paths if page.takes(p)])
                    return
        path = paths[0]
        self.notices.say(f"{path}: expected a mesh, a .field, a checkpoint or a folder of posed pictures", "noticeBad")

    def _take_mesh(self, path: str, source: str, method: str) -> None:
        """Give a scene's mesh to the tab that keeps results."""
        for k, page in enumerate(self.pages):
            if page.take_mesh(path, source, method):
                self.tabs.setCurrentIndex(k)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and any(page.takes(p) for p in paths_of(event) for page in self.pages):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """What the tab that is shown does not take may be for another one."""
        if event is not None:
            event.acceptProposedAction()
            if paths := paths_of(event):
                self.open_paths(paths)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._after_paint)

    def _after_paint(self) -> None:
        self.painted.emit()
        for page in self.pages:
            page.after_paint()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        if event is None:
            return
        if not self._may_close:
            for page in self.pages:
                if not page.may_close(self._close_now):
                    event.ignore()
                    return
        if self._tour is not None:
            self._tour.end()
        self.settings.setValue("geometry", self.saveGeometry())
        for page in self.pages:
            page.shut_down()
        self.notices.clear()
        self.settings.sync()
        event.accept()

    def _close_now(self) -> None:
        """A page has done what it had to; the others are asked before the window closes."""
        self.close()
