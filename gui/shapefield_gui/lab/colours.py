"""Colours of the Lab's lines, told apart by lightness too."""

LINES = {
    False: ("#1f6feb", "#b35900", "#17713a", "#8250df", "#b3261e", "#5b6470"),
    True: ("#5b9dff", "#f2a65a", "#6fce8d", "#c297ff", "#ff8a80", "#a1a9b4"),
}
"""By whether the theme is dark."""
