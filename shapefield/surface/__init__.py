"""Field → closed mesh: sparse marching cubes, refinement onto the level set, components, simplification."""

from shapefield.surface.extraction import Surface, extract

__all__ = ["Surface", "extract"]
