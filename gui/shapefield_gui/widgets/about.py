"""What this program is, which versions it runs with, and how to copy that for a report of a fault."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib import metadata

from PyQt6.QtCore import PYQT_VERSION_STR, QT_VERSION_STR
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QMessageBox, QWidget

from shapefield import __version__

_PACKAGES = ("torch", "numpy", "scipy", "numba", "open3d", "scikit-image", "trimesh", "libigl", "pyqtgraph")
_WHAT = "Turns a mesh into a neural field, and back into a clean closed mesh, with an exact report."
_LICENCE = "With PyQt6, which it draws its window with, the installation as a whole is under the GPL, version 3."


def versions(device: str) -> str:
    """A line each; nothing is imported for it. device : what the window's corner says"""
    lines = [f"shapefield {__version__}", f"Python {platform.python_version()}, {platform.platform()}"]
    lines += [f"Qt {QT_VERSION_STR}, PyQt {PYQT_VERSION_STR}"]
    for name in _PACKAGES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{name}: not installed")
    return "\n".join([*lines, *filter(None, [device])])


def show_about(parent: QWidget, device: str, say: Callable[..., object]) -> QMessageBox:
    """The dialog, without blocking the window."""
    text = versions(device)
    box = QMessageBox(QMessageBox.Icon.NoIcon, "About shapefield", f"shapefield {__version__}", parent=parent)
    box.setInformativeText(f"{_WHAT}\n\n{_LICENCE}")
    box.setDetailedText(text)
    copy = box.addButton("Copy for a report", QMessageBox.ButtonRole.ActionRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Close))

    def copied() -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(text)
            say("The versions are in the clipboard.", "noticeGood")

    box.buttonClicked.connect(lambda chosen: copied() if chosen is copy else None)
    box.open()
    return box
