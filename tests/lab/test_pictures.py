"""Pictures as fields: files, frames, super-resolution, inpainting, compression, derivatives, damaged files."""

import dataclasses

import numpy as np
import pytest
import torch

from shapefield.driving import finish
from shapefield.errors import InputError, InterruptedRun, UsageError
from shapefield.events import Progress, Stage
from shapefield.fields import build
from shapefield.lab.compression import compress, compression, jpeg_within
from shapefield.lab.gradients import derivative_maps, write_derivatives
from shapefield.lab.inpainting import inpaint
from shapefield.lab.picturefield import PictureField, derivatives
from shapefield.lab.picturefile import encoded, read_picture_field, write_picture_field
from shapefield.lab.picturefit import PictureJob, PictureRun, fit_picture
from shapefield.lab.pictures import Picture, as_image, centres, read_picture, write_picture
from shapefield.lab.recipes import PictureConfig, picture_method
from shapefield.lab.tasks import Variation
from shapefield.methods import METHODS, SirenOptions
from shapefield.picturemetrics import psnr, ssim
from shapefield.storage.mark import is_ours
from shapefield.storage.quantising import packed, rounded, to_integers, unpacked
from shapefield.training.checkpoint import checkpoint_path

QUICK = {"width": 48, "depth": 2, "omega": 12.0}


def waves(height, width):
    """A smooth function of the frame, sampled at the pixel centres, so that any size has a true picture."""
    x, y = centres(height, width).T
    return (0.5 + 0.25 * np.sin(5 * x) + 0.2 * np.cos(4 * y + 2 * x)).reshape(height, width, 1).astype(np.float32)


@pytest.fixture(scope="module")
def fitted():
    return finish(fit_picture(Picture(waves(32, 40)), "siren", PictureConfig(steps=400), QUICK))


def test_centres_are_square_pixels_whose_longer_side_spans_the_frame():
    points = centres(2, 4).reshape(2, 4, 2)
    np.testing.assert_allclose(points[0, :, 0], [-0.75, -0.25, 0.25, 0.75])
    np.testing.assert_allclose(points[:, 0, 1], [-0.25, 0.25])


def test_a_written_picture_reads_back_the_same(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.float32) / 255
    write_picture(pixels, tmp_path / "a.png")
    assert is_ours(tmp_path / "a.png")
    np.testing.assert_allclose(read_picture(tmp_path / "a.png").pixels, pixels, atol=1e-6)
    with pytest.raises(UsageError, match=r"a name ending in \.png"):
        write_picture(pixels, tmp_path / "a.jpg")


def test_modes_of_files(tmp_path):
    from PIL import Image

    Image.new("RGBA", (4, 3), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    clear = read_picture(tmp_path / "clear.png")
    assert clear.pixels.shape == (3, 4, 3) and clear.pixels.min() == 1.0 and "white" in clear.notices[0]
    Image.fromarray(np.full((3, 4), 32768, np.uint16)).save(tmp_path / "deep.png")
    assert read_picture(tmp_path / "deep.png").pixels == pytest.approx(0.5, abs=1e-4)
    Image.new("RGB", (4, 3), "red").convert("CMYK").save(tmp_path / "inks.jpg")
    assert read_picture(tmp_path / "inks.jpg").pixels[0, 0] == pytest.approx([1, 0, 0], abs=0.02)
    Image.fromarray(np.array([[0, 1], [1, 1]], np.uint8)).convert("P").save(tmp_path / "palette.png")
    assert read_picture(tmp_path / "palette.png").pixels.shape == (2, 2, 3)
    exif = Image.Exif()
    exif[274] = 6  # lay it on its right side
    Image.new("L", (9, 5)).save(tmp_path / "turned.jpg", exif=exif)
    assert read_picture(tmp_path / "turned.jpg").size == (9, 5)
    frames = [Image.new("L", (4, 3), shade) for shade in (255, 0)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    moving = read_picture(tmp_path / "moving.gif")
    assert moving.pixels.min() == 1.0 and "first is taken" in moving.notices[0]
    Image.new("L", (1, 1)).save(tmp_path / "dot.png")
    with pytest.raises(InputError, match="at least 2 x 2 pixels, got 1 x 1"):
        read_picture(tmp_path / "dot.png")
    Image.new("1", (4, 3), 1).save(tmp_path / "bits.png")
    assert read_picture(tmp_path / "bits.png").pixels.shape == (3, 4, 1)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 30])
