"""Which extensions a file may require: those that are read here, and those that change no triangle."""

from __future__ import annotations

import re

from shapefield.mesh.decoding.gltf.document import MESHOPT, Document

READ = {
    *MESHOPT,
    "KHR_draco_mesh_compression",
    "KHR_mesh_quantization",
    "KHR_node_visibility",
    "EXT_mesh_gpu_instancing",
}
OF_NO_SHAPE = re.compile(
    "material|texture|image|light|environment|technique|shader|camera|animation|audio|physics|collision|interactiv|"
    "metadata|xmp|feature|classification|outline|edge_visib|lod|packing|hover|select|manifold|vrm|license|thumbnail",
    re.IGNORECASE,
)
"""Appearance, behaviour and knowledge about a scene, by the words that names of extensions are made of."""


def check_extensions(document: Document) -> None:
    """InputError if the file requires an extension that may hold or change its triangles and is not read."""
    for name in document.items("extensionsRequired"):
        if not isinstance(name, str):
            raise document.source.error(
                "expected extensionsRequired to hold names, got something else: export it again"
            )
        if name not in READ and not OF_NO_SHAPE.search(name):
            shown = " ".join(name.split())[:60]
            raise document.source.error(
                f"expected a glTF file of known extensions, got one that needs {shown}: export it without"
            )
