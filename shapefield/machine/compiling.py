"""Loops that numba compiles on their first call and keeps in the user's cache folder, where later processes load them.

Nothing is written beside the source. What is kept of a module lies in a folder named after the bytes of its file and
of all files of the package that this one imports, directly or through others: whatever a loop calls, and every constant
that it was compiled with, stands there. So no process meets loops of another state of the source, and two installations
share what they have in common.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import platformdirs
from numba import config, njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.runtime import rtsys  # pyright: ignore[reportPrivateImportUsage]

from shapefield.errors import UsageError

if vars(config)["DISABLE_JIT"]:  # numba reads it from the environment when it is imported
    raise UsageError(
        "NUMBA_DISABLE_JIT: expected 0 or nothing, got 1, with which every loop would run some thousand times slower: "
        "unset it and start again"
    )

_ROOT = Path(__file__).parents[2]
_IMPORTS = re.compile(r"^(?:import|from) (shapefield[\w.]*)(?: import (?:\(([^)]*)\)|(.*)))?", re.MULTILINE)
_STATES = 16
"""States of a module's source whose loops are kept; the oldest go first."""


def compiled(function: Callable[..., Any] | None = None, **options: Any) -> Callable[..., Any]:
    """Decorator: the function, compiled; it lets the GIL go. `options` are numba's, as in @compiled(fastmath=True).

    Compiled anew in every process where the cache folder cannot be written, or where there is no source to name it by.
    """
    if function is None:
        return partial(compiled, **options)
    loop: Any = njit(nogil=True, **options)(function)
    if _folder(function) is not None:
        loop._cache = _Kept(function)  # as cache=True does, with a place of our own
    return loop


def is_new(function: Any) -> bool:
    """Whether no compiled form of a @compiled function lies on the disk, and one could be kept there."""
    folder = function.stats.cache_path
    return folder is not None and kept_in() is not None and not any(Path(folder).glob(f"*.{function.__name__}-*.nbi"))


@cache
def kept_in() -> Path | None:
    """The folder of compiled loops; None where it cannot be made or written."""
    folder = _cache_folder()
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return None
    return folder


def _cache_folder() -> Path | None:
    """NUMBA_CACHE_DIR if set, else the user's cache folder; None for a user without a home."""
    asked = os.environ.get("NUMBA_CACHE_DIR")
    folder = (
        Path(asked, "shapefield").absolute() if asked else platformdirs.user_cache_path("shapefield", appauthor=False)
    )
    return folder / "compiled" if folder.is_absolute() else None


def _folder(function: Callable[..., Any]) -> Path | None:
    """Where a function's compiled forms lie, whether or not it exists; None without a source or a cache folder."""
    root = _cache_folder()
    try:
        return root and root / f"{function.__module__}-{_stamp(Path(inspect.getfile(function)))}"
    except OSError:  # the source is no file, or cannot be read
        return None


@cache
def _stamp(path: Path) -> str:
    """A name for the present bytes of a source file and of all that it imports from the package."""
    waiting, texts = [path], {}
    while waiting:
        found = waiting.pop()
        if found not in texts:
            texts[found] = found.read_text(encoding="utf-8")
            waiting += _imported(texts[found])
    return hashlib.sha256("\0".join(texts[name] for name in sorted(texts)).encode()).hexdigest()[:16]


def _imported(text: str) -> Iterator[Path]:
    """The package's files that a source imports as it is loaded."""
    for module, bracketed, plain in _IMPORTS.findall(text):
        base = _ROOT.joinpath(*module.split("."))
        for name in ("", *re.findall(r"\w+", bracketed or plain)):
            place = base / name
            yield from filter(Path.is_file, (place.with_name(place.name + ".py"), place / "__init__.py"))


class _Place(_CacheLocator):
    """Tells numba where a function's compiled forms lie. Their folder says what they were made of: no stamp besides."""

    def __init__(self, function: Callable[..., Any], path: str) -> None:
        self._py_file = path  # numba's name: it is told in warnings
        self._folder, self._line = _folder(function), function.__code__.co_firstlineno

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Place:
        return cls(py_func, py_file)

    def get_cache_path(self) -> str:
        return str(self._folder)

    def get_source_stamp(self) -> str:
        return ""

    def get_disambiguator(self) -> str:
        return str(self._line)

    def ensure_cache_path(self) -> None:
        """Called before anything is kept: the folder of a new state takes the place of the oldest."""
        if self._folder is None or self._folder.is_dir():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        module = self._folder.name.rpartition("-")[0]
        states = sorted(self._folder.parent.glob(f"{module}-*"), key=os.path.getmtime, reverse=True)
        for old in states[_STATES:]:
            shutil.rmtree(old, ignore_errors=True)


class _Functions(CompileResultCacheImpl):
    _locator_classes = [_Place]  # noqa: RUF012, numba's


class _Kept(FunctionCache):
    """A cache that never stands in the way: what it cannot read is compiled anew, what it cannot write is not kept."""

    _impl_class = _Functions

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The kept form, or None. numba would first learn all that it can compile, which takes longer than any loop's
        work here (0.4 s); compiled code needs only the runtime that owns its arrays."""
        try:
            rtsys.initialize(target_context)
            found = self._load_overload(sig, target_context)
            # Two processes that keep two signatures at the same moment may give both one number.
            return found if found is None or tuple(found.signature.args) == tuple(sig) else None
        except Exception:  # unpickling damaged bytes raises whatever it likes
            with contextlib.suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with contextlib.suppress(OSError):
            super().save_overload(sig, data)
