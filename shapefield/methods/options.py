"""What can be set about each method's architecture, with the paper's figures as defaults where a CPU bears them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapefield.config import Checked, option
from shapefield.errors import UsageError

STARTED = (
    "siren", "hashgrid", "deepsdf", "mlp", "posenc", "fourier", "wire", "bacon", "triplane", "kplanes", "tensorf"
)  # fmt: skip
"""Shape methods whose first weights can be learnt: of distances, and without a prior of the one shape."""


class Layers(Checked):
    """Options of a network that has layers: `width` units each, `depth` of them hidden."""

    if TYPE_CHECKING:
        width: int
        depth: int

    @property
    def units(self) -> int:
        """Hidden units whose activations a point keeps for the backward pass."""
        return self.width * self.depth


@dataclass(frozen=True)
class HashGridOptions(Layers):
    """Multiresolution hash grid, Müller et al. 2022."""

    levels: int = option(8, "levels of the grid", low=1, high=32)
    features: int = option(2, "features a level", low=1, high=8)
    table: int = option(17, "table entries a level, as a power of two", low=8, high=24)
    coarsest: int = option(16, "cells along the box at the coarsest level", low=2, high=512)
    finest: int = option(256, "cells along the box at the finest level", low=2, high=8192)
    width: int = option(64, "units of a hidden layer", low=4, high=1024)
    depth: int = option(2, "hidden layers", low=1, high=8)


@dataclass(frozen=True)
class HybridOptions(HashGridOptions):
    """A coarse grid of exact distances, and a hash grid that learns what is left."""

    levels: int = option(5, "levels of the grid", low=1, high=32)
    coarsest: int = option(48, "cells along the box at the coarsest level", low=2, high=512)
    finest: int = option(
        384, "cells along the box at the finest level; less where a fit has under 1.5 million samples", low=2, high=8192
    )
    width: int = option(32, "units of a hidden layer", low=4, high=1024)
    depth: int = option(1, "hidden layers", low=1, high=8)
    base: int = option(52, "nodes along the box of the exact coarse grid", low=4, high=256)


@dataclass(frozen=True)
class DeepSDFOptions(Layers):
    """DeepSDF decoder, Park et al. 2019."""

    width: int = option(128, "units of a hidden layer", low=4, high=4096)
    depth: int = option(8, "hidden layers", low=2, high=32)
    skip: int = option(4, "the layer at which the input is concatenated again, 0 for none", low=0, high=31)
    weight_norm: bool = option(False, "weight normalisation of the hidden layers, as the paper has it")
    initialisation: str = option(
        "geometric", "geometric starts as a sphere's distance (Atzmon & Lipman 2020)", choices=("geometric", "default")
    )


@dataclass(frozen=True)
class OccupancyOptions(Layers):
    """Occupancy network, Mescheder et al. 2019: a logit, positive inside."""

    width: int = option(128, "units of a hidden layer", low=4, high=4096)
    depth: int = option(5, "hidden layers", low=1, high=32)
    initialisation: str = option(
        "spread", "spread lets the first layer's kinks lie anywhere in the box", choices=("spread", "default")
    )


@dataclass(frozen=True)
class SirenOptions(Layers):
    """SIREN, Sitzmann et al. 2020."""

    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(5, "sine layers", low=1, high=32)
    omega: float = option(30.0, "frequency of every sine layer", low=0.1, high=1000.0)


@dataclass(frozen=True)
class FourierOptions(Layers):
    """Random Fourier features, Tancik et al. 2020."""

    frequencies: int = option(256, "number of random frequencies M", low=1, high=8192)
    sigma: float = option(0.5, "standard deviation of the frequencies", unit="cycles/unit", low=0.001, high=1000.0)
    learned: bool = option(False, "make the frequencies and a phase parameters")
    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(4, "hidden layers", low=1, high=32)


@dataclass(frozen=True)
class PosencOptions(Layers):
    """Positional encoding with fixed frequencies 2^k, Mildenhall et al. 2020."""

    frequencies: int = option(3, "number of octaves L", low=1, high=20)
    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(4, "hidden layers", low=1, high=32)


@dataclass(frozen=True)
class MLPOptions(Layers):
    """A plain ReLU network, the baseline that shows spectral bias (Rahaman et al. 2019)."""

    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(5, "hidden layers", low=1, high=32)


@dataclass(frozen=True)
class WireOptions(Layers):
    """Complex Gabor wavelets, Saragadam et al. 2023."""

    width: int = option(128, "units of a hidden layer, counted as real ones", low=4, high=4096)
    depth: int = option(3, "Gabor layers", low=1, high=32)
    omega: float = option(5.0, "frequency of every wavelet", low=0.1, high=1000.0)
    scale: float = option(4.0, "narrowness s of every wavelet's Gaussian", low=0.01, high=1000.0)


@dataclass(frozen=True)
class BaconOptions(Layers):
    """A band-limited multiplicative filter network, Lindell et al. 2022."""

    width: int = option(128, "units of a layer", low=4, high=4096)
    depth: int = option(4, "products of filters, each with an output of its own", low=1, high=32)
    bandwidth: float = option(
        4.0, "greatest frequency of the finest output along an axis", unit="cycles/unit", low=0.5, high=1000.0
    )
    detail: int = option(0, "level of detail that is given, 1 the coarsest; 0 for the finest", low=0, high=32)


@dataclass(frozen=True)
class TriplaneOptions(Layers):
    """Three planes of features, added, Peng et al. 2020, Chan et al. 2022."""

    cells: int = option(64, "cells along a plane's edge", low=2, high=4096)
    features: int = option(16, "features of a plane", low=1, high=256)
    width: int = option(64, "units of a hidden layer", low=4, high=1024)
    depth: int = option(2, "hidden layers", low=1, high=8)


@dataclass(frozen=True)
class KPlanesOptions(TriplaneOptions):
    """Planes multiplied, at several resolutions, Fridovich-Keil et al. 2023."""

    cells: int = option(32, "cells along the coarsest planes' edge", low=2, high=4096)
    scales: int = option(3, "resolutions, each twice as fine as the one before", low=1, high=8)
    features: int = option(8, "features of a plane", low=1, high=256)


@dataclass(frozen=True)
class TensorfOptions(Layers):
    """Vectors times matrices of features, Chen et al. 2022."""

    cells: int = option(64, "cells along an edge", low=2, high=4096)
    rank: int = option(16, "components of each axis", low=1, high=256)
    width: int = option(64, "units of a hidden layer", low=4, high=1024)
    depth: int = option(2, "hidden layers", low=1, high=8)


@dataclass(frozen=True)
class FamilyOptions(Layers):
    """What every network for a family of shapes has: its codes, and how it is trained."""

    code: int = option(64, "numbers of a latent code", low=1, high=1024)
    rate: float = option(1.5e-3, "learning rate of the network", low=1e-8, high=10.0)
    shapes: int = option(64, "shapes a step", low=1, high=1 << 16)
    points: int = option(192, "points of each of them a step", low=16, high=1 << 20)
    ema: float = option(0.99, "decay of the weights' moving average, 0 for none", low=0.0, high=0.99999)


@dataclass(frozen=True)
class CodedOptions(FamilyOptions):
    """Codes that are learnt with the network, as an auto-decoder's are, Park et al. 2019."""

    clamp: float = option(0.1, "clamp of the distances, unit lengths; 0 for none", low=0.0, high=2.0)
    code_deviation: float = option(0.01, "standard deviation of the codes at the start", low=0.0, high=10.0)
    code_weight: float = option(1e-4, "weight of a code's squared length", low=0.0, high=10.0)
    code_rate: float = option(3e-3, "learning rate of the codes", low=1e-8, high=10.0)


