"""Lengths with what they count, and where they are resolved: `--level`, `--thicken`, `--crop`."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import shapefield as sf
from shapefield.config import ExtractionConfig, FitConfig
from shapefield.errors import UsageError
from shapefield.lengths import METRES, Extent, Length, parse_length
from shapefield.settings import built, fit_config

PLATE = Extent("mm", radius=50.0, diagonal=104.0)


@pytest.mark.parametrize(
    ("text", "millimetres"),
    [
        ("0.5", 0.5),
        ("-.5e1", -5.0),
        ("0.5mm", 0.5),
        ("2 cm", 20.0),
        ("1m", 1000.0),
        ("0.1in", 2.54),
        ("1ft", 304.8),
        ("250um", 0.25),
        ("-0.01R", -0.5),
        ("0.5%", 0.52),
    ],
)
def test_a_length_is_a_number_in_the_meshs_own_units(text: str, millimetres: float) -> None:
    length = parse_length(text, "level")
    given = length.of(PLATE, "level") if isinstance(length, Length) else length
    assert given == pytest.approx(millimetres, rel=1e-12)
    assert parse_length(str(length), "level") == length  # as it is printed, it is read again


@pytest.mark.parametrize("text", ["", "mm", "0.5km/h", "1,5mm", "nan", "1e999", "inf", "0.5 0.6", "5 furlongs", "0x10"])
def test_what_is_no_length_gets_one_line_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError, match=r"level: expected a length such as 0\.5 .*0\.5% .*got '") as caught:
        parse_length(text, "level")
    assert "\n" not in str(caught.value)


def test_a_length_that_the_file_cannot_say_is_refused() -> None:
    with pytest.raises(UsageError, match=r"thicken: expected a file with a unit for 2cm, got one without: .*--unit"):
        Length(2, "cm").of(Extent(None, 1.0, 2.0), "thicken")
    with pytest.raises(UsageError, match="give it in R"):
        Length(2, "%").of(Extent("mm", 1.0, None), "level")
    assert Length(2, "mm").of(Extent("mm", 1.0, None), "level") == 2.0


def test_settings_hold_lengths_and_lose_them_once_the_mesh_is_known() -> None:
    config = fit_config(level="0.5%", thicken="1cm", crop="0 0 0 1cm 2cm 3")
    assert (config.extraction.level, config.solid.thicken) == (Length(0.5, "%"), Length(1, "cm"))
    found = config.in_input_units(lambda: PLATE)
    assert found.extraction.level == pytest.approx(0.52) and found.solid.thicken == 10.0
    assert found.extraction.crop == (0.0, 0.0, 0.0, 10.0, 20.0, 3.0)
    assert FitConfig().in_input_units(lambda: pytest.fail("asked without need")) == FitConfig()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"crop": "0 0 0 1R 1 1"}, "crop: expected positions in input units .* got 1R"),
        ({"crop": "0 0 0 1 1"}, "crop: expected six numbers"),
        ({"crop": "0 0 0 1 1 x"}, "crop: expected a length"),
        ({"thicken": "-1mm"}, "thicken: expected at least 0, got -1"),
        (
            {"method": "occupancy", "level": "1mm"},
            "level: expected a number of logits, .* occupancy learns, got 1mm",
        ),
    ],
)
def test_lengths_that_make_no_sense_get_one_line(settings: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        fit_config(**settings)


def test_a_crop_of_mixed_units_is_held_in_order_once_they_are_known() -> None:
    config = built(ExtractionConfig, {"crop": "2cm 0 0 5 1 1"})
    with pytest.raises(UsageError, match="crop: expected x0 below x1, got 20 and 5"):
        config.in_input_units(lambda: PLATE)


def test_a_fit_and_a_field_take_lengths(tmp_path: Path, ball: sf.Mesh) -> None:
    """A ball of radius 2 cm, grown by 5 mm, is a ball of radius 2.5 cm; the field alone knows its unit and size."""
    ball = dataclasses.replace(ball, unit="cm")
    result = sf.fit(ball, steps=20, resolution=32, samples=4000, level="5mm")
    grown = result.report["sizes"]["after"]["extents"]
    assert np.allclose(grown, 5.0, atol=0.25), grown
    assert "--level 0.5" in result.run["command"]
    result.save(tmp_path / "ball.field")
    again = sf.load(tmp_path / "ball.field")
    for level in (Length(5, "mm"), Length(0.25, "R"), Length(100 * 0.5 / (4 * 3**0.5), "%")):
        extents = np.ptp(again.mesh(32, level=level).bounds, axis=0)
        assert np.allclose(extents, 5.0, atol=0.25), (level, extents)


def test_every_unit_of_a_file_comes_back(tmp_path: Path, ball: sf.Mesh) -> None:
    from shapefield.mesh.reading import read
    from shapefield.mesh.writing import write

    for unit in METRES:
        for suffix in (".ply", ".obj"):
            write(dataclasses.replace(ball, unit=unit), tmp_path / f"{unit}{suffix}")
            assert read(tmp_path / f"{unit}{suffix}").unit == unit
