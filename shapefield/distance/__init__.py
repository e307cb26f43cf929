"""Exact distances to triangle meshes, and which side of them a point is on."""