@dataclass(frozen=True)
class AutoDecoderOptions(CodedOptions):
    """DeepSDF's auto-decoder for a family of shapes, Park et al. 2019: network, codes and their training."""

    width: int = option(192, "units of a hidden layer", low=4, high=4096)
    depth: int = option(6, "hidden layers", low=2, high=32)
    skip: int = option(3, "the layer at which point and code are concatenated again, 0 for none", low=0, high=31)
    narrow: bool = option(False, "the layer before that one is narrower by as much, as the paper has it")
    frequencies: int = option(5, "octaves of the points' positional encoding; 0 for none, as the paper", low=0, high=12)
    weight_norm: bool = option(False, "weight normalisation of the hidden layers, as the paper has it")
    dropout: float = option(0.0, "share of the hidden units left out at a step; the paper's is 0.2", low=0.0, high=0.9)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.skip >= self.depth:
            raise UsageError(f"skip: expected a layer below the depth {self.depth}, got {self.skip}")


@dataclass(frozen=True)
class PlaneFamilyOptions(CodedOptions):
    """Planes of features that are made of a code, and a small network that reads them."""

    cells: int = option(32, "nodes along a plane's edge, a power of two", low=8, high=512)
    features: int = option(16, "features of a plane", low=1, high=256)
    frequencies: int = option(5, "octaves of the points' positional encoding; 0 for none", low=0, high=12)
    width: int = option(64, "units of a hidden layer", low=4, high=1024)
    depth: int = option(3, "hidden layers", low=1, high=8)
    rate: float = option(3e-3, "learning rate of the network", low=1e-8, high=10.0)
    shapes: int = option(3, "shapes a step", low=1, high=1 << 16)
    points: int = option(1024, "points of each of them a step", low=16, high=1 << 20)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cells & (self.cells - 1):
            raise UsageError(f"cells: expected a power of two, got {self.cells}")


