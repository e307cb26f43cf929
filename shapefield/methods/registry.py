"""The one registry of methods: by kind and name, built in, registered by a program, or brought by a plug-in."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Literal, overload

from shapefield.errors import UsageError, one_of
from shapefield.methods import plugins
from shapefield.methods.families import FAMILIES
from shapefield.methods.method import KINDS, Capabilities, FamilyMethod, Method, RadianceMethod, Recipe, RegistryEntry
from shapefield.methods.options import NoOptions
from shapefield.methods.radiance import RADIANCE
from shapefield.methods.shapes import SHAPES

METHODS: dict[str, Method] = {entry.name: entry for entry in SHAPES}
"""The shape methods that are known so far, by name."""
REGISTRY: dict[str, Mapping[str, RegistryEntry]] = {
    "shape": METHODS,
    "radiance": {entry.name: entry for entry in RADIANCE},
    "family": {entry.name: entry for entry in FAMILIES},
}
"""All that is known so far, by kind and name. Plug-ins join when they are named, or when all are asked for."""
DEFAULT = "hybrid"
"""The shape method that is taken where none is named."""
VALUES = ("distance", "occupancy")


@overload
def method(name: str, kind: Literal["shape"] = "shape", said: str = ...) -> Method: ...
@overload
def method(name: str, kind: Literal["radiance"], said: str = ...) -> RadianceMethod: ...
@overload
def method(name: str, kind: Literal["family"], said: str = ...) -> FamilyMethod: ...
@overload
def method(name: str, kind: str, said: str = ...) -> RegistryEntry: ...
def method(name: str, kind: str = "shape", said: str = "") -> RegistryEntry:
    """The method of that kind and name; a plug-in's code is imported here, when it is named.

    said : what the setting is called, in the message about an unknown one

    Raises UsageError, with the permitted names and the nearest one, or with why a plug-in cannot be loaded.
    """
    known = of_kind(kind)
    if name not in known:
        plugins.load(kind, name, register)
    if name in known:
        return known[name]
    raise one_of(said or ("method" if kind == "shape" else "model"), [*known, *plugins.names(kind)], name)


def load_plugins() -> list[str]:
    """Import what all plug-ins bring, so that it is among `METHODS`; what cannot be loaded, a line each."""
    told = []
    for kind in KINDS:
        for name in plugins.names(kind):
            try:
                method(name, kind)
            except UsageError as error:
                told.append(str(error))
    return told


def of_kind(kind: str) -> Mapping[str, RegistryEntry]:
    """The methods of a kind that are known so far, by name. Raises UsageError for an unknown kind."""
    if kind not in REGISTRY:
        raise one_of("kind", KINDS, kind)
    return REGISTRY[kind]


def register(
    name: str,
    factory: Callable[..., Any],
    *,
    kind: str = "shape",
    value: str = "distance",
    recipe: Recipe | None = None,
    options: type[Any] = NoOptions,
    can: Capabilities | None = None,
    summary: str = "a registered module",
    when: str = "your own",
    source: str = "user",
) -> None:
    """Give a network of your own the same training, extraction and report as the built-in methods.

    factory : for a shape called as `factory(inputs=3, outputs=1)`, with the fields of `options` as further keywords;
              returns an `nn.Module` that maps (n, 3) points of the unit frame to (n, 1) signed distances of the unit
              frame (value "distance", negative inside) or logits (value "occupancy", positive inside). For a radiance
              field called as `factory(options, matter=…, contracted=…)`, returns a `RadianceField`
    kind    : "shape" or "radiance"
    value   : "distance" or "occupancy", of a shape, as above
    recipe  : a shape's training defaults; None for 4 096 points a step at a rate of 1e-3 with L1 alone
    options : dataclass of its options, made of `shapefield.config.option` fields
    can     : its capabilities; None for points of three coordinates and nothing else
    summary, when, source : what `shapefield methods` says of it
    Raises UsageError for a name that is taken by a built-in method, an unknown kind, or a factory that cannot be
    called so. A `.field` of such a method opens only where the same name is registered.
    """
    if kind in VALUES:  # as version 0.1 called a shape's value
        kind, value = "shape", kind
    known: Any = of_kind(kind)
    if name in known and known[name].factory is None:
        raise UsageError(f"register: expected a new name, got {name!r}, which is built in: choose another")
    if value not in VALUES:
        raise UsageError(f"register: expected value distance or occupancy, got {value!r}")
    call = {"inputs": 3, "outputs": 1} if kind == "shape" else {"options": None, "matter": None, "contracted": False}
    if not _takes(factory, call, options):
        got = getattr(factory, "__name__", None) or repr(factory)
        words = "factory(inputs=3, outputs=1)" if kind == "shape" else "factory(options, matter=…, contracted=…)"
        raise UsageError(f"register: expected a factory called as {words}, got {got}")
    head = (name, summary, when, source, "", options)
    can = can or Capabilities()
    if kind == "shape":
        own = recipe or Recipe(rate=1e-3, batch=1 << 12)
        known[name] = Method(*head, can=can, factory=factory, value=value, recipe=own)
    elif kind == "radiance":
        known[name] = RadianceMethod(*head, can=can, factory=factory)
    else:
        raise UsageError(f"register: expected kind shape or radiance, got {kind!r}")


def _takes(factory: Any, call: dict[str, Any], options: type[Any]) -> bool:
    """Whether the factory's signature, as far as it has one, allows the call that will be made."""
    if not callable(factory):
        return False
    own = dict.fromkeys(entry.name for entry in fields(options)) if "inputs" in call else {}
    try:
        inspect.signature(factory).bind(**call, **own)
    except TypeError:
        return False
    except ValueError:  # written in C, without a signature
        return True
    return True
