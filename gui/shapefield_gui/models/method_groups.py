"""The methods as a person looks for them: the default, those of papers, those to study; and the well-known ones."""

from __future__ import annotations

from shapefield.methods import DEFAULT, METHODS, Method

NAMED = (
    ("DeepSDF, with the eikonal term", "deepsdf"),
    ("Occupancy network", "occupancy"),
    ("SIREN", "siren"),
)
"""Under *Presets*: what the field calls it, and the method."""


def grouped() -> list[tuple[str, list[Method]]]:
    """Title and methods of each group: the registry knows of which papers' settings it has."""
    found = {"Default": [], "The papers'": [], "To study and compare": []}
    for method in METHODS.values():
        title = "Default" if method.name == DEFAULT else "The papers'" if method.paper else "To study and compare"
        found[title].append(method)
    return [(title, methods) for title, methods in found.items() if methods]