def test_what_is_no_picture_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_picture(tmp_path / "a.png")
    assert "\n" not in str(caught.value)


def test_the_samples_are_there_without_a_network():
    assert read_picture("sample:camera").pixels.shape == (512, 512, 1)
    with pytest.raises(UsageError, match="one of astronaut"):
        read_picture("sample:nothing")


def test_psnr_and_ssim_of_known_pairs():
    a = np.full((16, 16, 1), 0.5, np.float32)
    assert psnr(a + 0.1, a) == pytest.approx(20.0, abs=1e-4)
    assert psnr(a, a) == 100.0
    where = np.zeros((16, 16), bool)
    where[:2] = True
    b = a.copy()
    b[:2] += 0.1
    assert psnr(b, a, where) == pytest.approx(20.0, abs=1e-4) and psnr(b, a) == pytest.approx(29.03, abs=0.01)
    assert ssim(a, a) == pytest.approx(1.0) and ssim(a[:8, :8], a[:8, :8]) is None


def test_super_resolution_finds_the_true_function(fitted):
    assert fitted.report["psnr"] > 40
    larger = fitted.render(4.0)
    assert larger.shape == (128, 160, 1)
    assert psnr(larger, waves(128, 160)) > 38


def test_the_derivatives_are_those_of_the_true_function(fitted):
    gradient, laplacian = derivative_maps(fitted)
    x, y = centres(32, 40).T
    pixel = 2 / 40
    dx = (1.25 * np.cos(5 * x) - 0.4 * np.sin(4 * y + 2 * x)) * pixel
    dy = -0.8 * np.sin(4 * y + 2 * x) * pixel
    second = (-6.25 * np.sin(5 * x) - 0.2 * 20 * np.cos(4 * y + 2 * x)) * pixel**2
    found = np.concatenate([gradient[..., 0].ravel() - dx, gradient[..., 1].ravel() - dy])
    assert np.abs(found).mean() < 0.1 * np.abs(np.concatenate([dx, dy])).mean()
    assert np.abs(laplacian.ravel() - second).mean() < 0.25 * np.abs(second).mean()


