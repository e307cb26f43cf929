"""The theme: follows the system or a choice, and turns colours into the palette and the style sheet of the program."""

from __future__ import annotations

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication

from shapefield_gui.colors import DARK, LIGHT, Theme
from shapefield_gui.style import WindowStyle

__all__ = ["DARK", "LIGHT", "ROW", "STEP", "Theme", "Themes"]

ROW = 24
"""Height of a line in a list."""
STEP = 8
"""The grid, in logical pixels: margins and gaps are multiples of it or halves."""


class Themes(QObject):
    """The present theme; follows the system unless a choice was made. Emits `changed` after repainting the palette."""

    changed = pyqtSignal(object)

    def __init__(self, app: QApplication, choice: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self.choice = choice
        self.current = LIGHT
        self._style = WindowStyle()
        app.setStyle(self._style)
        hints = app.styleHints()
        self._system_dark = False
        if hints is not None:
            self._system_dark = hints.colorScheme() == Qt.ColorScheme.Dark
            hints.colorSchemeChanged.connect(self._follow)
        self.apply()

    def _follow(self, scheme: Qt.ColorScheme) -> None:
        """The system's colours changed."""
        self._system_dark = scheme == Qt.ColorScheme.Dark
        self.apply()

    def choose(self, choice: str) -> None:
        """Set "system", "light" or "dark"."""
        self.choice = choice
        self.apply()

    def apply(self) -> None:
        dark = self._system_dark if self.choice == "system" else self.choice == "dark"
        self.current = DARK if dark else LIGHT
        self._style.theme = self.current
        self._app.setPalette(_palette(self.current))
        self._app.setStyleSheet(_sheet(self.current))
        self.changed.emit(self.current)


def _palette(t: Theme) -> QPalette:
    p = QPalette()
    role = QPalette.ColorRole
    for r, c in {
        role.Window: t.window,
        role.WindowText: t.text,
        role.Base: t.surface,
        role.AlternateBase: t.window,
        role.Text: t.text,
        role.Button: t.raised,
        role.ButtonText: t.text,
        role.ToolTipBase: t.raised,
        role.ToolTipText: t.text,
        role.PlaceholderText: t.quiet,
        role.Highlight: t.accent,
        role.HighlightedText: t.accent_text,
        role.Link: t.accent,
        role.Light: t.surface,
        role.Mid: t.border,
        role.Dark: t.border,
        role.Accent: t.accent,
    }.items():
        p.setColor(r, QColor(c))
    off = QColor(t.quiet)
    off.setAlpha(130)
    for r in (role.WindowText, role.Text, role.ButtonText):
        p.setColor(QPalette.ColorGroup.Disabled, r, off)
    return p


def _sheet(t: Theme) -> str:
    return f"""
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: 4px 6px; }}
QMainWindow::separator {{ background: {t.border}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {t.accent}; }}
QMenuBar {{ background: {t.window}; border-bottom: 1px solid {t.border}; }}
QMenuBar::item {{ padding: 4px 8px; background: transparent; }}
QMenuBar::item:selected {{ background: {t.raised}; }}
QDockWidget {{ font-weight: 600; }}
QDockWidget > QWidget {{ font-weight: 400; }}
QFrame#dockTitle {{ background: {t.window}; }}
QLabel#dockTitleText {{ color: {t.quiet}; font-weight: 600; letter-spacing: 1px; }}
QLabel#quiet {{ color: {t.quiet}; }}
QLabel#heading {{ font-size: 15px; font-weight: 600; }}
QLabel#good {{ color: {t.good}; }}
QLabel#warning {{ color: {t.warning}; }}
QLabel#bad {{ color: {t.bad}; }}
QPushButton {{ padding: 5px 12px; border: 1px solid {t.border}; border-radius: 4px; background: {t.surface}; }}
QPushButton#small {{ padding: 5px 4px; }}
QPushButton:hover {{ background: {t.raised}; }}
QPushButton:pressed {{ background: {t.border}; }}
QPushButton:disabled {{ color: {t.quiet}; background: {t.window}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {t.accent}; }}
QPushButton#primary {{ background: {t.accent}; color: {t.accent_text}; border: 1px solid {t.accent};
    font-weight: 600; padding: 7px 12px; }}
QPushButton#primary:disabled {{ background: {t.raised}; color: {t.quiet}; border-color: {t.border}; }}
QPushButton#primary:focus {{ border: 2px solid {t.text}; }}
QToolButton {{ padding: 3px 6px; border: 1px solid transparent; border-radius: 4px; }}
QToolButton:hover {{ background: {t.raised}; }}
QToolButton:checked {{ background: {t.raised}; border: 1px solid {t.border}; color: {t.accent}; font-weight: 600; }}
QToolButton#segment {{ border-radius: 0; padding: 4px 7px; border: 1px solid {t.border};
    margin-left: -1px; background: {t.surface}; }}
QToolButton#segment:checked {{ background: {t.accent}; color: {t.accent_text}; border-color: {t.accent}; }}
QToolButton#segment:disabled {{ color: {t.faint}; background: {t.window}; }}
QToolButton#narrow {{ border-radius: 0; border: 1px solid {t.border}; margin-left: -1px; background: {t.surface};
    padding: 4px 2px; }}
QToolButton#narrow:checked {{ background: {t.accent}; color: {t.accent_text}; border-color: {t.accent}; }}
QToolButton#segment[first="true"], QToolButton#narrow[first="true"] {{ margin-left: 0; }}
QToolButton#narrow:focus {{ border: 2px solid {t.accent}; }}
QWidget#runBar {{ border-top: 1px solid {t.border}; }}
QToolButton#segment:focus {{ border: 2px solid {t.accent}; }}
QToolButton#disclosure, QToolButton#disclosure:checked {{ padding: 4px 0; color: {t.quiet}; font-weight: 600;
    background: transparent; border: 2px solid transparent; margin-left: -6px; }}
QToolButton#disclosure:hover {{ color: {t.text}; }}
QToolButton#disclosure:focus {{ border: 2px solid {t.accent}; }}
QAbstractSpinBox, QComboBox {{ min-height: 22px; }}
QLineEdit {{ background: {t.surface}; border: 1px solid {t.border}; border-radius: 3px; padding: 3px 6px; }}
QLineEdit:disabled {{ background: {t.window}; }}
QLineEdit:focus {{ border: 2px solid {t.accent}; padding: 2px 5px; }}
QTabBar::tab {{ padding: 5px 9px; border: none; border-bottom: 2px solid transparent; color: {t.quiet};
    background: transparent; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; font-weight: 600; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QTabBar#tabs::tab {{ padding: 6px 14px; }}
QTabBar#tabs::tab:focus {{ color: {t.accent}; }}
QProgressBar {{ border: none; background: {t.raised}; border-radius: 3px; max-height: 6px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QScrollArea {{ border: none; background: transparent; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {t.faint}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {t.quiet}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QFrame#notice {{ background: {t.raised}; border: 1px solid {t.border}; border-left: 4px solid {t.warning};
    border-radius: 0; }}
QFrame#noticeBad {{ background: {t.raised}; border: 1px solid {t.border}; border-left: 4px solid {t.bad};
    border-radius: 0; }}
QFrame#noticeGood {{ background: {t.raised}; border: 1px solid {t.border}; border-left: 4px solid {t.good};
    border-radius: 0; }}
QFrame#noticeBusy {{ background: {t.raised}; border: 1px solid {t.border}; border-left: 4px solid {t.accent};
    border-radius: 0; }}
QFrame#tour {{ background: {t.raised}; border: 1px solid {t.accent}; border-radius: 8px; }}
QFrame#drop {{ border: 2px dashed {t.border}; border-radius: 10px; background: transparent; }}
QFrame#drop[over="true"] {{ border-color: {t.accent}; }}
QFrame#bar {{ background: {t.window}; border-bottom: 1px solid {t.border}; }}
QFrame#lowerBar {{ background: {t.window}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QTableWidget, QTreeWidget, QListWidget {{ border: 1px solid {t.border}; background: {t.surface}; }}
QMenu#files {{ icon-size: 64px; }}
QMenu#files::item {{ min-height: 44px; padding: 2px 24px 2px 12px; }}
QMenu#files::item:selected {{ background: {t.accent}; color: {t.accent_text}; }}
QHeaderView::section {{ background: {t.window}; border: none; border-bottom: 1px solid {t.border}; padding: 4px; }}
"""