@dataclass(frozen=True)
class HyperOptions(CodedOptions):
    """A network that makes the weights of a small SIREN of a code, Sitzmann et al. 2020."""

    width: int = option(48, "units of a hidden layer of the SIREN", low=4, high=1024)
    depth: int = option(3, "sine layers of the SIREN", low=1, high=16)
    hyper: int = option(128, "units of the network that makes its weights", low=4, high=4096)
    omega: float = option(10.0, "frequency of every sine layer", low=0.1, high=1000.0)
    rate: float = option(5e-4, "learning rate of the network", low=1e-8, high=10.0)
    shapes: int = option(8, "shapes a step", low=1, high=1 << 16)
    points: int = option(1024, "points of each of them a step", low=16, high=1 << 20)


@dataclass(frozen=True)
class OccNetOptions(FamilyOptions):
    """An occupancy network with its encoder, Mescheder et al. 2019."""

    code: int = option(128, "numbers of a latent code", low=1, high=1024)
    width: int = option(96, "units of a hidden layer of the decoder", low=4, high=4096)
    depth: int = option(5, "residual blocks of the decoder", low=1, high=32)
    encoder: int = option(96, "units of the encoder", low=4, high=4096)
    frequencies: int = option(4, "octaves of the points' positional encoding; 0 for none, as the paper", low=0, high=12)
    cloud: int = option(300, "points that a shape is encoded from", low=16, high=1 << 16)
    noise: float = option(0.005, "deviation of the noise on those points, unit lengths", low=0.0, high=1.0)
    threshold: float = option(0.5, "probability at which the surface lies; the paper's is 0.2", low=0.01, high=0.99)
    rate: float = option(1e-3, "learning rate", low=1e-8, high=10.0)
    shapes: int = option(8, "shapes a step", low=1, high=1 << 16)
    points: int = option(384, "points of each of them a step", low=16, high=1 << 20)
    ema: float = option(0.0, "decay of the weights' moving average, 0 for none", low=0.0, high=0.99999)


@dataclass(frozen=True)
class InitialOptions(Checked):
    """Weights that a shape method's network starts from, learnt over many shapes, Nichol et al. 2018."""

    method: str = option("siren", "shape method whose first weights are learnt", choices=STARTED)
    width: int | None = option(None, "units of a hidden layer of its network; default: the method's own", low=4)
    depth: int | None = option(None, "hidden layers of its network; default: the method's own", low=1, high=32)
    inner_steps: int = option(8, "steps on one shape, between two of the start itself", low=1, high=1000)
    inner_rate: float = option(1.0, "learning rate of those, in the method's own", low=1e-6, high=1e3)
    rate: float = option(1.0, "learning rate of the start, in the method's own", low=1e-6, high=1e3)
    shapes: int = option(2, "shapes a step", low=1, high=1 << 16)
    points: int = option(1024, "points of each of them an inner step", low=16, high=1 << 20)
    ema: float = option(0.95, "decay of the weights' moving average, 0 for none", low=0.0, high=0.99999)

    @property
    def code(self) -> int:
        """Numbers of a code: none, a start is all shapes' alike."""
        return 0


@dataclass(frozen=True)
class NoOptions(Checked):
    """A registered method has no options of ours."""
