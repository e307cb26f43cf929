"""Field → closed mesh: sparse marching cubes, refinement onto the level set, components, simplification."""

from shapefield.surface.components import drop_debris, keep_largest, smallest_side
from shapefield.surface.extraction import CHUNK, Surface, extract
from shapefield.surface.forecasting import Forecast, forecast
from shapefield.surface.grid import cropped_box
from shapefield.surface.simplification import simplify
from shapefield.surface.tidying import tidied

__all__ = [
    "CHUNK",
    "Forecast",
    "Surface",
    "cropped_box",
    "drop_debris",
    "extract",
    "forecast",
    "keep_largest",
    "simplify",
    "smallest_side",
    "tidied",
]
