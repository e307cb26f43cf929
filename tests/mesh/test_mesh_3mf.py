"""3MF as slicers write it: parts read once, negative parts cut away, what is no part of the shape left out and told."""

import tracemalloc
import zipfile

import numpy as np
import pytest

from shapefield.errors import InputError
from shapefield.mesh.reading import read

QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
TRIANGLES = QUADS[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
NAMESPACES = (
    'unit="millimeter" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" '
    'xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06" '
    'xmlns:b="http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"'
)


def box(low, high):
    return np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])], float)


BODY, CUTTER = box((0, 0, 0), (4, 4, 4)), box((-1, -1, 2), (5, 5, 9))


def mesh(*boxes, after="", attributes="", faces=TRIANGLES):
    points = "".join(f'<vertex x="{x:g}" y="{y:g}" z="{z:g}"/>' for x, y, z in np.concatenate(boxes))
    rows = np.concatenate([faces + 8 * k for k in range(len(boxes))])
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"{attributes}/>' for a, b, c in rows)
    return f"<mesh><vertices>{points}</vertices><triangles>{triangles}</triangles>{after}</mesh>"


def archive(folder, resources, build, **parts):
    """A 3MF file of one root part; `parts` are further ones, `object` and `prusa` and `bambu` by their usual names."""
    names = {
        "object": "3D/Objects/object_1.model",
        "prusa": "Metadata/Slic3r_PE_model.config",
        "bambu": "Metadata/model_settings.config",
    }
    with zipfile.ZipFile(folder / "m.3mf", "w", zipfile.ZIP_DEFLATED) as file:
        root = f"<model {NAMESPACES}><resources>{resources}</resources><build>{build}</build></model>"
        file.writestr("3D/3dmodel.model", root)
        for key, text in parts.items():
            file.writestr(names.get(key, key), text)
    return folder / "m.3mf"


def elsewhere(*objects):
    return f"<model {NAMESPACES}><resources>{''.join(objects)}</resources><build/></model>"


def components(*numbers):
    path = 'p:path="/3D/Objects/object_1.model"'
    return "".join(
        f'<component {path} objectid="{n}" transform="1 0 0 0 1 0 0 0 1 {10 * k} 0 0"/>' for k, n in enumerate(numbers)
    )


def test_a_part_that_many_components_name_is_read_once(tmp_path):
    objects = [f'<object id="{k}">{mesh(BODY)}</object>' for k in range(1, 31)]
    resources = f'<object id="99"><components>{components(*range(1, 31))}</components></object>'
    found = read(archive(tmp_path, resources, '<item objectid="99"/>', object=elsewhere(*objects)))
    assert len(found.faces) == 30 * 12 and found.volume == pytest.approx(30 * 64)
    np.testing.assert_allclose(found.bounds, [[0, 0, 0], [294, 4, 4]])


def test_two_build_items_of_one_path_are_two_boxes(tmp_path):
    item = '<item p:path="/3D/Objects/object_1.model" objectid="1" transform="1 0 0 0 1 0 0 0 1 {} 0 0"/>'
    build = item.format(0) + item.format(10)
    found = read(archive(tmp_path, "", build, object=elsewhere(f'<object id="1">{mesh(BODY)}</object>')))
    assert len(found.faces) == 24 and found.volume == pytest.approx(128)


def volumes(*kinds):
    rows = "".join(
        f'<volume firstid="{12 * k}" lastid="{12 * k + 11}"><metadata type="volume" key="name" value="v{k}"/>'
        f'<metadata type="volume" key="volume_type" value="{kind}"/></volume>'
        for k, kind in enumerate(kinds)
    )
    return f'<config><object id="1">{rows}</object></config>'


def prusa(folder, *kinds, boxes=(BODY, CUTTER), config=None, **given):
    resources = f'<object id="1" name="thing">{mesh(*boxes, **given)}</object>'
    build = '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 0 0 7"/>'
    return read(archive(folder, resources, build, prusa=config or volumes(*kinds)))


@pytest.mark.parametrize("cutter", [CUTTER, CUTTER[:, [1, 0, 2]]], ids=["as it is", "inside out"])
def test_negative_volumes_of_prusaslicer_are_subtracted(tmp_path, cutter):
    found = prusa(tmp_path, "ModelPart", "NegativeVolume", boxes=(BODY, cutter))
    assert found.volume == pytest.approx(32) and found.face_areas.sum() == pytest.approx(64)
    np.testing.assert_allclose(found.bounds, [[0, 0, 7], [4, 4, 9]])
    assert found.notices == ("subtracted 1 negative part (v1)",)


