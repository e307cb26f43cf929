"""The paper's model: its own sizes, and an empty picture from which it begins again."""

from pathlib import Path

import pytest
import torch
from shapes import sphere

from shapefield.events import Done, Notice
from shapefield.nerf import synthetic
from shapefield.nerf.config import NerfConfig, options_for
from shapefield.nerf.models.classic import ClassicModel, Network
from shapefield.nerf.pipeline import train
from shapefield.nerf.synthetic_config import DatasetConfig


def test_paper_preset_is_as_published():
    """Eight layers of 256, ten and four octaves, 64 + 128 samples, 1024 rays: 595 844 numbers a network."""
    for preset, device in (("paper", "cpu"), ("auto", "cuda")):
        options = options_for(NerfConfig(model="classic", preset=preset), {}, device)
        assert (options.coarse_samples, options.fine_samples, options.rays, options.rate) == (64, 128, 1024, 5e-4)
        model = ClassicModel(options, False)
        assert sum(p.numel() for p in model.fine.parameters()) == 595_844
    assert options_for(NerfConfig(model="classic"), {}, "cpu").width < 256
    assert options_for(NerfConfig(model="classic", preset="paper"), {"width": 32}, "cpu").width == 32


def test_empty_picture_is_noticed_and_learning_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Networks that start without any density see nothing and learn nothing, until they get other weights."""
    made = Network.__init__

    def emptied(self, options):
        made(self, options)
        with torch.no_grad():
            self.density_layer.weight.zero_()
            self.density_layer.bias.fill_(-60.0)

    monkeypatch.setattr(Network, "__init__", emptied)
    list(synthetic.make(sphere(0.8), tmp_path, DatasetConfig(views=12, held_out=2, size=24, supersample=1)))
    options = {"width": 16, "depth": 2, "position_octaves": 2, "coarse_samples": 12, "fine_samples": 8}

    def reached(steps: int) -> tuple[float, list[str]]:
        config = NerfConfig(model="classic", steps=steps, rays=128, preview_every=0.0)
        events = list(train(tmp_path, config, options=options))
        assert isinstance(events[-1], Done)
        return events[-1].result.report["psnr"], [e.message for e in events if isinstance(e, Notice)]

    empty, said = reached(199)
    assert not any("another seed" in line for line in said)
    learnt, said = reached(800)
    assert sum("empty after 200 steps" in line for line in said) == 1
    assert learnt > empty + 8.0
