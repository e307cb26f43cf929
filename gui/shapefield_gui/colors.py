"""Colours by role, one set for light and one for dark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """Hex colours by role."""

    dark: bool
    window: str
    surface: str
    raised: str
    border: str
    text: str
    quiet: str
    faint: str
    accent: str
    accent_text: str
    good: str
    warning: str
    bad: str
    sky: str
    ground: str
    first_curve: str
    second_curve: str


LIGHT = Theme(
    dark=False,
    window="#f3f4f6",
    surface="#ffffff",
    raised="#e8eaee",
    border="#d3d7dd",
    text="#1c2026",
    quiet="#5b6470",
    faint="#a9b0ba",
    accent="#1f6feb",
    accent_text="#ffffff",
    good="#17713a",
    warning="#8a5a00",
    bad="#b3261e",
    sky="#f7f9fb",
    ground="#d6dce4",
    first_curve="#1f6feb",
    second_curve="#b35900",
)
DARK = Theme(
    dark=True,
    window="#202328",
    surface="#191b1f",
    raised="#2d3138",
    border="#3a3f47",
    text="#e6e8eb",
    quiet="#a1a9b4",
    faint="#5f6771",
    accent="#5b9dff",
    accent_text="#0d1420",
    good="#6fce8d",
    warning="#e9b44c",
    bad="#ff8a80",
    sky="#3a4049",
    ground="#15171a",
    first_curve="#5b9dff",
    second_curve="#f2a65a",
)
