"""glTF 2.0, text (.gltf) and binary (.glb): the scene's triangles as its nodes, skins and morph weights place them."""

from shapefield.mesh.decoding.gltf.decoder import decode

__all__ = ["decode"]
