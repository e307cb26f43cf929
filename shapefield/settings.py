"""Flat names and values → a checked FitConfig: what flags, `--set`, TOML files, the window and the API all go through.

Precedence is the caller's: later mappings win. Every name is unique over all stages and the method's options.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from shapefield.config import (
    ExtractionConfig,
    FitConfig,
    GateConfig,
    SamplingConfig,
    SolidConfig,
    TrainingConfig,
    plain,
)
from shapefield.errors import InputError, UsageError, did_you_mean, one_of
from shapefield.lengths import Length, parse_length
from shapefield.methods import DEFAULT, METHODS, RegistryEntry, method
from shapefield.methods.starting import told_by_start
from shapefield.storage.container import read_header

Config = TypeVar("Config")

STAGES: dict[str, type[Any]] = {
    "solid": SolidConfig,
    "sampling": SamplingConfig,
    "training": TrainingConfig,
    "extraction": ExtractionConfig,
    "gates": GateConfig,
}
TABLES = (*STAGES, "options")
"""Tables a TOML file may have, for order only: names are unique over all of them."""
KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}
"""How errors call what a value must be."""
PRESETS = ("auto", "cpu", "paper", "compact")


def fit_config(**settings: Any) -> FitConfig:
    """A FitConfig from flat settings: `fit_config(method="siren", budget=30, omega=20.0)`.

    Values may be strings, as a command line gives them. `init` brings the method and its options.
    Raises UsageError for an unknown name ("did you mean"), a value that does not fit, steps and budget together, or
    what does not go with `init`; InputError where that is no family.
    """
    settings = {"as_" if k == "as" else k: v for k, v in settings.items() if v is not None}
    if "init" in settings:
        place = str(settings["init"])
        settings = told_by_start(place, read_header(place, "family"), settings)
    chosen = method(str(settings.pop("method", DEFAULT)))
    preset = settings.pop("preset", "auto")
    if preset not in PRESETS:
        raise one_of("preset", PRESETS, preset)
    if preset == "compact" and chosen.factory is not None:
        raise UsageError(f"preset: expected a built-in method for compact, got {chosen.name!r}: leave the preset out")
    floor = bool(settings.pop("floor", False))
    own = names(chosen.options)
    stages: dict[str, dict[str, Any]] = {stage: {} for stage in STAGES}
    options: dict[str, Any] = {}
    for name, value in settings.items():
        home = next((stage for stage, kind in STAGES.items() if name in names(kind)), None)
        if home is not None:
            stages[home][name] = parsed(STAGES[home], name, value)
        elif name in own:
            options[name] = parsed(chosen.options, name, value)
        else:
            raise UsageError(_unknown(name, chosen.name, own))
    chosen.options(**options)
    of_distances = [name for name in ("eikonal", "clamp") if float(stages["training"].get(name) or 0.0)]
    if chosen.value != "distance" and of_distances:
        raise UsageError(f"{of_distances[0]}: expected a method that learns distances, got {chosen.name}: leave it out")
    if chosen.value != "distance" and isinstance(stages["extraction"].get("level"), Length):
        level = stages["extraction"]["level"]
        raise UsageError(f"level: expected a number of logits, which {chosen.name} learns, got {level}")
    if stages["training"].get("steps") and stages["training"].get("budget"):
        raise UsageError("steps, budget: expected one of the two, got both: leave one out")
    built = {stage: STAGES[stage](**values) for stage, values in stages.items()}
    return FitConfig(method=chosen.name, preset=preset, options=options, floor=floor, **built)


def built(kind: type[Config], settings: Mapping[str, Any]) -> Config:
    """A config dataclass from flat settings that are all its own; values may be strings. Raises UsageError."""
    return kind(**{name: parsed(kind, name, value) for name, value in settings.items()})


def with_options(
    kind: type[Config], settings: Mapping[str, Any], chosen: Callable[[Config], RegistryEntry]
) -> tuple[Config, dict[str, Any]]:
    """Flat settings → a run's config of that kind, and the options of the method that `chosen` names; both checked.

    Raises UsageError for a name that neither has, a value that does not fit, and steps beside a budget.
    """
    own = {name: value for name, value in settings.items() if name in names(kind)}
    config = built(kind, own)
    if {"steps", "budget"} <= {name for name, value in own.items() if value is not None}:
        raise UsageError("steps, budget: expected one of the two, got both: leave one out")
    entry, options = chosen(config), {}
    known = names(entry.options)
    for name, value in settings.items():
        if name in known and name not in own:
            options[name] = parsed(entry.options, name, value)
        elif name not in own:
            hint = did_you_mean(name, [*names(kind), *known])
            raise UsageError(f"{name}: expected an option of {entry.name}: {', '.join(known)}{hint}")
    entry.options(**options)
    return config, options


def names(kind: type[Any]) -> list[str]:
    """The option names of a config dataclass."""
    return [f.name for f in dataclasses.fields(kind)]


FIT_NAMES = ["method", "preset", "floor", *(name for kind in STAGES.values() for name in names(kind))]
"""What a fit can be told, whatever its method."""


def _unknown(name: str, of_method: str, own: list[str]) -> str:
    known = [*own, *FIT_NAMES, *(n for m in METHODS.values() for n in names(m.options))]
    elsewhere = [m.name for m in METHODS.values() if name in names(m.options)]
    if elsewhere:
        return f"{name}: expected an option of {of_method}, got one of {', '.join(elsewhere)}: choose that method"
    hint = did_you_mean(name, known) or f": {of_method} has {', '.join(own) or 'none of its own'}"
    return f"{name}: expected a known option, got {name!r}{hint}"


def parsed(kind: type[Any], name: str, value: Any) -> Any:
    """`value`, as the field `name` of the dataclass `kind` wants it; strings are parsed by the field's type."""
    hint, value = get_type_hints(kind)[name], plain(value)
    wanted = [k for k in (get_args(hint) if isinstance(hint, UnionType) else (hint,)) if k is not NoneType]
    if any(get_origin(k) is tuple for k in wanted):
        return _lengths(name, value)
    if not isinstance(value, str):
        return value
    unit = next(entry.metadata.get("unit") for entry in dataclasses.fields(kind) if entry.name == name)
    if unit in QUANTITIES:
        return QUANTITIES[unit](value, name)
    if Length in wanted:
        return parse_length(value, name)
    for k in wanted:
        if k is bool:
            if value.lower() in ("true", "yes", "on", "1"):
                return True
            if value.lower() in ("false", "no", "off", "0"):
                return False
        elif k in (int, float):
            try:
                return k(value)
            except ValueError:
                continue
    if str in wanted:
        return value
    spoken = " or ".join(KINDS.get(k.__name__) or k.__name__ for k in wanted)
    raise UsageError(f"{name}: expected {spoken}, got {value!r}")


