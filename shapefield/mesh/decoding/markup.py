"""XML scenes before trimesh reads them: sound, no bombs, and what it would pass over is known.

trimesh follows every instance, so a few hundred bytes that refer to each other could make billions of triangles;
and it drops what it does not know without a word.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from shapefield.machine.memory import require
from shapefield.mesh.decoding.source import FileBytes

INSTANCE_LIMIT = 20_000
RATIO_LIMIT = 200
SMALL = 64 << 20
BYTES_A_CORNER = 300
"""What a triangle's corner takes while trimesh reads it: position, normal, texture, colour, each some times over."""
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']utf-?(?:16|32)[^>]*\?>", re.IGNORECASE)
"""The declaration of an encoding that the text has no more: `unpacking` made UTF-8 of it."""
PRIMITIVES = ("{*}triangles", "{*}tristrips", "{*}trifans", "{*}polylist", "{*}polygons")
UNITS = {1e-6: "um", 1e-3: "mm", 1e-2: "cm", 1.0: "m", 0.0254: "in", 0.3048: "ft"}


def parsed(source: FileBytes, data: bytes) -> Any:
    """The root of an XML document. Raises InputError if it is not sound, or defines entities."""
    import lxml.etree as etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    data = _DECLARED.sub(b"", data, count=1)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        told = " ".join(str(error).split())[:80]
        raise source.error(f"expected sound XML, got a damaged document ({told}): copy or export it again") from None
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise source.error("expected XML without entities, got a DTD that defines some: export it again")
    return root


def text_of(root: Any) -> bytes:
    """A parsed document written again: nothing but its elements is left."""
    import lxml.etree as etree

    return etree.tostring(root)


def member(source: FileBytes, archive: zipfile.ZipFile, name: str) -> bytes:
    """A file of an archive. Raises InputError where it unpacks to unreasonably much."""
    info = archive.getinfo(name)
    if info.file_size > SMALL:
        if info.file_size > RATIO_LIMIT * max(1, info.compress_size):
            raise source.error(f"expected a scene, got a zip bomb ({name[:40]!r}): do not open it")
        require(4 * info.file_size, f"{source.name}: to unpack it", "simplify the scene, or close other programs")
    return archive.read(info)


def collada_parts(source: FileBytes, root: Any) -> int:
    """How many parts the scene's instances make. Raises InputError for too many or a circle, ResourceError."""
    geometries = {element.get("id"): _geometry(element) for element in root.iter("{*}geometry")}
    nodes = {element.get("id"): element for element in root.iter("{*}node", "{*}visual_scene")}

    def follow(element: Any, visit: Callable[[Any], tuple[int, int]]) -> Iterator[tuple[int, int]]:
        for child in element.iterchildren("{*}node", "{*}instance_node", "{*}instance_geometry"):
            target = str(child.get("url", "")).lstrip("#")
            if child.tag.endswith("instance_geometry"):
                yield geometries.get(target, (0, 0))
            elif child.tag.endswith("instance_node"):
                if target in nodes:
                    yield visit(nodes[target])
            else:
                yield visit(child)

    parts = corners = 0
    for element in root.iterfind("{*}scene/{*}instance_visual_scene"):
        target = nodes.get(str(element.get("url", "")).lstrip("#"))
        if target is not None:
            found = _sum(source, target, follow)
            parts, corners = parts + found[0], corners + found[1]
    if parts > INSTANCE_LIMIT:
        raise source.error(f"expected at most {INSTANCE_LIMIT:,} parts, got more: merge them before export")
    if parts == 0:
        losses = "; ".join(collada_losses(root)) or "export it again, with its geometry"
        raise source.error(f"expected triangles in the scene, got none: {losses}")
    require(BYTES_A_CORNER * corners, f"{source.name}: its parts", "simplify the scene")
    return parts


def _sum(source: FileBytes, start: Any, follow: Callable[..., Iterator[tuple[int, int]]]) -> tuple[int, int]:
    """Parts and corners below an element, every one once however often it is referred to. Raises for a circle."""
    known: dict[Any, tuple[int, int] | None] = {}

    def visit(element: Any) -> tuple[int, int]:
        if element in known:
            found = known[element]
            if found is None:
                raise source.error("expected a tree of parts, got a circle: export it again")
            return found
        known[element] = None
        both = list(follow(element, visit))
        known[element] = (sum(a for a, _ in both), sum(b for _, b in both))
        return known[element] or (0, 0)

    return visit(start)


