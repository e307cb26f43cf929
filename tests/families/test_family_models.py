"""The networks for many shapes, and that every one of them trains."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from boxfamily import TINY

import shapefield as sf
from shapefield.driving import finish
from shapefield.events import Done
from shapefield.families import planes
from shapefield.families.codefit import fit_code
from shapefield.families.config import FamilyConfig
from shapefield.families.decoder import Coded, build, coded
from shapefield.families.hyper import build as build_hyper
from shapefield.families.occnet import build as build_occnet
from shapefield.families.pipeline import FamilyJob, FamilyRun
from shapefield.fields.siren import Siren
from shapefield.mesh.reading import read
from shapefield.methods import AutoDecoderOptions, HyperOptions, OccNetOptions, PlaneFamilyOptions, SirenOptions

OWN: dict[str, dict[str, Any]] = {
    "grid": {"cells": 8, "features": 4, "frequencies": 2},
    "occnet": {"encoder": 16, "cloud": 60, "frequencies": 2},
    "hyper": {"hyper": 16, "rate": 3e-3, "depth": 2, "width": 24},
}
"""Options of each model that make it small."""


def test_a_code_enters_as_if_it_stood_beside_every_point() -> None:
    options = AutoDecoderOptions(**(TINY | {"weight_norm": True, "frequencies": 0}))
    decoder, points, codes = build(options), torch.rand(2, 5, 3), torch.rand(2, 4)
    seen = torch.cat([points, codes[:, None].expand(2, 5, 4)], dim=2)
    h = torch.relu(decoder.layers[0](seen))
    h = torch.relu(decoder.layers[1](h))
    h = torch.relu(decoder.layers[2](torch.cat([h, seen], dim=2)))
    torch.testing.assert_close(decoder(points, codes), decoder.last(h)[:, :, 0])


def test_the_paper_s_sizes() -> None:
    from shapefield.methods import method

    entry = method("deepsdf", "family")
    options = entry.options(**entry.preset("paper"))
    decoder = build(options)
    shapes = [tuple(layer.weight.shape) for layer in decoder.layers]
    assert shapes[0] == (512, 259) and shapes[3] == (512 - 259, 512) and shapes[4] == (512, 512) and len(shapes) == 8
    assert (options.code_deviation, options.code_weight, options.clamp, options.dropout) == (0.01, 1e-4, 0.1, 0.2)


def test_dropout_comes_from_the_generator_alone() -> None:
    options: dict[str, Any] = TINY | {"dropout": 0.5}
    decoder = build(AutoDecoderOptions(**options))
    points, codes = torch.rand(1, 64, 3), torch.rand(1, 4)
    one, two = (decoder(points, codes, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(one, two) and not torch.equal(one, decoder(points, codes))


def test_a_fitted_code_s_error_is_no_greater_than_the_starts() -> None:
    decoder = build(AutoDecoderOptions(**TINY))
    codes, points = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), torch.rand(200, 3) * 2 - 1
    wanted = Coded(decoder, codes[2])(points).detach()[:, 0]
    found = finish(fit_code(decoder, codes, points, wanted, clamp=0.1, weight=0.0, steps=20))
    assert found.error < 0.02


def test_a_code_s_planes_are_made_once_for_all_points(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = planes.build(PlaneFamilyOptions(code=4, width=16, depth=1, cells=8))
    code, made = torch.randn(4, generator=torch.Generator().manual_seed(0)), []
    points = torch.rand(300, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        wanted = decoder(points[None], code[None])[0]
    making = decoder.planes
    monkeypatch.setattr(decoder, "planes", lambda codes: made.append(1) or making(codes))
    field = coded(decoder, code)
    with torch.no_grad():
        found = torch.cat([field(part) for part in points.split(100)])[:, 0]
    assert torch.allclose(found, wanted, atol=1e-6) and len(made) == 1


@pytest.mark.parametrize("model", ["grid", "occnet", "hyper"])
def test_every_model_trains_saves_and_takes_unseen_shapes(model: str, folder: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"code": 4, "width": 16, "points": 64, "depth": 1}
    options |= OWN[model]
    config = FamilyConfig(model=model, steps=250, samples=2000, device="cpu", holdout=0.2, checkpoint_every=0)
    *_, last = FamilyRun(FamilyJob([folder], tmp_path / "b.family", options), config).events()
    assert isinstance(last, Done) and last.result.report["residual"]["mean"] < 0.3
    family = sf.Family.load(tmp_path / "b.family")
    assert torch.equal(family.codes, last.result.codes) and family.reference is not None
    box = read(family.held[0].path)
    code = family.encode(box, steps=4)
    assert code.shape == (4,) and np.array_equal(code, family.encode(box, steps=4))
    field = family.field(family.names[0])
    middle = read(family.members[0].path).bounds.mean(axis=0)
    assert field.field(middle[None])[0] < 0 < field.field(family.members[0].pose.to_input(np.eye(3)))[0]


def test_a_cloud_is_encoded_in_one_pass_and_whatever_its_order() -> None:
    network = build_occnet(OccNetOptions(code=6, width=8, encoder=8, depth=1)).eval()
    cloud = torch.rand(2, 40, 3)
    torch.testing.assert_close(network.encode(cloud), network.encode(cloud[:, torch.randperm(40)]))
    assert network(cloud, network.encode(cloud)).shape == (2, 40)


def test_a_threshold_below_a_half_makes_the_surface_larger() -> None:
    points, codes = torch.rand(1, 9, 3), torch.rand(1, 6)
    low, half = (
        build_occnet(OccNetOptions(code=6, width=8, encoder=8, depth=1, threshold=t)).eval() for t in (0.2, 0.5)
    )
    torch.testing.assert_close(low(points, codes), half(points, codes) + float(np.log(4)))


def test_a_hypernetwork_s_shape_is_a_siren_with_the_weights_that_its_code_makes() -> None:
    network = build_hyper(HyperOptions(code=4, width=6, depth=2, hyper=8, omega=7.0))
    code, points = torch.rand(1, 4), torch.rand(5, 3)
    siren = Siren(SirenOptions(width=6, depth=2, omega=7.0))
    hidden = torch.relu(network.trunk(10 * code))
    with torch.no_grad():
        for head, layer in zip(network.heads, [*siren.layers, siren.last], strict=True):
            made = head(hidden).view(layer.out_features, layer.in_features + 1)
            layer.weight.copy_(made[:, :-1])
            layer.bias.copy_(made[:, -1])
    torch.testing.assert_close(network(points[None], code)[0], siren(points)[:, 0])