def test_a_negative_part_cuts_the_bodies_that_it_meets_and_no_others(tmp_path):
    far = BODY + np.array([20, 0, 0])
    found = prusa(tmp_path, "ModelPart", "ModelPart", "NegativeVolume", boxes=(BODY, far, CUTTER))
    assert found.volume == pytest.approx(32 + 64)
    assert (found.vertices[:, 2] == 11).sum() == 4  # the other box has its top still


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("ParameterModifier", "left out 1 modifier (v1)"),
        ("SupportBlocker", "left out 1 support blocker (v1)"),
        ("SupportEnforcer", "left out 1 support enforcer (v1)"),
    ],
)
def test_volumes_that_are_no_geometry_are_left_out_and_told(tmp_path, kind, told):
    found = prusa(tmp_path, "ModelPart", kind)
    assert len(found.faces) == 12 and found.volume == pytest.approx(64) and found.notices == (told,)


def test_an_old_modifier_without_a_type(tmp_path):
    config = volumes("ModelPart", "").replace('key="volume_type" value=""', 'key="modifier" value="1"')
    found = prusa(tmp_path, config=config)
    assert found.volume == pytest.approx(64) and found.notices == ("left out 1 modifier (v1)",)


def test_parts_that_are_all_solid_stay_as_they_are(tmp_path):
    found = prusa(tmp_path, "ModelPart", "ModelPart")
    assert len(found.faces) == 24 and found.notices == ()


def test_a_negative_part_that_is_open_is_told_and_cuts_nothing(tmp_path):
    open_cutter = np.concatenate([CUTTER[:7], CUTTER[:1]])  # two of its corners are one
    found = prusa(tmp_path, "ModelPart", "NegativeVolume", boxes=(BODY, open_cutter), faces=TRIANGLES[:12])
    assert found.volume == pytest.approx(64)
    (notice,) = found.notices
    assert notice == "left out the negative part v1: it is not closed, so nothing was subtracted"


def test_settings_that_fit_no_mesh_or_are_damaged_are_told(tmp_path):
    found = prusa(tmp_path, config=volumes("ModelPart", "NegativeVolume", "ModelPart"))
    assert len(found.faces) == 24 and "does not fit the mesh of 24 triangles" in found.notices[0]
    found = prusa(tmp_path, config="<config><object id='1'>")
    assert len(found.faces) == 24 and "is damaged: all parts are taken as solid" in found.notices[0]


def bambu(folder, subtype, kind="other"):
    objects = (
        f'<object id="1" type="model">{mesh(BODY)}</object>',
        f'<object id="2" type="{kind}">{mesh(CUTTER)}</object>',
    )
    path = 'p:path="/3D/Objects/object_1.model"'
    within = f'<component {path} objectid="1"/><component {path} objectid="2"/>'
    resources = f'<object id="3"><components>{within}</components></object>'
    parts = (
        f'<part id="1" subtype="normal_part"/><part id="2" subtype="{subtype}"><metadata key="name" value="b"/></part>'
    )
    settings = f'<config><object id="3">{parts}</object></config>'
    return read(archive(folder, resources, '<item objectid="3"/>', object=elsewhere(*objects), bambu=settings))


@pytest.mark.parametrize(
    ("subtype", "volume", "told"),
    [
        ("negative_part", 32, "subtracted 1 negative part (b)"),
        ("modifier_part", 64, "left out 1 modifier (b)"),
        ("support_blocker", 64, "left out 1 support blocker (b)"),
        ("support_enforcer", 64, "left out 1 support enforcer (b)"),
        ("normal_part", 64 + 252, None),
    ],
)
def test_parts_of_bambu_studio(tmp_path, subtype, volume, told):
    found = bambu(tmp_path, subtype)
    assert found.volume == pytest.approx(volume) and found.notices == ((told,) if told else ())


@pytest.mark.parametrize("kind", ["support", "solidsupport", "other"])
def test_objects_that_are_not_built_are_left_out_and_told(tmp_path, kind):
    resources = f'<object id="1">{mesh(BODY)}</object><object id="2" type="{kind}" name="brace">{mesh(CUTTER)}</object>'
    found = read(archive(tmp_path, resources, '<item objectid="1"/><item objectid="2"/>'))
    assert found.volume == pytest.approx(64) and found.notices == (f"left out 1 object of type {kind} (brace)",)


