"""A demonstration of one's own: a Python file with `run(options)`, as docs/lab.md shows one. It is run, so trust it."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import Any

from shapefield.config import Checked
from shapefield.errors import InputError, ShapefieldError
from shapefield.lab.experiments import Common, Experiment
from shapefield.machine.memory import is_shortage


class OwnExperiment(Experiment):
    """An experiment whose mistakes are its writer's: each is a line that names the file."""

    def run(self, options: Any = None) -> Generator[Any, Any, None]:
        """The experiment's events. Raises InputError for whatever goes wrong in the file."""
        try:
            yield from super().run(options)
        except (ShapefieldError, GeneratorExit):
            raise
        except Exception as error:
            if is_shortage(error):
                raise
            raise _mistake(self.path or Path(self.name), error) from error


def own_experiment(path: str) -> Experiment:
    """The experiment in a file: its docstring's first line is the title, the rest says what to see.

    `Options`, a dataclass after `shapefield.lab.experiments.Common`, is what can be set; without one it is the seed.
    Raises InputError, in one line, for a file that is not there, does not run, or has no `run(options)`.
    """
    place = Path(path)
    module = _loaded(place)
    run, options = vars(module).get("run"), vars(module).get("Options", Common)
    if not inspect.isgeneratorfunction(run) or len(inspect.signature(run).parameters) != 1:
        raise InputError(f"{path}: expected a function run(options) that yields, got none: docs/lab.md has an example")
    if not (isinstance(options, type) and issubclass(options, Checked)):
        raise InputError(f"{path}: expected Options to be a dataclass after Common, got {options!r}")
    title, _, rest = (inspect.getdoc(module) or place.stem).partition("\n")
    see = " ".join(rest.split())
    return OwnExperiment(place.stem, title.rstrip("."), see, module.__name__, options, place)


def _loaded(place: Path) -> ModuleType:
    """The file as a module, which `import_module` finds by its name from then on."""
    if not place.is_file():
        raise InputError(f"{place}: expected a Python file, got none: check the path")
    name = f"shapefield_own_{place.stem}"
    spec = importlib.util.spec_from_file_location(name, place.resolve())
    if spec is None or spec.loader is None:
        raise InputError(f"{place}: expected a Python file, got one that Python cannot load")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ShapefieldError:
        raise
    except Exception as error:
        raise _mistake(place, error) from error
    return module


def _mistake(place: Path, error: Exception) -> InputError:
    """The line that says where in the file it happened; -v shows all of it."""
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == place.name
    ]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    where = f"{place}, line {line}" if line else str(place)
    return InputError(f"{where}: {type(error).__name__}: {error}: -v shows the traceback")