def _geometry(element: Any) -> tuple[int, int]:
    """(parts that trimesh makes of a geometry, corners of its triangles at most)."""
    parts = corners = 0
    for primitive in element.iter(*PRIMITIVES):
        words = sum((p.text or "").count(" ") + (p.text or "").count("\n") + 1 for p in primitive.iter("{*}p"))
        offsets = [int(entry.get("offset", "0")) for entry in primitive.iterchildren("{*}input")]
        parts += 1
        corners += 3 * words // max(1, 1 + max(offsets, default=0))
    return parts, corners


def collada_unit(root: Any) -> str | None:
    """The label of the document's unit, where it is one that has a label."""
    element = root.find("{*}asset/{*}unit")
    try:
        meter = float(element.get("meter", "1")) if element is not None else 0.0
    except ValueError:
        return None
    return next((label for size, label in UNITS.items() if abs(meter - size) <= 1e-6 * size), None)


def collada_losses(root: Any) -> list[str]:
    """One line each for what trimesh passes over: skins, holes in polygons."""
    kinds = {
        "{*}instance_controller": "skinned or morphed parts",
        "{*}ph": "polygons with holes",
    }
    found = {what: sum(1 for _ in root.iter(tag)) for tag, what in kinds.items()}
    return [f"left out {count:,} {what}: triangulate and bake the scene" for what, count in found.items() if count]


def threedxml_paths(source: FileBytes, file: io.BytesIO) -> None:
    """Raise InputError if the product structure of a 3DXML has more paths than trimesh could follow, or a circle."""
    below: dict[str, list[str]] = {}
    shapes = 0
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if b"ProductStructure" not in data:
                continue
            root = parsed(source, data)
            shapes += sum(1 for _ in root.iter("{*}ReferenceRep"))
            for instance in root.iter("{*}InstanceRep", "{*}Instance3D"):
                own = str(instance.get("id"))
                below.setdefault(str(instance.findtext("{*}IsAggregatedBy")), []).append(own)
                below.setdefault(own, []).append(str(instance.findtext("{*}IsInstanceOf")))

    def follow(element: str, visit: Callable[[str], tuple[int, int]]) -> Iterator[tuple[int, int]]:
        yield 1, 0
        for child in below.get(element, ()):
            yield visit(child)

    tops = set(below) - {child for children in below.values() for child in children}
    paths = sum(_sum(source, top, follow)[0] for top in tops or list(below)[:1])
    if paths * max(1, shapes) > 100 * INSTANCE_LIMIT:
        raise source.error("expected fewer parts, got an assembly that refers to itself too often: merge its parts")


def xaml(source: FileBytes, root: Any) -> bytes:
    """A XAML document as trimesh reads it: normals are there, and nothing is moved in a way that it passes over."""
    import lxml.etree as etree

    moved = {"MatrixTransform3D", "Transform3DGroup"}
    for element in root.iter("{*}*"):
        name = etree.QName(element).localname
        holder = element.getparent()
        if name.endswith("Transform3D") and name not in moved:
            raise _unplaced(source, name)
        if name.endswith(".Transform") and name != "ModelVisual3D.Transform" and len(element):
            raise _unplaced(source, name)
        if name == "Transform3DGroup" and holder is not None and len(element) > 1:
            raise _unplaced(source, name)
        if name == "MeshGeometry3D":
            points = len(element.get("Positions", "").replace(",", " ").split()) // 3
            element.set("Normals", "0 0 1 " * points)  # trimesh wants some, and we use none
            if "TriangleIndices" not in element.attrib:
                element.set("TriangleIndices", " ".join(map(str, range(points // 3 * 3))))
        if name == "SolidColorBrush":
            element.set("Opacity", element.get("Opacity", "1"))
            element.set("Color", _plain(element.get("Color", "")))
    return text_of(root)


def _plain(color: str) -> str:
    """#RRGGBB of #AARRGGBB and #RRGGBB; grey for names and shorter forms."""
    digits = color.removeprefix("#")
    sound = color.startswith("#") and len(digits) in (6, 8) and all(c in "0123456789abcdefABCDEF" for c in digits)
    return f"#{digits[-6:]}" if sound else "#C8C8C8"


def _unplaced(source: FileBytes, name: str) -> Exception:
    return source.error(
        f"expected parts placed by a MatrixTransform3D of their ModelVisual3D, got {name}: export it as DAE or GLB"
    )
