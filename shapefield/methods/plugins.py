"""Methods that other packages and files bring: entry points `shapefield.methods`, and `--plugin PATH.py:NAME`.

An entry point is listed from its package's metadata and imported only when its method is named. It is called
`NAME` for a shape or `KIND.NAME`, and gives a factory as `register` takes it, or a dict of `register`'s arguments,
"factory" among them. A file's method is known by the name of the object in it; the file is loaded by its path, and
nothing is put on sys.path. Both reach the processes that this one starts: files by an environment variable.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from shapefield.errors import ShapefieldError, UsageError

GROUP = "shapefield.methods"
FILES = "SHAPEFIELD_PLUGINS"
"""The environment variable with the files' plug-ins, a JSON list of "PATH.py:NAME", absolute."""
Register = Callable[..., None]


def add_file(told: str) -> None:
    """Take up "PATH.py:NAME", for this process and those it starts. Raises UsageError for what is no such thing."""
    path, colon, name = told.rpartition(":")
    if not colon or not name.isidentifier() or not path.endswith(".py"):
        raise UsageError(f"plugin: expected PATH.py:NAME, got {told!r}")
    if not Path(path).is_file():
        raise UsageError(f"plugin: expected a Python file, found none at {path}: check the path")
    known = _files()
    entry = f"{Path(path).resolve()}:{name}"
    if entry not in known:
        os.environ[FILES] = json.dumps([*known, entry])


def names(kind: str) -> list[str]:
    """The names that plug-ins bring for a kind; nothing of them is imported."""
    return [*_listed(kind), *(_name(told) for told in _files() if kind == "shape")]


def origin(kind: str, name: str) -> str:
    """Where a plug-in's method comes from: a package and its version, or a file's name; "" where it is no plug-in's."""
    if (point := _listed(kind).get(name)) is not None:
        return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.module
    return next((Path(told.rpartition(":")[0]).name for told in files_of(kind, name)), "")


def files_of(kind: str, name: str) -> list[str]:
    """The "PATH.py:NAME" that brings this method, in a list; [] where no file does."""
    return [told for told in _files() if kind == "shape" and _name(told) == name][:1]


def load(kind: str, name: str, register: Register) -> None:
    """Import the plug-in that brings this method, if one does, and register it. Raises UsageError in one line."""
    if (point := _listed(kind).get(name)) is not None:
        _register(name, kind, point.load, origin(kind, name), register)
    for told in files_of(kind, name):
        _register(name, kind, lambda told=told: _from_file(told), told, register)


def _register(name: str, kind: str, imported: Callable[[], Any], where: str, register: Register) -> None:
    try:
        found = imported()
        given: Mapping[str, Any] = found if isinstance(found, Mapping) else {"factory": found}
        register(name, **{"kind": kind, "source": where, **given})
    except ShapefieldError as error:
        raise UsageError(f"{name}: the plug-in {where} cannot be used: {error}") from None
    except Exception as error:  # whatever foreign code raises; its traceback stands behind -v
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(
            f"{name}: expected the plug-in {where} to load, got {type(error).__name__}: {said}: mend or remove it"
        ) from error


def _from_file(told: str) -> Any:
    """The object NAME of the file, run as a module of its own."""
    path, _, name = told.rpartition(":")
    own = f"shapefield_plugin_{Path(path).stem}"
    spec = importlib.util.spec_from_file_location(own, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"expected a Python file, got {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[own] = module
    spec.loader.exec_module(module)
    if name not in vars(module):
        raise UsageError(f"expected {name} in {path}, found no such name: check it")
    return vars(module)[name]


@cache
def _listed(kind: str) -> dict[str, EntryPoint]:
    """Entry points of a kind by the method's name."""
    found = {}
    for point in entry_points(group=GROUP):
        of, dot, name = point.name.rpartition(".")
        if (of or "shape") == kind:
            found[name if dot else point.name] = point
    return found


def _files() -> list[str]:
    try:
        known = json.loads(os.environ.get(FILES, "[]"))
    except ValueError:
        return []
    return [entry for entry in known if isinstance(entry, str)] if isinstance(known, list) else []


def _name(told: str) -> str:
    return told.rpartition(":")[2].lower()
