"""Where settings, runs and thumbnails lie; SHAPEFIELD_GUI_HOME moves all of them (tests start with a fresh one)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import platformdirs
from PyQt6.QtCore import QSettings

_NAME = "shapefield"


def _home() -> Path | None:
    home = os.environ.get("SHAPEFIELD_GUI_HOME")
    return Path(home) if home else None


def settings() -> QSettings:
    """The window's settings: layout, recent files, theme."""
    folder = _home() or platformdirs.user_config_path(_NAME, appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)


def _made(name: str, usual: Callable[..., Path]) -> Path:
    """A folder of ours that is there. usual : of platformdirs, where it lies unless everything was moved"""
    folder = (_home() or usual(_NAME, appauthor=False)) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def runs() -> Path:
    """Where fits keep their field and checkpoint until they are exported."""
    return _made("runs", platformdirs.user_data_path)


def repairs() -> Path:
    """Where repaired meshes lie until they are exported."""
    return _made("repairs", platformdirs.user_data_path)


def batches() -> Path:
    """Where the outputs of several files lie until each has a run of its own."""
    return _made("batches", platformdirs.user_data_path)


def scene_meshes() -> Path:
    """Where meshes lie that were taken out of scenes, until they are exported."""
    return _made("scene-meshes", platformdirs.user_data_path)


def scene_runs() -> Path:
    """Where trainings of scenes keep their RUN folders."""
    return _made("scene-runs", platformdirs.user_data_path)


def scenes() -> Path:
    """The scenes that were rendered from sample meshes."""
    return _made("scenes", platformdirs.user_cache_path)


def posed(source: str) -> Path:
    """Where the scene lies that was made of a folder of photographs without poses."""
    return scenes() / "posed" / hashlib.sha256(source.encode()).hexdigest()[:12] / Path(source).name


def thumbnails() -> Path:
    """Small pictures of files that were open."""
    return _made("thumbnails", platformdirs.user_cache_path)
