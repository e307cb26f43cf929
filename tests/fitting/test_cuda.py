"""A fit on a CUDA device: the same closed surface as on a CPU, with mixed precision and without."""

import pytest
from shapes import is_closed, sphere

import shapefield as sf


@pytest.mark.gpu
@pytest.mark.parametrize("amp", [False, True])
@pytest.mark.parametrize("method", ["hybrid", "hashgrid", "siren", "deepsdf", "occupancy"])
def test_a_fit_on_cuda_gives_a_closed_sphere(method: str, amp: bool) -> None:
    settings = {"steps": 300, "samples": 20_000, "resolution": 48, "batch": 1024, "preset": "cpu", "seed": 1}
    result = sf.fit(sphere(2.0, cells=24), method=method, device="cuda", amp=amp, **settings)
    mesh = result.mesh(resolution=48)
    assert result.run["device"] == "cuda"
    assert is_closed(mesh)
    assert result.report["quality"]["mean"] < 4e-2
