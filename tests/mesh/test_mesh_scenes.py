"""Scenes that trimesh reads for us: the whole shape where its nodes put it, or what is left out; no bombs."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from mesh.test_mesh_odd_files import FACES, POINTS

from shapefield.errors import InputError
from shapefield.mesh.reading import read

COORDINATES = " ".join(f"{x} {y} {z}" for x, y, z in POINTS)
CORNERS = " ".join(f"{a} {b} {c}" for a, b, c in FACES)
GEOMETRY = (
    '<instance_geometry url="#g"><bind_material><technique_common><instance_material symbol="M" target="#m"/>'
    "</technique_common></bind_material></instance_geometry>"
)


def source(name: str, values: str, axes: str) -> str:
    count = len(values.split())
    columns = "".join(f'<param name="{axis}" type="float"/>' for axis in axes)
    return (
        f'<source id="{name}"><float_array id="{name}a" count="{count}">{values}</float_array><technique_common>'
        f'<accessor source="#{name}a" count="{count // len(axes)}" stride="{len(axes)}">{columns}</accessor>'
        "</technique_common></source>"
    )


def collada(scene: str = f"<node>{GEOMETRY}</node>", nodes: str = "", more: str = "", texture: str = "t.png") -> str:
    """The box of 2 x 3 x 5 in centimetres, with a texture."""
    corners = " ".join(f"{k} 0" for k in CORNERS.split())
    return f"""<?xml version="1.0" encoding="utf-8"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"><asset>
<created>2026-01-01T00:00:00</created><modified>2026-01-01T00:00:00</modified><unit name="c" meter="0.01"/></asset>
<library_images><image id="im"><init_from>{texture}</init_from></image></library_images>
<library_effects><effect id="e"><profile_COMMON>
<newparam sid="s"><surface type="2D"><init_from>im</init_from></surface></newparam>
<newparam sid="sa"><sampler2D><source>s</source></sampler2D></newparam><technique sid="c"><lambert><diffuse>
<texture texture="sa" texcoord="UV"/></diffuse></lambert></technique></profile_COMMON></effect></library_effects>
<library_materials><material id="m"><instance_effect url="#e"/></material></library_materials>
<library_geometries><geometry id="g"><mesh>{source("v", COORDINATES, "XYZ")}{source("u", "0.75 0.25", "ST")}
<vertices id="vs"><input semantic="POSITION" source="#v"/></vertices>
<triangles count="12" material="M"><input semantic="VERTEX" source="#vs" offset="0"/>
<input semantic="TEXCOORD" source="#u" offset="1" set="0"/><p>{corners}</p></triangles>{more}
</mesh></geometry></library_geometries><library_nodes>{nodes}</library_nodes>
<library_visual_scenes><visual_scene id="sc">{scene}</visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#sc"/></scene></COLLADA>"""


def dae(folder: Path, *given, **named):
    (folder / "m.dae").write_text(collada(*given, **named))
    return read(folder / "m.dae")