def test_derivatives_of_a_polynomial():
    x = torch.rand(20, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    gradient, laplacian = derivatives(lambda p: p[:, 0] ** 3 + p[:, 0] * p[:, 1] ** 2, x)
    a, b = x.detach().T
    torch.testing.assert_close(gradient.detach(), torch.stack([3 * a**2 + b**2, 2 * a * b], dim=1))
    torch.testing.assert_close(laplacian.detach(), 6 * a + 2 * a)
    flat = derivatives(lambda p: p @ torch.tensor([1.0, 2.0], dtype=torch.float64), x)[1]
    assert not flat.any()


def test_derivatives_are_written_as_two_pictures_and_numbers(tmp_path, fitted):
    report = write_derivatives(fitted, str(tmp_path / "a"))
    assert [is_ours(path) for path in report["files"]] == [True] * 3
    with np.load(tmp_path / "a.npz") as data:
        assert data["gradient"].shape == (32, 40, 2) and data["laplacian"].shape == (32, 40)


def test_inpainting_fills_hidden_pixels_and_touches_no_known_one():
    picture = Picture(waves(32, 32))
    known = np.random.default_rng(1).random((32, 32)) > 0.5
    known[10:16, 12:18] = False
    spoilt = dataclasses.replace(picture, pixels=np.where(known[:, :, None], picture.pixels, 0.0).astype(np.float32))
    found, filled = finish(inpaint(spoilt, known, "siren", PictureConfig(steps=400), QUICK))
    assert np.array_equal(filled[known], picture.pixels[known])
    assert psnr(filled, picture.pixels, ~known) > 32
    assert "psnr_hidden" in found.report
    with pytest.raises(UsageError, match="hides all"):
        finish(inpaint(picture, np.zeros((32, 32), bool), "siren", PictureConfig(steps=1), QUICK))
    with pytest.raises(UsageError, match="32 x 32"):
        finish(inpaint(picture, np.ones((31, 32), bool), "siren", PictureConfig(steps=1), QUICK))


def interrupted(steps, after):
    """Take events until `after` steps are done, then interrupt; the error that ended it."""
    for event in steps:
        if isinstance(event, Progress) and event.done >= after:
            with pytest.raises(InterruptedRun) as caught:
                steps.throw(InterruptedRun("interrupted", 15))
            return caught.value
    raise AssertionError("ended by itself")


@pytest.mark.parametrize("bits", [None, 6])
def test_an_interrupted_fit_goes_on_to_the_same_bits(tmp_path, bits):
    entry, settings, rate = picture_method("siren", QUICK)
    known = np.random.default_rng(1).random((24, 24)) > 0.3
    picture, place = Picture(waves(24, 24)), tmp_path / "a.field"

    def fit(resume, seed=0):
        config, job = (
            PictureConfig(steps=60, batch=100, seed=seed),
            PictureJob(place, None, "the line", resume, every=0.0),
        )
        return PictureRun(entry, settings, rate, picture, config, known, bits, job)

    whole = finish(fit(False).stages())
    error = interrupted(fit(False).stages(), after=45)
    assert error.exit_code == 143 and str(error) == "interrupted at step 45 of 60: to continue: the line --resume"
    with pytest.raises(InputError, match="another seed"):
        finish(fit(True, seed=1).stages())
    assert checkpoint_path(place).exists()
    found = finish(fit(True).stages())
    assert encoded(dataclasses.replace(found, run={}, report={})) == encoded(
        dataclasses.replace(whole, run={}, report={})
    )
    assert found.run["steps"] == 60 and found.report == whole.report
    assert not checkpoint_path(place).exists()


def test_a_fit_interrupted_before_it_trains_has_nothing_to_go_on_from(tmp_path):
    entry, settings, rate = picture_method("siren", QUICK)
    picture, job = Picture(waves(8, 8)), PictureJob(tmp_path / "a", None, "again")
    steps = PictureRun(entry, settings, rate, picture, PictureConfig(steps=5), job=job).stages()
    assert next(steps) == Stage("training", "siren")
    with pytest.raises(InterruptedRun, match="interrupted: nothing was trained yet"):
        steps.throw(InterruptedRun("interrupted"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("bits", [4, 5, 8, 12, 16])
def test_integers_survive_packing(bits):
    top = (1 << (bits - 1)) - 1
    values = np.random.default_rng(bits).integers(-top, top + 1, 77).astype(np.int32)
    data = packed(values, bits)
    assert len(data) == (77 * bits + 7) // 8
    assert np.array_equal(unpacked(data, 77, bits), values)


def test_rounding_errs_by_half_a_step_and_lets_gradients_through():
    weight = torch.randn(50, generator=torch.Generator().manual_seed(0)).requires_grad_()
    found = rounded(weight, 6)
    step = float(weight.detach().abs().max()) / 31
    assert float((found - weight).detach().abs().max()) <= 0.5 * step * 1.001
    (slope,) = torch.autograd.grad(found.sum(), weight)
    assert torch.equal(slope, torch.ones(50))
    integers, scale = to_integers(weight, 6)
    np.testing.assert_allclose(integers * scale, found.detach().numpy(), atol=1e-6)


def test_compression_stays_within_its_bytes_and_reports_the_file_s_own_picture(tmp_path):
    picture = Picture(waves(48, 48))
    config = PictureConfig(steps=300)
    found = finish(compress(picture, 2000, "siren", config, {"depth": 2, "omega": 12.0}))
    count = write_picture_field(found, tmp_path / "a.field")
    assert count == found.report["bytes"] == (tmp_path / "a.field").stat().st_size <= 2000
    again = read_picture_field(tmp_path / "a.field")
    assert psnr(again.render(), picture.pixels) == pytest.approx(found.report["psnr"], abs=1e-3) and count > 1000
    assert found.report["psnr"] > 30
    with pytest.raises(UsageError, match=r"siren: expected room for at least [0-9,]+ bytes, got 200: allow more"):
        finish(compress(picture, 200, "siren", config))


@pytest.mark.parametrize("name", ["siren", "hashgrid", "triplane", "kplanes", "tensorf", "bacon", "wire", "deepsdf"])
@pytest.mark.parametrize("bits", [3, 8])
def test_no_file_is_larger_than_the_bytes_asked_and_the_least_that_is_named_is_enough(name, bits):
    picture, config = Picture(waves(20, 24)), PictureConfig(seed=2**62)
    with pytest.raises(UsageError, match="bytes, got 1") as refused:
        compression(picture, 1, name, config, bits=bits)
    least = int(str(refused.value).split(" bytes,")[0].split()[-1].replace(",", ""))
    for limit in (least, 2 * least + 137):
        found = compression(picture, limit, name, config, bits=bits).found
        with torch.no_grad():
            for k, weight in enumerate(found.module.parameters()):  # of full digits, and nothing that packs well
                weight.copy_(1e-5 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(k)))
        size = len(encoded(dataclasses.replace(found, run={"seed": config.seed})))
        assert 0.4 * limit < size <= limit


def test_the_jpeg_beside_it_is_the_best_that_fits():
    picture = read_picture("sample:coins")
    jpeg = jpeg_within(picture, 9000)
    assert len(jpeg.data) <= 9000 and jpeg.pixels.shape == picture.pixels.shape
    from io import BytesIO

    better = BytesIO()
    as_image(picture.pixels).save(better, format="JPEG", quality=jpeg.quality + 1, optimize=True)
    assert len(better.getvalue()) > 9000
    assert jpeg_within(picture, 100) is None


@pytest.mark.parametrize("name", ["siren", "hashgrid", "fourier"])
@pytest.mark.parametrize("bits", [None, 8])
def test_a_field_s_file_gives_the_same_picture(tmp_path, name, bits):
    entry, settings, _ = picture_method(name, {})
    module = build(entry, settings, inputs=2, outputs=3, seed=9)
    field = PictureField(entry, settings, module, (6, 5), 3, bits=bits, run={"seed": 9})
    write_picture_field(field, tmp_path / "a.field")
    again = read_picture_field(tmp_path / "a.field")
    assert again.size == (6, 5) and again.channels == 3
    gap = np.abs(again.render() - field.render()).max()
    assert gap == 0 if bits is None else gap < 0.2


def test_every_damaged_file_is_refused_in_one_line(tmp_path):
    entry = METHODS["siren"]
    options = SirenOptions(width=8, depth=1)
    field = PictureField(entry, options, build(entry, options, inputs=2), (6, 5), 1, run={"seed": 0})
    data = encoded(field)
    place = tmp_path / "a.field"
    randomness = np.random.default_rng(0)
    for trial in range(300):
        spoilt = bytearray(data)
        spoilt[randomness.integers(len(data))] ^= 1 << int(randomness.integers(8))
        place.write_bytes(spoilt if trial % 3 else spoilt[: randomness.integers(len(data))])
        try:
            read_picture_field(place)
        except InputError as error:
            assert "\n" not in str(error)


def test_a_header_that_claims_a_huge_network_allocates_none(tmp_path):
    entry = METHODS["siren"]
    options = SirenOptions(width=8, depth=1)
    data = encoded(PictureField(entry, options, build(entry, options, inputs=2), (6, 5), 1, run={"seed": 0}))
    place = tmp_path / "a.field"
    start = data.index(b"{")
    header = (
        data[start : data.index(b"}}") + 2].replace(b'"width":8', b'"width":4096').replace(b'"depth":1', b'"depth":32')
    )
    place.write_bytes(data[: start - 4] + len(header).to_bytes(4, "little") + header + b"\0" * 100)
    with pytest.raises(InputError, match=r"a network of|weights of"):
        read_picture_field(place)


def test_methods_that_make_no_sense_for_colours_are_refused():
    with pytest.raises(UsageError, match="expected one for pictures"):
        picture_method("hybrid", {})
    with pytest.raises(UsageError, match="got both"):
        finish(fit_picture(Picture(waves(8, 8)), "siren", PictureConfig(steps=3, budget=1.0)))


def test_total_variation_of_a_plane_is_its_slope_times_the_step():
    slope = torch.tensor([[3.0], [4.0]])
    points = torch.rand(50, 2, generator=torch.Generator().manual_seed(0))
    smooth = Variation(0.5, points, 0.01)
    found = smooth.loss(lambda x: x @ slope, torch.Generator().manual_seed(1))
    assert float(found) == pytest.approx(0.5 * 0.01 * 5.0, rel=1e-2)
