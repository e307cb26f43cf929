"""The files that were open last, kept in the settings."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QSettings

_MOST = 6


class Recent:
    """One list of them, under `key`."""

    def __init__(self, settings: QSettings, key: str) -> None:
        self._settings, self._key = settings, key

    @property
    def paths(self) -> list[str]:
        """Those that are still there, newest first."""
        saved = self._settings.value(self._key, []) or []
        listed = [saved] if isinstance(saved, str) else list(saved)
        return [p for p in listed if Path(p).exists()][:_MOST]

    def remember(self, path: str) -> None:
        """This one is the newest."""
        path = str(Path(path).resolve())
        self._settings.setValue(self._key, [path, *(p for p in self.paths if p != path)][:_MOST])
