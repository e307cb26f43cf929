"""The door for containers: numbers, shapes and texts that no honest writer makes are one line, never a traceback."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import shapefield as sf
from shapefield.cli.main import main
from shapefield.errors import InputError, UsageError
from shapefield.settings import from_toml
from shapefield.storage import container
from shapefield.storage.container import read_container, write_container
from shapefield.training.checkpoint import read_checkpoint, write_checkpoint
from shapefield.training.saving import reopened


def raw(table: dict[str, Any] | str, body: bytes = b"") -> bytes:
    text = (table if isinstance(table, str) else json.dumps(table)).encode("utf-8", "surrogatepass")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + body


def told(header: str = "{}", **more: Any) -> str:
    kept = {"mark": container.MARK, "purpose": "field", "version": 1} | more
    return json.dumps(kept)[:-1] + f', "header": {header}, "checksum": "x"}}'


NESTED = "[" * 5000 + "]" * 5000
EMPTY = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
FILES = {
    "an infinite number": raw({"__metadata__": {"shapefield": told('{"scale": 1e999}')}}),
    "not a number": raw({"__metadata__": {"shapefield": told('{"scale": NaN}')}}),
    "5000 digits": raw({"__metadata__": {"shapefield": told('{"scale": ' + "9" * 5000 + "}")}}),
    "nested deep": raw({"__metadata__": {"shapefield": told('{"scale": ' + NESTED + "}")}}),
    "metadata is a number": raw({"__metadata__": 5}),
    "metadata holds a number": raw({"__metadata__": {"shapefield": told(), "x": 5}}),
    "half a character": raw({"__metadata__": {"shapefield": told()}, "\ud800": EMPTY}),
    "a table nested deep": raw('{"__metadata__": ' + NESTED + "}"),
    "digits in the table": raw('{"a": {"dtype":"F32","shape":[' + "9" * 5000 + '],"data_offsets":[0,0]}}'),
}
SHAPES = [[2**64, 0], [2**63, 0], [0, 2**40, 2**40], [2**62], [-1, 0], [True, 0], ["a"], [1e3]]


@pytest.mark.parametrize("name", FILES)
def test_damage_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.field").write_bytes(FILES[name])
    with pytest.raises(InputError) as caught:
        sf.load(tmp_path / "a.field")
    assert "\n" not in str(caught.value) and "a.field: expected" in str(caught.value)


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_that_no_tensor_has_are_one_line(tmp_path: Path, shape: list) -> None:
    entry = {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}
    (tmp_path / "a.field").write_bytes(raw({"__metadata__": {"shapefield": told()}, "a": entry}))
    with pytest.raises(InputError, match="got a lying entry 'a'"):
        sf.load(tmp_path / "a.field")


HEADERS = {
    "a huge centre": {"center": [10**400, 0, 0]},
    "a huge scale": {"scale": 10**400},
    "a scale that is a list": {"scale": [1]},
    "options of another kind": {"options": {"levels": "many"}},
    "a method that is a list": {"method": ["hybrid"]},
    "a unit that is a table": {"unit": {}},
    "a huge smallest": {"smallest": 10**400},
}


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from shapes import sphere

    place = tmp_path_factory.mktemp("door") / "ball.field"
    sf.fit(sphere(2.0, cells=8), steps=2, samples=5000, resolution=32, batch=512, table=8, levels=2).save(place)
    return place


@pytest.mark.parametrize("name", HEADERS)
def test_headers_with_a_true_checksum_but_untrue_content_are_one_line(field: Path, tmp_path: Path, name: str) -> None:
    header, tensors = read_container(field, "field")
    write_container(tmp_path / "a.field", "field", header | HEADERS[name], tensors)
    with pytest.raises(InputError) as caught:
        sf.load(tmp_path / "a.field")
    assert "\n" not in str(caught.value)
    assert main(["extract", str(tmp_path / "a.field"), "-o", str(tmp_path / "a.ply"), "--quiet"]) == 3


def test_a_run_of_2000_threads_is_not_begun(tmp_path: Path) -> None:
    identity = {"steps": 10, "horizon": 10, "threads": 2000}
    state = {"tensors": {"w": torch.zeros(2)}, "numbers": {"step": 1}}
    write_checkpoint(tmp_path / "a.checkpoint", identity, state, 1.0)
    assert read_checkpoint(tmp_path / "a.checkpoint")[0]["threads"] == 2000
    before = torch.get_num_threads()
    with pytest.raises(InputError, match=r"expected a run of at most .* threads on this machine, got 2,000"):
        reopened(tmp_path / "a.checkpoint", {"threads": 1})
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("text", ["steps = " + "9" * 5000, "x = " + NESTED, "steps = 1" + "0" * 400, "a = \xff"])
def test_toml_that_nobody_writes_is_one_line(tmp_path: Path, text: str, capsys) -> None:
    (tmp_path / "a.toml").write_bytes(text.encode("latin-1"))
    words = ["fit", "none.obj", "--config", str(tmp_path / "a.toml")]
    assert main(words) in (2, 3)
    assert capsys.readouterr().err.count("\n") == 1


def test_huge_numbers_for_every_kind_of_setting_are_usage_errors(tmp_path: Path) -> None:
    for name in ("rate", "budget", "level", "steps", "resolution", "checkpoint-every", "crop", "thicken"):
        (tmp_path / "a.toml").write_text(f"{name} = 1{'0' * 400}")
        with pytest.raises(UsageError):
            from shapefield.settings import fit_config

            fit_config(**from_toml(tmp_path / "a.toml"))


def test_a_nerf_run_of_untrue_content_is_one_line(tmp_path: Path) -> None:
    import posed

    from shapefield.nerf.config import NerfConfig
    from shapefield.nerf.pipeline import train
    from shapefield.nerf.result import load

    run = tmp_path / "run"
    for _ in train(posed.blender(tmp_path / "scene"), NerfConfig(steps=2, rays=64, preview_every=0.0), run=run):
        pass
    header, tensors = read_container(run / "model.safetensors", "nerf")
    for change in (
        {"views": 10**12}, {"views": 10**400}, {"scale": 10**400}, {"center": [10**400, 0, 0]}, {"downscale": 10**400},
        {"config": {**header["config"], "rays": 10**400}}, {"config": []}, {"options": {"coarse": 10**400}}, {"run": 5},
    ):  # fmt: skip
        write_container(run / "model.safetensors", "nerf", header | change, tensors)
        with pytest.raises(InputError) as caught:
            load(run)
            pytest.fail(f"{change} was taken")
        assert "\n" not in str(caught.value), change