def refused(path: Path, pattern: str) -> None:
    with pytest.raises(InputError, match=pattern) as caught:
        read(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400 and path.name in str(caught.value)


def picture(path: Path) -> None:
    from PIL import Image

    shown = Image.new("RGB", (2, 2), (1, 1, 1))
    shown.putpixel((1, 1), (9, 99, 199))
    shown.save(path)


def test_nodes_move_scale_mirror_and_repeat(tmp_path):
    picture(tmp_path / "t.png")
    moved = "<matrix>1 0 0 10 0 1 0 0 0 0 1 0 0 0 0 1</matrix>"
    scene = f'<node>{moved}{GEOMETRY}</node><node><scale>-2 1 1</scale><instance_node url="#n"/></node>'
    mesh = dae(tmp_path, scene, f'<node id="n"><translate>0 0 9</translate>{GEOMETRY}</node>')
    assert len(mesh.faces) == 24 and mesh.volume == pytest.approx(30 + 60) and mesh.unit == "cm"
    np.testing.assert_allclose(mesh.bounds, [[-4, 0, 0], [12, 3, 14]])
    assert (mesh.colors == [9, 99, 199]).all() and not mesh.notices


def test_a_texture_that_cannot_be_had_costs_the_colours(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"%!PS\n(x) show")
    for name, told in (("none.png", "not in the folder"), ("../x.png", "leads out"), ("bad.png", "picture")):
        mesh = dae(tmp_path, texture=name)
        assert mesh.volume == pytest.approx(30) and len(mesh.notices) == 1
        assert "texture left out" in mesh.notices[0] and told in mesh.notices[0]


def test_text_of_two_bytes_a_letter(tmp_path):
    (tmp_path / "m.dae").write_bytes(collada().replace("utf-8", "UTF-16").encode("utf-16"))
    assert read(tmp_path / "m.dae").volume == pytest.approx(30)


def test_what_a_scene_leaves_out_is_told_or_refused(tmp_path):
    broken = '<triangles count="1"><input semantic="VERTEX" source="#none" offset="0"/><p>0 1 2</p></triangles>'
    (tmp_path / "m.dae").write_text(collada(more=broken))
    refused(tmp_path / "m.dae", "2 parts of which none can be read")
    other = f'<geometry id="h"><mesh>{broken}</mesh></geometry></library_geometries>'
    scene = collada(f'<node>{GEOMETRY}<instance_geometry url="#h"/></node>')
    (tmp_path / "m.dae").write_text(scene.replace("</library_geometries>", other))
    assert "left out 1 of 2 parts" in read(tmp_path / "m.dae").notices[0]
    both = f'<node>{GEOMETRY}<instance_controller url="#c"/></node>'
    assert "1 skinned or morphed parts" in dae(tmp_path, both).notices[0]
    (tmp_path / "m.dae").write_text(collada('<node><instance_controller url="#c"/></node>'))
    refused(tmp_path / "m.dae", "expected triangles.*1 skinned")
    (tmp_path / "m.dae").write_text(collada().replace(CORNERS.replace(" ", " 0 ")[:9], "99 0 99 0"))
    refused(tmp_path / "m.dae", "sound COLLADA data")


def test_instances_that_multiply_and_circles_are_refused_before_they_unfold(tmp_path):
    twice = (
        "".join(f'<node id="n{k}">' + f'<instance_node url="#n{k + 1}"/>' * 2 + "</node>" for k in range(60))
        + f'<node id="n60">{GEOMETRY}</node>'
    )
    (tmp_path / "m.dae").write_text(collada('<node><instance_node url="#n0"/></node>', twice))
    refused(tmp_path / "m.dae", "at most 20,000 parts")
    circle = f'<node id="a"><instance_node url="#b"/></node><node id="b"><instance_node url="#a"/>{GEOMETRY}</node>'
    (tmp_path / "m.dae").write_text(collada('<node><instance_node url="#a"/></node>', circle))
    refused(tmp_path / "m.dae", "circle")
    laughs = '<!DOCTYPE a [<!ENTITY b "bbbb">]>'
    (tmp_path / "m.dae").write_text(collada().replace("?>\n", f"?>{laughs}", 1))
    refused(tmp_path / "m.dae", "DTD")
    (tmp_path / "m.dae").write_text(collada()[:-300])
    refused(tmp_path / "m.dae", "sound XML")


def test_a_zipped_scene_with_its_texture(tmp_path):
    picture(tmp_path / "t.png")
    with zipfile.ZipFile(tmp_path / "m.zae", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.xml", "<dae_root>./a/m.dae</dae_root>")
        archive.writestr("a/m.dae", collada(texture="./tex/t.png"))
        archive.write(tmp_path / "t.png", "a/tex/t.png")
    mesh = read(tmp_path / "m.zae")
    assert mesh.volume == pytest.approx(30) and (mesh.colors == [9, 99, 199]).all() and not mesh.notices
    data = (tmp_path / "m.zae").read_bytes()
    (tmp_path / "m.zae").write_bytes(data[:-30])
    refused(tmp_path / "m.zae", "zip directory at the end")
    with zipfile.ZipFile(tmp_path / "m.zae", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m.dae", "<COLLADA>" + " " * (80 << 20) + "</COLLADA>")
    refused(tmp_path / "m.zae", "zip bomb")


def product(folder: Path, instances: int = 2, rep: str | None = None, image: bytes | None = None) -> Path:
    """A 3DXML whose part stands 20 apart, so many times."""
    space = 'xmlns="http://www.3ds.com/xsd/3DXML"'
    parts = "".join(
        f'<Instance3D id="1{k}" name="p{k}"><IsAggregatedBy>1</IsAggregatedBy><IsInstanceOf>2</IsInstanceOf>'
        f"<RelativeMatrix>1 0 0 0 1 0 0 0 1 {20 * k} 0 0</RelativeMatrix></Instance3D>"
        for k in range(instances)
    )
    points = ",".join(f"{x} {y} {z}" for x, y, z in POINTS)
    shape = f"<VertexBuffer><Positions>{points}</Positions><Normals>{points}</Normals></VertexBuffer>"
    rep = rep or f'<a {space}><Rep><Faces><Face triangles="{CORNERS}"/></Faces>{shape}</Rep></a>'
    with zipfile.ZipFile(folder / "m.3dxml", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Manifest.xml", f"<Manifest {space}><Root>main.3dxml</Root></Manifest>")
        archive.writestr("a.3DRep", rep)
        if image is not None:
            archive.writestr("preview.jpg", image)
        archive.writestr(
            "main.3dxml",
            f'<Model_3dxml {space}><ProductStructure root="1"><Reference3D id="1" name="top"/>'
            f'<Reference3D id="2" name="part"/>{parts}<ReferenceRep id="4" name="r" format="TESSELLATED" '
            'associatedFile="urn:3DXML:a.3DRep"/><InstanceRep id="5" name="i"><IsAggregatedBy>2</IsAggregatedBy>'
            "<IsInstanceOf>4</IsInstanceOf></InstanceRep></ProductStructure></Model_3dxml>",
        )
    return folder / "m.3dxml"


def test_a_product_of_parts(tmp_path):
    mesh = read(product(tmp_path, 3, image=b"%!PS\n(a PostScript program) show"))
    assert len(mesh.faces) == 36 and mesh.volume == pytest.approx(90) and mesh.unit == "mm"
    np.testing.assert_allclose(mesh.bounds, [[0, 0, 0], [42, 3, 5]])
    refused(product(tmp_path, rep="V5_CFV2 binary"), "1 in Dassault's binary form")


XAML = f"""<ModelVisual3D xmlns="http://schemas.microsoft.com/winfx/2006/xaml/presentation"
  xmlns:x="http://schemas.microsoft.com/winfx/2006/xaml"><ModelVisual3D.Transform>
  <MatrixTransform3D Matrix="2 0 0 0 0 1 0 0 0 0 1 0 7 0 0 1"/></ModelVisual3D.Transform><ModelVisual3D.Content>
  <GeometryModel3D><GeometryModel3D.Geometry><MeshGeometry3D Positions="{COORDINATES}" TriangleIndices="{CORNERS}"/>
  </GeometryModel3D.Geometry><GeometryModel3D.Material><DiffuseMaterial><DiffuseMaterial.Brush>
  <SolidColorBrush Color="#FF0A141E"/></DiffuseMaterial.Brush></DiffuseMaterial></GeometryModel3D.Material>
  </GeometryModel3D></ModelVisual3D.Content></ModelVisual3D>"""


def test_xaml_where_its_matrix_puts_it(tmp_path):
    (tmp_path / "m.xaml").write_text(XAML)
    mesh = read(tmp_path / "m.xaml")
    assert mesh.volume == pytest.approx(60) and (mesh.colors == [10, 20, 30]).all()
    np.testing.assert_allclose(mesh.bounds, [[7, 0, 0], [11, 3, 5]])
    (tmp_path / "m.xaml").write_text(XAML.replace("#FF0A141E", "Red"))
    assert (read(tmp_path / "m.xaml").colors == 200).all()


@pytest.mark.parametrize(
    "other",
    [
        XAML.replace("<MatrixTransform3D Matrix=", "<TranslateTransform3D OffsetX=").replace("2 0 0 0 0 1", "1"),
        XAML.replace("<GeometryModel3D>", "<GeometryModel3D><GeometryModel3D.Transform><MatrixTransform3D/>"
                     "</GeometryModel3D.Transform>"),
    ],
)  # fmt: skip
def test_xaml_that_is_placed_in_a_way_nobody_would_notice_is_refused(tmp_path, other):
    (tmp_path / "m.xaml").write_text(other)
    refused(tmp_path / "m.xaml", "placed by a MatrixTransform3D")
