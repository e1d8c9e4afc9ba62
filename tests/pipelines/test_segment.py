"""Segmenter: labels for pictures of every kind, by tiny models and by those that ship."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines import InputError, PictureError, Segmenter, Studio
from pipelines.cards import load, read_card
from pipelines.errors import CardError
from pipelines.media import read_picture
from pipelines.segment import by_class
from pipelines.segmentation import UNSURE
from pipelines.studio import WEIGHTS

from ..tiny import CLASSES, edit_card, make_segmenter

SHIPPED = [
    card.id for card in map(read_card, sorted(WEIGHTS.glob("*.json"))) if card.tool == "segmenter"
]
every_segmenter = pytest.mark.parametrize("model", ["tiny-seg", *SHIPPED])


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("segmenters")
    make_segmenter(folder)
    make_segmenter(folder, "rimmed", outputs=(0, 1, 2, 2), counts="cow", long_side=(64, 128))
    return Studio("cpu", [folder])


@pytest.fixture(scope="module")
def segmenter(studio: Studio) -> Segmenter:
    return studio.get(Segmenter)


def noisy(width: int, height: int, seed: int = 0) -> Image.Image:
    """Soft blobs of colour, so that there is something to tell apart."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (max(1, height // 8), max(1, width // 8), 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


# Every segmenter


@every_segmenter
def test_every_pixel_has_a_label_and_a_confidence(studio: Studio, model: str) -> None:
    found = studio.get(Segmenter)(noisy(97, 65), model=model)
    card = studio.card(model, "segmenter")
    assert found.labels.shape == found.confidence.shape == (65, 97)
    assert found.labels.dtype == np.uint8
    assert found.labels.max() < len(found.classes)
    assert found.confidence.dtype == np.float32
    # No class can be the most probable with less than an even share.
    assert found.confidence.min() >= 0.999 / len(found.classes)
    assert found.confidence.max() <= 1
    assert found.classes == card.classes
    assert sum(area.pixels for area in found.areas) == 97 * 65
    assert sum(area.share for area in found.areas) == pytest.approx(1)
    assert (found.model, found.weights) == (model, card.sha256)


@every_segmenter
def test_the_same_picture_gives_the_same_labels(studio: Studio, model: str) -> None:
    photo = noisy(80, 60)
    first, second = (Segmenter(studio.network)(photo, model=model) for _ in range(2))
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(first.confidence, second.confidence)


@every_segmenter
@settings(max_examples=6)
@given(width=st.integers(1, 90), height=st.integers(1, 90))
def test_any_size(studio: Studio, model: str, width: int, height: int) -> None:
    found = studio.get(Segmenter)(noisy(width, height), model=model)
    assert found.labels.shape == (height, width)
    assert (found.labels != UNSURE).all()


@every_segmenter
@pytest.mark.parametrize("size", [(1, 1), (3000, 17), (17, 3000)])
def test_extreme_sizes(studio: Studio, model: str, size: tuple[int, int]) -> None:
    found = studio.get(Segmenter)(noisy(*size), model=model)
    assert found.labels.shape == size[::-1]


@every_segmenter
@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "I;16", "P", "LA", "1", "F"])
def test_any_mode_is_what_it_looks_like(studio: Studio, model: str, mode: str) -> None:
    picture = noisy(40, 30).convert("L")
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    elif mode == "F":
        picture = Image.fromarray(np.asarray(picture).astype(np.float32))
    else:
        picture = picture.convert(mode)
    found = studio.get(Segmenter)(picture, model=model)
    assert found.image.mode == "RGB"
    if mode in ("L", "LA", "RGBA", "I;16", "F"):
        grey = studio.get(Segmenter)(noisy(40, 30).convert("L").convert("RGB"), model=model)
        assert np.array_equal(found.labels, grey.labels)


