"""3MF: a zip of XML parts, with a unit; what slicers write beside the meshes is honoured."""

from shapefield.mesh.decoding.threemf.decoder import decode
from shapefield.mesh.decoding.threemf.model import UNITS

__all__ = ["UNITS", "decode"]
