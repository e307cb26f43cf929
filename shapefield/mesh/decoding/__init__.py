"""Mesh file formats, one decoder a file: bytes → Geometry, with every count checked against the file's header."""
