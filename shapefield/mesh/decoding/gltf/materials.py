"""Colours of glTF primitives: vertex colours, material and texture. Whatever cannot be read costs only the colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from shapefield.errors import InputError, ShapefieldError
from shapefield.mesh.decoding.gltf.document import Document, extension, numbers, whole
from shapefield.mesh.decoding.gltf.primitives import Primitive
from shapefield.mesh.decoding.source import as_bytes
from shapefield.mesh.decoding.texture import PixelBudget, sample

GREY = 200
PICTURES = ("EXT_texture_webp", "EXT_texture_avif")
"""Extensions that name another picture which can be read."""
TOLD = 3
"""So many textures that cannot be read are told one by one."""


def paint(document: Document, primitives: Iterable[Primitive]) -> list[np.ndarray | None]:
    """(n, 3) uint8 sRGB of every primitive, or None for one without colours.

    Primitives are painted picture by picture: each is decoded once, and no two are in memory at a time.
    """
    budget, failures = PixelBudget(), []
    painted: list[np.ndarray | None] = []
    waiting: dict[int | str, list[tuple[int, Primitive, dict[str, Any]]]] = {}
    for k, primitive in enumerate(primitives):
        painted.append(None)
        try:
            material = _material(primitive)
            painted[k] = _untextured(primitive, material)
            place = _picture_place(document, primitive, material.get("baseColorTexture"))
        except (InputError, ValueError) as error:
            failures.append(_without_name(document, error))
            continue
        if place is not None:
            waiting.setdefault(place, []).append((k, primitive, material["baseColorTexture"]))
    for place, textured in waiting.items():
        try:
            picture = budget.load(_content(document, place))
            for k, primitive, entry in textured:
                painted[k] = _textured(primitive, entry, picture, painted[k])
        except (ShapefieldError, OSError, ValueError) as error:
            failures.append(_without_name(document, error))
    _tell(document, failures)
    return painted


def _without_name(document: Document, error: Exception) -> str:
    return str(error).removeprefix(f"{document.source.name}: ").removeprefix("picture: ")


def _tell(document: Document, failures: list[str]) -> None:
    failures = list(dict.fromkeys(failures))
    document.notices += [f"texture left out: {failure}" for failure in failures[:TOLD]]
    if len(failures) > TOLD:
        document.notices.append(f"{len(failures) - TOLD:,} more textures are left out")


def _material(primitive: Primitive) -> dict[str, Any]:
    """The metallic-roughness model of a primitive's material, or the older one under the same names."""
    if primitive.spec.get("material") is None:
        return {}
    material = primitive.document.item("materials", primitive.spec["material"])
    older = extension(material, "KHR_materials_pbrSpecularGlossiness")
    if older is not None:
        names = {"diffuseFactor": "baseColorFactor", "diffuseTexture": "baseColorTexture"}
        return {new: older[old] for old, new in names.items() if old in older}
    surface = material.get("pbrMetallicRoughness")
    return surface if isinstance(surface, dict) else {}


def _untextured(primitive: Primitive, material: dict[str, Any]) -> np.ndarray | None:
    """Product of material colour and vertex colours, as far as they are there; linear → sRGB."""
    count, color = len(primitive.rest), None
    if "baseColorFactor" in material:
        color = np.tile(np.clip(numbers(primitive.document, material["baseColorFactor"], 4)[:3], 0, 1), (count, 1))
    if "COLOR_0" in primitive.accessors:
        values = primitive.read("COLOR_0", None)
        if values.shape[0] == count and values.shape[1] in (3, 4):
            whole = values.dtype.kind in "iu"
            linear = as_bytes(values[:, :3]) / 255.0 if whole else np.clip(np.nan_to_num(values[:, :3]), 0, 1)
            color = linear if color is None else color * linear
    return None if color is None else as_bytes(_to_srgb(color))


def _picture_place(document: Document, primitive: Primitive, entry: Any) -> int | str | None:
    """Where the picture of a texture lies, a buffer view or a URI; None if there is no texture.

    Raises ValueError if the texture is of a kind that is not read.
    """
    if not isinstance(entry, dict) or f"TEXCOORD_{entry.get('texCoord', 0)}" not in primitive.accessors:
        return None
    texture = document.item("textures", entry.get("index"))
    index = texture.get("source")
    if index is None:
        index = (extension(texture, *PICTURES) or {}).get("source")
    if index is None:
        others = texture.get("extensions")
        if isinstance(others, dict) and others:
            raise ValueError(f"{', '.join(others)[:60]} is not read")
        return None
    image = document.item("images", index)
    if "bufferView" in image:
        return whole(image["bufferView"])
    if not isinstance(image.get("uri"), str):
        raise ValueError(f"images[{index}] has no picture")
    return image["uri"]


def _content(document: Document, place: int | str) -> bytes:
    if isinstance(place, str):
        return document.fetch(place)
    data, offset, length, _ = document.view(place)
    return data[offset : offset + length]


def _textured(primitive: Primitive, entry: dict[str, Any], picture: np.ndarray, under: np.ndarray | None) -> np.ndarray:
    """Texels at the primitive's texture coordinates, times the colour `under` them."""
    document = primitive.document
    uv = primitive.read(f"TEXCOORD_{entry.get('texCoord', 0)}", 2).astype(np.float64)
    if len(uv) != len(primitive.rest):
        raise ValueError(f"{len(uv):,} texture coordinates for {len(primitive.rest):,} vertices")
    transform = extension(entry, "KHR_texture_transform")
    if transform is not None:
        angle = float(numbers(document, [transform.get("rotation", 0)], 1)[0])
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        scale, offset = transform.get("scale", [1, 1]), transform.get("offset", [0, 0])
        uv = (uv * numbers(document, scale, 2)) @ turn + numbers(document, offset, 2)
    texels = sample(picture, uv)
    return texels if under is None else as_bytes(_to_srgb(_to_linear(texels / 255.0) * _to_linear(under / 255.0)))


def _to_srgb(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _to_linear(srgb: np.ndarray) -> np.ndarray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
