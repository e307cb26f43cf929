"""3MF: text with as many digits as the mesh needs, its unit, and vertex colours as a colour group."""

from __future__ import annotations

import zipfile
from typing import IO

import numpy as np

from shapefield.mesh.decoding.threemf import UNITS
from shapefield.mesh.encoding.precision import decimals
from shapefield.mesh.encoding.text import label, lines
from shapefield.mesh.model import Mesh

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Target="/3D/3dmodel.model" Id="rel0" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_MATERIAL = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"


def encode(mesh: Mesh, file: IO[bytes], mark: str) -> list[str]:
    """Write `mesh`; returns one notice where it has no unit, for 3MF must name one."""
    unit = next((name for name, short in UNITS.items() if short == label(mesh.unit)), None)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_dated("[Content_Types].xml"), _TYPES)
        archive.writestr(_dated("_rels/.rels"), _RELATIONS)
        with archive.open(_dated("3D/3dmodel.model"), "w", force_zip64=True) as part:
            _write_model(mesh, part, unit or "millimeter", mark)
        archive.comment = mark.encode("ascii")
    return [] if unit else ["3MF must name a unit and this mesh has none that it knows: wrote millimetres"]


def _dated(name: str) -> zipfile.ZipInfo:
    """An entry with a fixed date, so that the same mesh gives the same bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write_model(mesh: Mesh, part: IO[bytes], unit: str, mark: str) -> None:
    spaces = f'xml:lang="en-US" xmlns="{_CORE}" xmlns:m="{_MATERIAL}"'
    part.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<model unit="{unit}" {spaces}>'.encode())
    part.write(f'<metadata name="Application">{mark}</metadata><resources>'.encode())
    corners = mesh.faces
    triangle = '<triangle v1="%d" v2="%d" v3="%d"/>\n'
    if mesh.colors is not None:
        palette, paint = np.unique(mesh.colors, axis=0, return_inverse=True)
        part.write(b'<m:colorgroup id="2">')
        part.writelines(lines('<m:color color="#%02X%02X%02X"/>', palette))
        part.write(b"</m:colorgroup>")
        corners = np.concatenate([mesh.faces, paint.reshape(-1)[mesh.faces]], axis=1)
        triangle = '<triangle v1="%d" v2="%d" v3="%d" pid="2" p1="%d" p2="%d" p3="%d"/>\n'
    number = f"%.{decimals(mesh)}g"
    part.write(b'<object id="1" type="model"><mesh><vertices>\n')
    part.writelines(lines(f'<vertex x="{number}" y="{number}" z="{number}"/>\n', mesh.vertices))
    part.write(b"</vertices><triangles>\n")
    part.writelines(lines(triangle, corners))
    part.write(b'</triangles></mesh></object></resources><build><item objectid="1"/></build></model>')