def _lengths(name: str, value: Any) -> tuple[float | Length, ...]:
    """A list of lengths, or one text with all of them."""
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    try:
        return tuple(parse_length(v, name) if isinstance(v, str) else _number(v) for v in parts)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{name}: expected numbers, got {value!r:.80}") from None


def _number(value: Any) -> float | Length:
    return value if isinstance(value, Length) else float(value)


def seconds(text: str, name: str = "budget") -> float:
    """ "30", "30s", "2m" or "1.5h" → seconds; UsageError otherwise."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, factor = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1.0)
    try:
        value = float(number) * factor
    except ValueError:
        raise UsageError(f"{name}: expected a time like 30s, 2m or 1h, got {text!r}") from None
    if not 0.0 <= value < float("inf"):
        raise UsageError(f"{name}: expected a positive time, got {text!r}")
    return value


def size_in_bytes(text: str, name: str) -> int:
    """ "500M", "4G" or "4000000000" → bytes, by powers of 1000; UsageError otherwise."""
    units = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
    number = text.removesuffix("B")
    digits, factor = (number[:-1], units[number[-1]]) if number[-1:] in units else (number, 1)
    try:
        value = float(digits) * factor
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        raise UsageError(f"{name}: expected a size like 500M or 4G, got {text!r}")
    return round(value)


QUANTITIES: dict[str, Callable[[str, str], float]] = {"s": seconds, "B": size_in_bytes}
"""What reads a value that a command line gives as text, by the unit of its field."""


def assignments(pairs: list[str]) -> dict[str, str]:
    """["omega=20", …] of `--set` → a mapping; UsageError for one without an equals sign."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set: expected key=value, got {pair!r}")
        found[name.strip().replace("-", "_")] = value.strip()
    return found


def _check_name(path: str | Path, name: str) -> None:
    if not name.replace("-", "_").isidentifier() or len(name) > 60:
        raise InputError(f"{path}: expected the name of a setting, got {name[:40]!r}: mend that line")


def from_toml(path: str | Path) -> dict[str, Any]:
    """The settings of a TOML file; tables are only for order, names are flat. InputError if it is no TOML."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"{path}: expected a TOML file, got {(error.strerror or 'an error').lower()}") from None
    except RecursionError:
        raise InputError(f"{path}: expected TOML, got tables or lists nested too deep: flatten them") from None
    except ValueError as error:
        raise InputError(f"{path}: expected TOML, got {str(error)[:200]}: mend that line") from None
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        _check_name(path, name)
        if isinstance(value, dict) and name not in TABLES:
            hint = did_you_mean(f"[{name}]", (f"[{table}]" for table in TABLES))
            raise InputError(f"{path}: expected tables out of {', '.join(TABLES)}, got [{name}]{hint}")
        for key, item in value.items() if isinstance(value, dict) else [(name, value)]:
            _check_name(path, key)
            key = key.replace("-", "_")
            if isinstance(item, list):
                fits = all(isinstance(v, int | float | str) and not isinstance(v, bool) for v in item)
            else:
                fits = isinstance(item, bool | int | float | str)
            if not fits:
                raise InputError(f"{path}: {key}: expected a number, text, a plain list or true/false")
            if key in flat:
                raise InputError(f"{path}: {key}: expected once, got twice: remove one")
            flat[key] = item
    return flat


def to_toml(values: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    """Settings by name as a TOML file, the inverse of `from_toml`; what is unset stands in a comment, with its note."""
    lines = []
    for name, value in values.items():
        told = name.rstrip("_")
        unset = value is None or value == ()
        lines.append(f"# {told}: {notes.get(name, 'not set')}" if unset else f"{told} = {_as_toml(value)}")
    return "".join(f"{line}\n" for line in lines)


def _as_toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_as_toml, value))}]"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")  # TOML's texts are JSON's, but for DEL


@contextlib.contextmanager
def told_by(path: str | Path, names: Iterable[str]) -> Iterator[None]:
    """Within, an error about one of these settings names the file that they came from."""
    try:
        yield
    except UsageError as error:
        about = str(error).partition(":")[0].removeprefix("--").replace("-", "_").split(", ")
        if set(about).isdisjoint(names):
            raise
        raise UsageError(f"{path}: {error}") from None