def test_items_that_are_not_printed_are_left_out_unless_there_are_no_others(tmp_path):
    resources = f'<object id="1" name="a">{mesh(BODY)}</object>'
    hidden = '<item objectid="1" printable="0" transform="1 0 0 0 1 0 0 0 1 100 0 0"/>'
    found = read(archive(tmp_path, resources, '<item objectid="1"/>' + hidden + hidden))
    assert found.volume == pytest.approx(64)
    assert found.notices == ("left out 2 build items marked as not printable (a, a)",)
    found = read(archive(tmp_path, resources, hidden))
    assert found.volume == pytest.approx(64) and "marked as not printable: all of them are read" in found.notices[0]


def test_beams_are_left_out_and_told(tmp_path):
    beams = (
        '<b:beamlattice radius="1"><b:beams><b:beam v1="1" v2="7"/><b:beam v1="0" v2="6"/></b:beams></b:beamlattice>'
    )
    found = read(archive(tmp_path, f'<object id="1">{mesh(BODY, after=beams)}</object>', '<item objectid="1"/>'))
    assert len(found.faces) == 12 and found.notices == ("left out 1 beam lattice (2 beams)",)


def test_an_object_without_triangles_is_told(tmp_path):
    resources = f'<object id="1">{mesh(BODY)}</object><object id="2" name="slices"/>'
    found = read(archive(tmp_path, resources, '<item objectid="1"/><item objectid="2"/>'))
    assert found.notices == ("left out 1 object without triangles (slices)",)


def test_a_file_of_supports_alone_says_so(tmp_path):
    path = archive(tmp_path, f'<object id="1" type="support">{mesh(BODY)}</object>', '<item objectid="1"/>')
    refused(path, r"got none \(left out 1 object of type support\): export the body itself")


def test_without_a_build_components_count_within_their_objects_only(tmp_path):
    outer = '<object id="2"><components><component objectid="1"/></components></object>'
    resources = f'<object id="1">{mesh(BODY)}</object>{outer}'
    assert read(archive(tmp_path, resources, "")).volume == pytest.approx(64)


def test_colours_survive_a_cut(tmp_path):
    palette = '<basematerials id="9"><base name="r" displaycolor="#FF0000"/></basematerials>'
    body = mesh(BODY, CUTTER, attributes=' pid="9" p1="0"')
    path = archive(
        tmp_path,
        f'{palette}<object id="1">{body}</object>',
        '<item objectid="1"/>',
        prusa=volumes("", "NegativeVolume"),
    )
    found = read(path)
    bottom = found.vertices[:, 2] == 0
    assert found.volume == pytest.approx(32) and (found.colors[bottom] == [255, 0, 0]).all()
    assert (found.colors[~bottom] != [255, 0, 0]).any()  # where it is cut it has no colour of its own


def refused(path, pattern):
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=pattern) as caught:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 200 << 20
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)


def test_a_mesh_placed_a_thousand_times_a_thousand_times_is_refused_before_it_is_made(tmp_path):
    many = '<component objectid="{}"/>' * 1000
    resources = (
        f'<object id="1">{mesh(BODY)}</object>'
        f'<object id="2"><components>{many.replace("{}", "1")}</components></object>'
        f'<object id="3"><components>{many.replace("{}", "2")}</components></object>'
    )
    refused(archive(tmp_path, resources, '<item objectid="3"/>'), "at most 100,000 placed parts, got 1,001,001")


def test_a_large_mesh_placed_often_is_refused_before_it_is_made(tmp_path):
    points = "<vertex x='0' y='0' z='0'/>" * 30_000
    resources = f"<object id='1'><mesh><vertices>{points}</vertices><triangles/></mesh></object>"
    build = '<item objectid="1"/>' * 2000
    refused(archive(tmp_path, resources, build), "unpack to 1.44 GB or more")


def test_objects_that_double_at_every_level_are_refused_at_once(tmp_path):
    levels = [f'<object id="0">{mesh(BODY)}</object>']
    for k in range(1, 30):
        nine = f'<component objectid="{k - 1}"/>' * 9
        levels.append(f'<object id="{k}"><components>{nine}</components></object>')
    refused(archive(tmp_path, "".join(levels), '<item objectid="29"/>'), "placed parts, got billions")


def test_elements_nested_without_end_are_refused(tmp_path):
    refused(archive(tmp_path, "<a>" * 1000, ""), "nested more than 64 deep")


def test_parts_that_unpack_together_out_of_proportion_are_refused(tmp_path):
    blank = f"<model {NAMESPACES}>" + " " * (30 << 20) + "</model>"
    parts = {f"3D/o{k}.model": blank for k in range(3)}
    build = "".join(f'<item objectid="1" p:path="/3D/o{k}.model"/>' for k in range(3))
    refused(archive(tmp_path, "", build, **parts), "zip bomb")
