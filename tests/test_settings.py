"""Flat names and values become a checked config, or one clear line."""

import pytest

from shapefield.cli.main import main
from shapefield.config import to_argv
from shapefield.errors import InputError, UsageError
from shapefield.methods import METHODS
from shapefield.settings import STAGES, assignments, fit_config, from_toml, names, seconds


def test_values_reach_their_stage() -> None:
    config = fit_config(method="siren", omega="20", budget="2m", resolution="128", crop="0 0 0 1 1 1", largest=True)
    assert config.options == {"omega": 20.0}
    assert config.training.budget == 120.0
    assert (config.extraction.resolution, config.extraction.crop) == (128, (0.0, 0.0, 0.0, 1.0, 1.0, 1.0))
    assert config.extraction.largest is True


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"method": "sirne"}, "did you mean siren"),
        ({"resolutoin": 4}, "did you mean resolution"),
        ({"omega": 3.0}, "choose that method"),
        ({"omga": 3.0}, "did you mean omega"),
        ({"method": "occupancy", "eikonal": 0.1}, "learns distances, got occupancy"),
        ({"resolution": "many"}, "expected a whole number"),
        ({"resolution": 1}, "at least 8"),
        ({"steps": 3, "budget": 3.0}, "got both"),
        ({"rate": float("nan")}, "finite"),
        ({"preset": "big"}, "auto, cpu, paper"),
        ({"budget": "soon"}, "30s, 2m or 1h"),
        ({"mix": "own"}, "instant-ngp, balanced, deepsdf"),
    ],
)
def test_a_wrong_one_gets_one_line(settings: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        fit_config(**settings)
    assert "\n" not in str(caught.value)


def test_times() -> None:
    assert (seconds("30"), seconds("30s"), seconds("2m"), seconds("1.5h")) == (30, 30, 120, 5400)


def test_toml_is_flat_and_checked(tmp_path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('method = "siren"\n[training]\nrate = 1e-4\ncheckpoint-every = 5\n')
    assert from_toml(path) == {"method": "siren", "rate": 1e-4, "checkpoint_every": 5}
    path.write_text("method = ")
    with pytest.raises(InputError, match="expected TOML"):
        from_toml(path)
    for text, words in {
        "[trainign]\nrate = 1e-4": r"did you mean \[training\]",
        "seed = 1\n[training]\nseed = 2": "seed: expected once, got twice",
        "crop = [[0, 1], [2, 3]]": "crop: expected a number",
        "when = 2020-01-01": "when: expected a number",
    }.items():
        path.write_text(text)
        with pytest.raises(InputError, match=words):
            from_toml(path)
    path.write_text("resolutoin = 64")
    with pytest.raises(UsageError, match="did you mean resolution"):
        fit_config(**from_toml(path))
    with pytest.raises(InputError, match="no such file"):
        from_toml(tmp_path / "none.toml")


def test_assignments() -> None:
    assert assignments(["omega=20", "fill-cavities=true"]) == {"omega": "20", "fill_cavities": "true"}
    with pytest.raises(UsageError, match="key=value"):
        assignments(["omega"])


def test_no_option_of_a_method_hides_behind_one_of_a_stage() -> None:
    stages = {name for kind in STAGES.values() for name in names(kind)}
    for entry in METHODS.values():
        assert not stages & set(names(entry.options)), entry.name


def test_an_option_of_a_method_is_read_as_its_type() -> None:
    assert fit_config(method="fourier", learned="true", sigma="2").options == {"learned": True, "sigma": 2.0}


def test_an_error_of_a_configuration_file_names_the_file(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = {
        "resolutoin = 64": "did you mean resolution",
        "rate = 99.0": "rate: expected at most 10",
        'method = "sirne"': "did you mean siren",
        "steps = 3\nbudget = 3.0": "got both",
    }
    for text, words in wrong.items():
        (tmp_path / "own.toml").write_text(text)
        assert main(["fit", "a.ply", "--config", "own.toml"]) == 2
        said = capsys.readouterr().err
        assert said.startswith("shapefield: own.toml: ") and words in said
    (tmp_path / "own.toml").write_text("rate = 99.0")
    assert main(["fit", "a.ply", "--config", "own.toml", "--rate", "77"]) == 2  # the flag's own error, not the file's
    assert "own.toml" not in capsys.readouterr().err
    for command in (["nerf", "train", "scene", "-o", "run"], ["compare", "a.ply"]):
        (tmp_path / "own.toml").write_text("seedd = 1")
        assert main([*command, "--config", "own.toml"]) == 2
        assert capsys.readouterr().err.startswith("shapefield: own.toml: seedd: expected")
    (tmp_path / "own.toml").write_text('methods = ["sirne"]')
    assert main(["compare", "sample:camera", "--config", "own.toml"]) == 2
    assert "own.toml: methods: expected one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("crop", "told"),
    [
        ("1 0 0 0 1 1", "crop: expected x0 below x1, got 1 and 0: lowest corner first"),
        ("0 0 2 1 1 2", "crop: expected z0 below z1, got 2 and 2"),
        ((0, float("nan"), 0, 1, 1, 1), "crop: expected y0 below y1, got nan and 1"),
        ((1.0, 2.0, 3.0), "crop: expected six numbers x0 y0 z0 x1 y1 z1, got 3"),
        (3, "crop: expected numbers, got 3"),
    ],
)
def test_a_crop_box_without_an_inside_is_no_setting(crop, told) -> None:
    with pytest.raises(UsageError, match=told):
        fit_config(crop=crop)


@pytest.mark.parametrize("command", [["fit", "none.obj"], ["extract", "none.field", "-o", "a.ply"]])
def test_an_inverted_crop_box_is_told_before_anything_is_read(command, capsys) -> None:
    assert main([*command, "--crop", "0", "0", "0", "1", "-1", "1"]) == 2
    assert "crop: expected y0 below y1, got 0 and -1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "nested too deep"),
        ("steps = " + "9" * 5000, "expected TOML"),
        ("[a" + ".b" * 3000 + "]", "tables|nested"),
    ],
)
def test_toml_without_end_is_one_line(tmp_path, text, said):
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        from_toml(tmp_path / "a.toml")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize("name", ["seed", "steps", "resolution", "rate"])
def test_whole_numbers_without_end_are_no_settings(name):
    for value in (10**400, -(10**400)):
        with pytest.raises(UsageError, match=name):
            fit_config(**{name: value})


