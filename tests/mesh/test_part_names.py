"""What files call their parts, and where a repair tells it."""

import zipfile

import numpy as np
import pytest

import shapefield as sf
from shapefield.cli.main import main
from shapefield.mesh.partnames import PartNames
from shapefield.mesh.reading import read
from tests.mesh.glbfiles import FACES, POINTS, Glb

SPECK = np.array([[9.0, 0, 0], [9.01, 0, 0], [9, 0.01, 0]])


def _obj(*parts: tuple[str, np.ndarray, np.ndarray], quads: bool = False) -> str:
    lines, base = [], 1
    for head, points, faces in parts:
        lines += [head] if head else []
        lines += ["v {} {} {}".format(*point) for point in points]
        lines += ["f " + " ".join(str(corner + base) for corner in face) for face in faces]
        base += len(points)
    return "\n".join(lines) + "\n"


def _names(mesh: sf.Mesh) -> list[str]:
    return [mesh.part_of(face) for face in range(len(mesh.faces))]


def test_objects_and_groups_of_an_obj_name_its_faces(tmp_path):
    quads = FACES.reshape(6, 6)[:, [0, 1, 2, 5]]
    text = _obj(("", POINTS, FACES), ("o body of it", POINTS + 9, quads), ("g lid\ng", POINTS + 18, FACES[:2]))
    text += "g body of it\nf 1 2 3\n"
    (tmp_path / "m.obj").write_text(text)
    assert _names(read(tmp_path / "m.obj")) == [""] * 12 + ["body of it"] * 12 + [""] * 2 + ["body of it"]


def test_a_file_without_names_has_none(tmp_path):
    (tmp_path / "m.obj").write_text(_obj(("", POINTS, FACES)))
    mesh = read(tmp_path / "m.obj")
    assert mesh.parts is None and mesh.part_of(0) == ""


def test_nodes_of_a_gltf_name_its_faces_or_else_their_meshes(tmp_path):
    made = Glb(nodes=[{"mesh": 0, "name": "left\n wheel"}, {"mesh": 0, "translation": [9, 0, 0]}])
    primitive = {"attributes": {"POSITION": made.add(POINTS)}, "indices": made.add(FACES.reshape(-1), "u2")}
    place = made.save(tmp_path, meshes=[{"primitives": [primitive], "name": "wheel"}])
    assert _names(read(place)) == ["left wheel"] * 12 + ["wheel"] * 12


def test_objects_of_a_3mf_name_its_faces(tmp_path):
    points = "".join('<vertex x="{}" y="{}" z="{}"/>'.format(*point) for point in POINTS)
    triangles = "".join('<triangle v1="{}" v2="{}" v3="{}"/>'.format(*face) for face in FACES)
    mesh = f"<mesh><vertices>{points}</vertices><triangles>{triangles}</triangles></mesh>"
    objects = "".join(f'<object id="{k}" name="{name}">{mesh}</object>' for k, name in ((1, "cup"), (2, "saucer")))
    items = '<item objectid="2"/><item objectid="1" transform="1 0 0 0 1 0 0 0 1 20 0 0"/>'
    space = 'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"'
    with zipfile.ZipFile(tmp_path / "m.3mf", "w") as file:
        file.writestr(
            "3D/3dmodel.model", f"<model {space}><resources>{objects}</resources><build>{items}</build></model>"
        )
    assert _names(read(tmp_path / "m.3mf")) == ["saucer"] * 12 + ["cup"] * 12


def test_names_belong_to_the_files_own_faces():
    names = PartNames.of_runs([("a", 1), ("", 0), ("b", 2)])
    assert names is not None and [names.of(face) for face in range(3)] == ["a", "b", "b"]
    points, faces = np.eye(3), np.array([[0, 1, 2]] * 3)
    assert sf.Mesh(points, faces, parts=names).part_of(2) == "b"
    assert sf.Mesh(points, faces[:2], parts=names).part_of(1) == ""
    assert PartNames.of_runs([("", 3)]) is None


@pytest.mark.parametrize("named", [True, False])
def test_a_part_that_vanished_and_debris_are_told_by_name(tmp_path, capsys, named):
    speck = ("o loose bit" if named else "", SPECK, np.array([[0, 1, 2]]))
    (tmp_path / "m.obj").write_text(_obj(("o box", POINTS, FACES), speck))
    assert main(["repair", str(tmp_path / "m.obj"), "-o", str(tmp_path / "out.ply")]) == 0
    said = capsys.readouterr()
    who = "loose bit" if named else "box"  # without a line of its own it is of the box, as the file says
    assert f"1 part of the input vanished: it, {who}, measures" in said.err
    assert f"debris removed ({who}): 1," in said.out
