"""Scenes that trimesh reads: COLLADA (DAE, and zipped ZAE), Dassault's 3DXML, XAML.

`markup` looks at the document first: what a few bytes could blow up to, and what trimesh would pass over in silence.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from shapefield.mesh.decoding import markup
from shapefield.mesh.decoding.source import FileBytes, Geometry, as_bytes
from shapefield.mesh.decoding.texture import PixelBudget
from shapefield.mesh.foreign import names_of


class Textures:
    """The pictures a scene refers to, decoded by our own reader alone: what trimesh asks for instead of the disk.

    fetch : a name as written → the file's bytes; raises OSError or ValueError
    """

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self.fetch = fetch
        self.budget = PixelBudget()
        self.known: dict[str, bytes] = {}
        self.missing: dict[str, None] = {}

    def get(self, name: str) -> bytes:
        """A BMP of the picture. Raises FileNotFoundError where it cannot be had."""
        if name not in self.known:
            try:
                picture = self.budget.load(self.fetch(name))
            except (OSError, ValueError, KeyError) as error:
                self.missing.setdefault(f"texture left out: {error}")
                raise FileNotFoundError(name) from None
            self.known[name] = bitmap(picture)
        return self.known[name]


def bitmap(picture: np.ndarray) -> bytes:
    """(height, width, 3) uint8 → the bytes of a BMP file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="BMP")
    return file.getvalue()


def decode(source: FileBytes) -> Geometry:
    """Read a DAE, ZAE, 3DXML or XAML file. Raises InputError if it is damaged, a bomb or without triangles."""
    if source.data[:2] != b"PK":
        root = markup.parsed(source, source.data)
        if root.tag.endswith("COLLADA"):
            return _collada(source, root, source.beside)
        return _merged(_scene(markup.xaml(source, root), "xaml", None), None)
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            inner = [name for name in archive.namelist() if name.lower().endswith(".dae")]
            if inner and source.suffix != "3dxml":
                name = min(inner, key=lambda name: name.count("/"))
                root = markup.parsed(source, markup.member(source, archive, name))
                return _collada(source, root, lambda reference: _packed(source, archive, name, reference))
            return _threedxml(source, archive)
    # zipfile raises RuntimeError for an encrypted member, NotImplementedError for an unknown compression
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        if not names_of(source.data) or b"PK\x05\x06" not in source.data:
            raise source.truncated("a zip directory at the end", "none") from None
        told = " ".join(str(error).split())[:80]
        raise source.error(f"expected a sound archive, got a damaged one ({told}): copy or export it again") from None


def _packed(source: FileBytes, archive: zipfile.ZipFile, scene: str, reference: str) -> bytes:
    """A file of the archive, by its place beside the scene, or by its name alone. Raises FileNotFoundError."""
    wanted = reference.replace("\\", "/").removeprefix("file:").lstrip("./")
    folder = scene.rpartition("/")[0]
    for name in archive.namelist():
        if name in (f"{folder}/{wanted}", wanted) or name.rpartition("/")[2] == wanted.rpartition("/")[2]:
            return markup.member(source, archive, name)
    raise FileNotFoundError(f"{reference[:80]!r} is not in {source.name}")


def _collada(source: FileBytes, root: Any, fetch: Callable[[str], bytes]) -> Geometry:
    parts = markup.collada_parts(source, root)
    textures = Textures(fetch)
    scene = _scene(markup.text_of(root), "dae", textures)
    made = len(scene.graph.nodes_geometry)
    if made == 0:
        raise source.error(f"expected triangles, got {parts:,} parts of which none can be read: export it again")
    geometry = _merged(scene, markup.collada_unit(root))
    if made < parts:
        geometry.notices.append(f"left out {parts - made:,} of {parts:,} parts, which could not be read")
    geometry.notices += [*markup.collada_losses(root), *list(textures.missing)[:3]]
    return geometry


def _threedxml(source: FileBytes, archive: zipfile.ZipFile) -> Geometry:
    """The archive packed again with sound XML and pictures of ours in it, and nothing else, for trimesh to read."""
    made = io.BytesIO()
    unread, budget = 0, PixelBudget()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as file:
        for name in dict.fromkeys(archive.namelist()):
            data = markup.member(source, archive, name)
            if data.lstrip()[:1] == b"<":
                file.writestr(name, markup.text_of(markup.parsed(source, data)))
                continue
            unread += name.lower().endswith(".3drep")
            try:
                picture = budget.load(data)
            except ValueError:
                picture = np.full((1, 1, 3), 200, np.uint8)
            file.writestr(name, bitmap(picture))
    markup.threedxml_paths(source, made)
    if unread:
        remedy = "export it with tessellated XML geometry, or as STL"
        raise source.error(f"expected shapes as XML, got {unread:,} in Dassault's binary form: {remedy}")
    return _merged(_scene(made.getvalue(), "3dxml", None), "mm")


def _scene(data: bytes, kind: str, textures: Any) -> Any:
    import trimesh

    logging.getLogger("trimesh").addHandler(logging.NullHandler())  # it prints what it passes over
    return trimesh.load_scene(io.BytesIO(data), file_type=kind, resolver=textures, process=False)


def _merged(scene: Any, unit: str | None) -> Geometry:
    """All meshes of the scene where their nodes put them, mirrored ones turned over; corners have their own colours."""
    vertices, faces, colors, first, painted = [np.zeros((0, 3))], [np.zeros((0, 3), np.int64)], [], 0, False
    for node in scene.graph.nodes_geometry:
        matrix, name = scene.graph[node]
        mesh = scene.geometry[name]
        corners = np.asarray(mesh.faces, dtype=np.int64)
        told = _corner_colors(mesh)
        if np.linalg.det(matrix[:3, :3]) < 0:
            corners, told = corners[:, ::-1], None if told is None else told[:, ::-1]
        vertices.append(np.asarray(mesh.vertices, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3])
        faces.append(corners + first)
        colors.append(np.full((len(corners), 3, 3), 200, np.uint8) if told is None else told)
        painted = painted or told is not None
        first += len(mesh.vertices)
    geometry = Geometry(np.concatenate(vertices), np.concatenate(faces), unit=unit, indexed=False)
    geometry.corner_colors = np.concatenate(colors) if painted else None
    if any(mesh.visual.kind == "texture" for mesh in scene.geometry.values()):
        geometry.unread += ["texture coordinates", "materials"]
    return geometry


def _corner_colors(mesh: Any) -> np.ndarray | None:
    """(m, 3, 3) uint8, or None where the mesh has no colours."""
    if mesh.visual.kind == "face":
        return np.repeat(as_bytes(mesh.visual.face_colors[:, :3])[:, None], 3, axis=1)
    if mesh.visual.kind is None:
        return None
    visual = mesh.visual
    colors = np.asarray(visual.to_color().vertex_colors if visual.kind == "texture" else visual.vertex_colors)
    if colors.ndim == 1:  # a material without a texture that could be read
        return np.broadcast_to(as_bytes(colors[:3]), (len(mesh.faces), 3, 3))
    return as_bytes(colors[:, :3])[mesh.faces]