def test_a_command_line_is_read_back_as_the_settings_that_it_was_made_of() -> None:
    """to_argv is the inverse of the flags: every option of every stage, away from its default."""
    from shapefield.cli.fit import add_arguments
    from shapefield.cli.options import settings_of
    from shapefield.cli.parser import Parser

    told: dict = {"as_": "sheet", "thicken": 0.25, "fill_cavities": True, "min_part": 1e-05, "unit": "mm"}
    told |= {"steps": 7, "horizon": 9, "rate": 0.1 + 0.2, "schedule": "constant", "amp": True, "samples": 5000}
    told |= {"resolution": 64, "level": -0.5, "faces": 10, "largest": True, "checkpoint_every": 0.0}
    told["crop"] = (0.0, -1.5, 2.0, 3.0, 4.0, 5.0)
    config = fit_config(method="siren", omega=20.5, **told)
    words = [
        w for s in (config.solid, config.sampling, config.training, config.extraction) for w in to_argv(s.differing)
    ]
    words += to_argv(config.options, config.options)
    parser = Parser(prog="fit")
    add_arguments(parser)
    arguments = parser.parse_args(["a.ply", "--method", "siren", *words])
    flags = ["method", *(n for kind in STAGES.values() for n in names(kind))]
    assert fit_config(**settings_of(arguments, flags)) == config
    assert to_argv({"omega": 20.0, "amp": False, "none": None, "learned": True}, {"omega", "learned"}) == [
        "--set", "omega=20", "--no-amp", "--set", "learned=true",
    ]  # fmt: skip
