"""The solid that a mesh means: one closed surface, an exact signed distance to it, and what had to be repaired."""

from shapefield.solid.model import Repairs, Solid
from shapefield.solid.rebuild import solid_of, solidify

__all__ = ["Repairs", "Solid", "solid_of", "solidify"]
