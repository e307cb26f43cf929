"""Photographs, or a film, without poses: structure from motion (COLMAP's, through pycolmap) makes a scene of them."""
