"""Mesh file formats, one encoder a file: Mesh → bytes on an open file, each with the mark by which we know our own."""
