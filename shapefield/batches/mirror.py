"""An output folder in a store (`-o s3://…`): a folder of this machine stands for it while the batch runs.

Outputs go to the store one by one, before their records are written, and are kept here no longer. Manifests are fetched
first, so that any machine goes on where another ended; a run's own is put back now and then and at the end, with the
report's pages and a training set's lists.
"""

from __future__ import annotations

import contextlib
import hashlib
import posixpath
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import platformdirs

from shapefield.batches.manifest import manifests
from shapefield.batches.remote import store_of
from shapefield.errors import OutputError
from shapefield.storage.files import writing

PERIOD = 20.0
"""Seconds, at least, between two times that the manifest is put into the store."""
OWN = (".lock", ".checkpoint", ".tmp")


class Mirror:
    """address : of the store's folder;  folder : of this machine, the same for the same address"""

    def __init__(self, address: str) -> None:
        """Raises ResourceError where a library for such a store is missing."""
        self.address = address.rstrip("/")
        self.store, self.path = store_of(self.address)
        name = hashlib.sha256(self.address.encode()).hexdigest()[:16]
        self.folder = platformdirs.user_cache_path("shapefield", appauthor=False) / "batches" / name
        self._due, self._begun = 0.0, time.time()

    def fetch(self) -> None:
        """Bring the store's manifests; lines that are here alone, of a killed run, stay. Raises OutputError."""
        with self._told():
            if not self.store.exists(self.path):
                return
            for one in self.store.ls(self.path, detail=True):
                place = self.folder / posixpath.basename(one["name"])
                if one["type"] != "file" or not place.name.startswith("manifest"):
                    continue
                there = self.store.cat_file(one["name"]).splitlines(keepends=True)
                here = place.read_bytes().splitlines(keepends=True) if place.exists() else []
                place.parent.mkdir(parents=True, exist_ok=True)
                with writing(place) as file:
                    file.write(b"".join(line for line in dict.fromkeys([*there, *here]) if line.endswith(b"\n")))

    def has(self, path: str, size: int) -> bool:
        """Whether the store holds an output of that many bytes."""
        try:
            return int(self.store.size(posixpath.join(self.path, path)) or 0) == size
        except Exception:  # each store has exceptions of its own
            return False

    def put_manifest(self, path: Path) -> None:
        """Put the manifest that this run adds to, if that was long enough ago. Raises OutputError."""
        if time.monotonic() >= self._due:
            self._put([path])
            self._due = time.monotonic() + PERIOD

    def put_all(self, manifest: Path) -> None:
        """Put that manifest, and all that this run has written beside the outputs. Raises OutputError."""
        others = {*manifests(self.folder)} - {manifest}
        made = [path for path in sorted(self.folder.rglob("*")) if path.is_file() and path.suffix not in OWN]
        self._put([path for path in made if path not in others and path.stat().st_mtime >= self._begun - 1.0])

    def drop(self, names: Iterable[str]) -> None:
        """Remove files of the store's folder, such as the manifests of shards that were merged. Raises OutputError."""
        with self._told():
            for name in names:
                self.store.rm_file(posixpath.join(self.path, name))

    def _put(self, paths: list[Path]) -> None:
        with self._told():
            for path in paths:
                place = posixpath.join(self.path, path.relative_to(self.folder).as_posix())
                self.store.makedirs(posixpath.dirname(place), exist_ok=True)
                self.store.put_file(str(path), place)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # each store has exceptions of its own
            told = " ".join(f"{type(error).__name__} {error}".split())[:200]
            raise OutputError(
                f"{self.address}: expected a store that takes files, got {told}: check it and your credentials"
            ) from error
