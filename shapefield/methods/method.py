"""What a method is, as data: its kind, its options, its training defaults, and what it can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

KINDS = ("shape", "radiance", "family")
"""A field of one shape; a radiance field; one network for many shapes."""


@dataclass(frozen=True)
class Prior:
    """What a method knows of a shape before it is trained: exact distances at the nodes of a coarse grid.

    told  : what that is, in a report's words
    nodes : the option that says how many nodes lie along an edge
    """

    told: str
    nodes: str


@dataclass(frozen=True)
class Capabilities:
    """What a method can do. Whoever wants to know asks here, never for a name or an attribute.

    dimensions : how many coordinates a point may have
    condition  : a latent code can be given with every point
    prior      : what it knows beforehand; None for nothing
    detail     : the option that picks one of its levels of detail; None where there is one level
    colour     : its values can be colours
    unbounded  : a radiance field that can hold all of space, contracted into the box
    sizes      : the options that set how many parameters there are, and the values that they may take
    """

    dimensions: tuple[int, ...] = (3,)
    condition: bool = False
    prior: Prior | None = None
    detail: str | None = None
    colour: bool = False
    unbounded: bool = False
    sizes: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A shape method's own training defaults, taken wherever the user set nothing."""

    rate: float
    batch: int
    schedule: str = "cosine"
    ema: float = 0.0
    eikonal: float = 0.0
    clamp: float = 0.0
    early_stop: float = 0.0
    mix: str = "balanced"


@dataclass(frozen=True)
class RegistryEntry:
    """What every kind of method has.

    module  : "package.module" whose `build` makes the network, or "package.module:function"; imported when needed
    options : the dataclass of its architecture's options
    paper   : what the paper preset changes: values by name
    can     : what it can do
    factory : for registered methods, makes the network; otherwise None and `module` is imported
    """

    name: str
    summary: str
    when: str
    source: str
    module: str
    options: type[Any]
    paper: dict[str, Any] = field(default_factory=dict)
    can: Capabilities = Capabilities()
    factory: Callable[..., Any] | None = None
    kind = "shape"


@dataclass(frozen=True)
class Method(RegistryEntry):
    """One way to represent a shape.

    value   : "distance" (signed, negative inside) or "occupancy" (a logit, positive inside)
    recipe  : training defaults of the cpu preset; `paper` and `compact` may change these as well as options
    compact : what the compact preset changes; its weights are rounded and packed as well
    suited  : option values that depend on the number of training samples
    """

    value: str = "distance"
    recipe: Recipe = Recipe(rate=1e-3, batch=1 << 12)
    compact: dict[str, Any] = field(default_factory=dict)
    suited: Callable[[int], dict[str, Any]] = lambda samples: {}
    activation: str = "ReLU"
    encoding: str = "none"

    @property
    def aid(self) -> str:
        """What it gets beside the samples, in words; "" for nothing."""
        return self.can.prior.told if self.can.prior is not None else ""

    def preset(self, name: str, samples: int | None = None) -> tuple[dict[str, Any], Recipe]:
        """Option values and recipe of a preset, "cpu", "paper" or "compact", for so many training samples."""
        changes = self.suited(samples) if samples is not None else {}
        changes |= {"paper": self.paper, "compact": self.compact}.get(name, {})
        of_recipe = {f.name for f in fields(Recipe)}
        options = {k: v for k, v in changes.items() if k not in of_recipe}
        return options, replace(self.recipe, **{k: v for k, v in changes.items() if k in of_recipe})

    def nodes(self, options: Any) -> int | None:
        """Nodes along an edge of its prior with these options; None without a prior."""
        return None if self.can.prior is None else int(vars(options)[self.can.prior.nodes])


@dataclass(frozen=True)
class RadianceMethod(RegistryEntry):
    """One way to represent a radiance field; rays, rate and the like are among its options."""

    kind = "radiance"


@dataclass(frozen=True)
class FamilyMethod(RegistryEntry):
    """One way to represent many shapes; rates, the batch and the like are among its options.

    value   : "distance" (signed, negative inside) or "occupancy" (a logit, positive inside)
    encodes : the network has `encode`, which makes a code of points on a surface in one pass
    parts   : its loss is a mean over shapes, so that several processes can each take some of a step's
    refines : behind a code the network takes further numbers of one shape, `own` of them, which are fitted with it
    task    : "package.module:class" of the task that trains it
    """

    value: str = "distance"
    encodes: bool = False
    refines: bool = False
    parts: bool = True
    task: str = "shapefield.families.task:AutoDecoderTask"
    kind = "family"

    def preset(self, name: str) -> dict[str, Any]:
        """Option values of a preset, "cpu" or "paper"."""
        return dict(self.paper) if name == "paper" else {}