def test_exif_rotated_files_are_seen_upright(segmenter: Segmenter, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    noisy(60, 40).save(tmp_path / "turned.jpg", exif=exif)
    found = segmenter(read_picture(tmp_path / "turned.jpg"), model="tiny-seg")
    assert found.labels.shape == (60, 40)


@pytest.mark.parametrize("model", SHIPPED)
def test_large_pictures_in_tiles_are_as_in_one_pass(
    studio: Studio, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines import segment, tiles
    from pipelines.examples import EXAMPLES

    # Something that it knows: of noise it says one thing as soon as another.
    example = next(example for example in EXAMPLES if example.model == model)
    photo = example.make()[0].resize((420, 300), Image.Resampling.LANCZOS)
    whole = studio.get(Segmenter)(photo, model=model)

    def small(network: Any, image: Any, flips: bool) -> Any:
        return tiles.tiled(network, image, flips, tile=256, overlap=96, whole=1)

    monkeypatch.setattr(segment, "tiled", small)
    done = []
    for step in studio.get(Segmenter).steps(photo, model=model):
        done.append(step.done)
        known = step.partial.labels != UNSURE
        # What is known is known from the top down, and stays.
        rows = known.all(1)
        assert (rows == known.any(1)).all()
        assert list(rows) == sorted(rows, reverse=True)
    assert done == list(range(1, len(done) + 1))
    assert len(done) >= 4
    assert step.preview is not None
    assert (step.partial.labels == whole.labels).mean() > 0.95


# Scale, threshold, outputs


def test_a_picture_is_seen_at_the_scale_of_the_card(studio: Studio) -> None:
    segmenter = studio.get(Segmenter)
    photo = noisy(96, 72)
    before = segmenter(photo, model="rimmed").labels
    six = photo.resize((576, 432), Image.Resampling.BICUBIC)
    after = Image.fromarray(segmenter(six, model="rimmed").labels).resize((96, 72), 0)
    assert (np.asarray(after) == before).mean() > 0.9


def test_scale_changes_what_the_network_sees(segmenter: Segmenter) -> None:
    photo = noisy(64, 64)
    one = segmenter(photo, model="tiny-seg")
    two = segmenter(photo, model="tiny-seg", scale=2)
    enlarged = segmenter(photo.resize((128, 128), Image.Resampling.BICUBIC), model="tiny-seg")
    assert two.labels.shape == (64, 64)
    assert not np.array_equal(one.confidence, two.confidence)
    assert abs(two.confidence.mean() - enlarged.confidence.mean()) < 0.01


def test_below_the_threshold_it_is_unsure(segmenter: Segmenter) -> None:
    photo = noisy(64, 64)
    plain = segmenter(photo, model="tiny-seg")
    middle = float(np.median(plain.confidence))
    careful = segmenter(photo, model="tiny-seg", threshold=middle)
    unsure = careful.labels == UNSURE
    np.testing.assert_array_equal(unsure, plain.confidence < middle)
    np.testing.assert_array_equal(careful.labels[~unsure], plain.labels[~unsure])
    assert careful.areas[-1].name == "unsure"
    assert careful.areas[-1].pixels == unsure.sum()
    assert segmenter(photo, model="tiny-seg", threshold=0).areas == plain.areas


def test_outputs_of_one_class_are_summed() -> None:
    logits = torch.log(torch.tensor([0.4, 0.35, 0.25]))[:, None, None]
    both = by_class(logits, (0, 1, 1)).exp()[:, 0, 0]
    torch.testing.assert_close(both, torch.tensor([0.4, 0.6]))
    assert by_class(logits, (0, 1, 2)) is logits


def test_rims_belong_to_the_objects(segmenter: Segmenter) -> None:
    found = segmenter(noisy(64, 48), model="rimmed")
    assert found.classes == CLASSES
    assert found.labels.max() < 3
    assert found.shown == ("cow",)
    assert segmenter(noisy(64, 48), model="tiny-seg").shown == CLASSES


# What is shown


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model": "nothing"}, "There is no model nothing"),
        ({"model": "scenes"}, "There is no model scenes"),
        ({"scale": 0}, "size of objects"),
        ({"scale": float("nan")}, "size of objects"),
        ({"scale": 5}, "size of objects"),
        ({"threshold": -0.1}, "threshold"),
        ({"threshold": "much"}, "threshold"),
    ],
)
def test_settings_that_cannot_be_used(
    segmenter: Segmenter, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        segmenter(noisy(8, 8), **{"model": "tiny-seg", **changes})


def test_pictures_that_cannot_be_used(segmenter: Segmenter) -> None:
    for photo in (None, "photo.png", Image.new("RGB", (0, 4))):
        with pytest.raises(PictureError, match="is not a picture"):
            segmenter(photo, model="tiny-seg")  # type: ignore[arg-type]
    huge = Image.new("1", (9000, 8000))
    with pytest.raises(PictureError, match="72 million pixels"):
        segmenter(huge, model="tiny-seg")
    with pytest.raises(InputError, match="would have 160 million pixels"):
        segmenter(Image.new("L", (4000, 2500)), model="tiny-seg", scale=4)


@pytest.mark.parametrize(
    ("segmenting", "sentence"),
    [
        ({"colors": ("#000000",)}, "1 colors for 3 classes"),
        ({"outputs": (0, 1)}, "do not name every class"),
        ({"counts": "dog"}, "no class dog"),
        ({"long_side": (9, 3)}, "from the smaller"),
        ({"colors": ("red", "#000000", "#000000")}, "colors"),
    ],
)
def test_cards_that_say_nonsense(tmp_path: Path, segmenting: dict[str, Any], sentence: str) -> None:
    path = make_segmenter(tmp_path)
    how = {"colors": ("#000000",) * 3, "outputs": (0, 1, 2), **segmenting}
    edit_card(path, segmenting=how)
    with pytest.raises(CardError, match=sentence):
        read_card(path)


def test_cards_without_what_a_segmenter_needs(tmp_path: Path) -> None:
    path = make_segmenter(tmp_path)
    edit_card(path, segmenting=None)
    with pytest.raises(CardError, match="segmenting: missing"):
        read_card(path)
    make_segmenter(tmp_path, "other", outputs=(0, 1, 2, 2))
    how = {"colors": ("#000000",) * 3, "outputs": (0, 1, 2)}
    edit_card(tmp_path / "other.json", segmenting=how)
    with pytest.raises(CardError, match="3 outputs, but 4"):
        load(tmp_path / "other.json", torch.device("cpu"))
