"""Small pictures of an input and of its result, for the report's page."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from shapefield.batches.task import BatchTask
from shapefield.errors import ShapefieldError
from shapefield.mesh.sniffing import named_as_mesh

FOLDER = "pictures"
SIDE = 160


def pictures_of(name: str) -> dict[str, str]:
    """Where those of an input's name lie, from the output folder: "input" and "result"."""
    return {what: f"{FOLDER}/{name}.{what}.png" for what in ("input", "result")}


def question_of(task: BatchTask) -> dict[str, Any]:
    """What a worker is asked to draw: pairs of a mesh and a place."""
    where = pictures_of(task.name)
    drawn = [(task.path, where["input"])]
    drawn += [(str(Path(task.out) / path), where["result"]) for path in task.outputs.values() if named_as_mesh(path)]
    return {"meshes": [(mesh, str(Path(task.out) / place)) for mesh, place in drawn]}


def draw(meshes: list[tuple[str, str]]) -> int:
    """Draw each mesh into its PNG; how many were. What cannot be drawn has no picture."""
    from PIL import Image

    from shapefield.mesh.reading import read
    from shapefield.mesh.thumbnail import thumbnail
    from shapefield.storage.png import write_png

    drawn = 0
    for mesh, place in meshes:
        with contextlib.suppress(ShapefieldError):
            picture = thumbnail(read(mesh), SIDE)
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            write_png(Image.fromarray(picture), place)
            drawn += 1
    return drawn
