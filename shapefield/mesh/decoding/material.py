"""MTL, the material library beside an OBJ: diffuse colours and diffuse textures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.mesh.decoding.source import as_bytes

_OPTIONS = {"-blendu": 1, "-blendv": 1, "-boost": 1, "-mm": 2, "-texres": 1, "-clamp": 1, "-bm": 1, "-imfchan": 1}
_OPTIONS |= {"-type": 1}


@dataclass(slots=True)
class Material:
    """color : (3,) uint8 diffuse RGB;  texture : the picture's file name as written, or None."""

    color: np.ndarray
    texture: str | None = None


def read_library(data: bytes) -> dict[str, Material]:
    """Materials by name. Lines that make no sense are passed over, as every viewer does."""
    library: dict[str, Material] = {}
    current = Material(np.full(3, 200, np.uint8))
    for line in data.decode("utf-8", "replace").splitlines():
        key, _, value = line.strip().partition(" ")
        key, value = key.lower(), value.strip()
        if key == "newmtl":
            current = library.setdefault(value, Material(np.full(3, 200, np.uint8)))
        elif key == "kd":
            try:
                current.color = as_bytes(np.clip([float(word) for word in value.split()[:3]] * 3, 0, 1)[:3])
            except ValueError:
                continue
        elif key == "map_kd" and value:
            current.texture = _file_name(value)
    return library


def _file_name(value: str) -> str:
    """The file's name behind options such as `-s 1 1 1`; names may hold spaces."""
    words = value.split()
    while words and words[0] in ("-o", "-s", "-t", *_OPTIONS):
        option = words.pop(0)
        if option in _OPTIONS:
            del words[: _OPTIONS[option]]
        else:
            while len(words) > 1 and _is_number(words[0]):
                words.pop(0)
    return " ".join(words) if words else value


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
