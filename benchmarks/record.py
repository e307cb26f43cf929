"""What every benchmark shares in its output: what it ran on, a JSON file, a plot beside it, and the peak of memory."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("shapefield", "torch", "numpy", "scipy", "scikit-image", "libigl", "numba")
FOLDER = Path(__file__).resolve().parent / "results"


def machine(seed: int = 0, peers: tuple[str, ...] = ()) -> dict[str, Any]:
    """Cores this process may use, versions, the seed, and the load at the start: alone, or beside others."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    found: dict[str, Any] = {"seed": seed, "cores": cores, "load_before": load, "python": platform.python_version()}
    for name in (*LIBRARIES, *peers):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def save(name: str, settings: dict[str, Any], rows: list[dict[str, Any]], path: Path | None = None) -> Path:
    """Write {"settings", "rows"} as JSON to benchmarks/results/NAME.json, or to `path`; → where."""
    place = path or FOLDER / f"{name}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"settings": settings, "rows": rows}, indent=1, default=str))
    print(f"written: {place}")
    return place


def show(settings: dict[str, Any]) -> None:
    """The settings on one line."""
    print("  ".join(f"{k} {v}" for k, v in settings.items()))


def row_line(row: dict[str, Any]) -> str:
    """One row of a table as text: name value, name value …"""
    parts = [f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items() if not isinstance(v, list)]
    return "  ".join(parts)


def plot(
    place: Path,
    lines: dict[str, tuple[list[float], list[float]]],
    labels: tuple[str, str],
    title: str,
    levels: tuple[float, ...] = (),
) -> None:
    """Curves (x, y) by name on two logarithmic axes, as a PNG beside the JSON; `levels` are drawn across."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, (x, y) in lines.items():
        axes.plot(x, y, marker="o", markersize=3, label=name)
    for level in levels:
        axes.axhline(level, color="grey", linewidth=0.7, linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel=labels[0], ylabel=labels[1], title=title)
    axes.grid(alpha=0.25, which="both")
    axes.legend()
    figure.savefig(place.with_suffix(".png"), dpi=120)
    print(f"plotted: {place.with_suffix('.png')}")


def peak_bytes() -> int | None:
    """Peak resident bytes of this process; None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
