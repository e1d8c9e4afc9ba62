"""Style by optimisation, with a tiny VGG of random weights, and the download of the real one."""

from __future__ import annotations

import hashlib
import io
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import CardError, InputError, Stylizer
from pipelines.gatys import LAYERS, STYLE_LAYERS, gatys, gram, gram_distance
from pipelines.limits import MAX_SLOW_SIDE, SLOW_SIDE
from pipelines.networks.vgg import Vgg, VggConfig
from pipelines.settings import read_settings, save_png
from pipelines.style_codes import seen
from pipelines.styling import SLOW
from pipelines.vgg_weights import VGG19, Weights, fetch, load_vgg

from ..styles import HOLE, MASK, PAINTING, PHOTO, check, make_stylizer, noisy, tiny_vgg

STEPS = 50  # the fewest that can be asked for
SEEN = seen(PAINTING, 79)  # its area as large as that of the photo


@pytest.fixture(scope="module")
def stylizer(tmp_path_factory: pytest.TempPathFactory) -> Stylizer:
    return make_stylizer(tmp_path_factory.mktemp("styles"))


def slow(stylizer: Stylizer, photo: Any = PHOTO, style: Any = PAINTING, **more: Any) -> Any:
    return stylizer.slow(photo, style, **{"iterations": STEPS, **more})


def tensor(image: Image.Image) -> torch.Tensor:
    return torch.tensor(np.asarray(image)).movedim(-1, 0)[None] / 127.5 - 1


def away_from(style: Image.Image, picture: Image.Image) -> float:
    """Distance of the features' Gram matrices."""
    network = tiny_vgg()
    ours, theirs = (
        [gram(maps) for maps in network(tensor(x), STYLE_LAYERS).values()] for x in (picture, style)
    )
    return float(gram_distance(ours, theirs))


# The algorithm


def test_gram_matrix() -> None:
    maps = torch.tensor([[[[1.0, 2.0]], [[3.0, 0.0]]]])  # (1, 2, 1, 2)
    assert gram(maps).tolist() == [[[2.5, 1.5], [1.5, 4.5]]]


def test_the_network_is_the_first_part_of_vgg19() -> None:
    from torchvision.models import vgg19

    with torch.device("meta"):
        theirs = vgg19().features.state_dict()
        ours = Vgg(VggConfig()).features.state_dict()
    assert {k: v.shape for k, v in ours.items()} == {
        name: tensor.shape for name, tensor in theirs.items() if name in ours
    }
    maps = tiny_vgg()(torch.zeros(1, 3, 16, 32), LAYERS)
    assert {name: tuple(x.shape[1:]) for name, x in maps.items()} == {
        "relu1_1": (4, 16, 32),
        "relu2_1": (4, 8, 16),
        "relu3_1": (6, 4, 8),
        "relu4_1": (6, 2, 4),
        "relu4_2": (6, 2, 4),
        "relu5_1": (6, 1, 2),
    }


def test_the_picture_comes_nearer_to_the_style() -> None:
    network, content = tiny_vgg(), tensor(PHOTO)
    first, *_, last = gatys(network, content, [tensor(PAINTING)], iterations=60)
    assert first.shape == last.shape == content.shape
    before, after = (
        away_from(PAINTING, Image.fromarray(x[0].movedim(0, -1).add(1).mul(127.5).byte().numpy()))
        for x in (content, last)
    )
    assert after < 0.5 * before


def test_a_style_that_is_the_photo_changes_little() -> None:
    itself, other = (
        list(gatys(tiny_vgg(), tensor(PHOTO), [tensor(style)], iterations=20))[-1]
        for style in (PHOTO, PAINTING)
    )
    changed, more = ((x - tensor(PHOTO)).abs().mean() for x in (itself, other))
    assert changed < min(0.05, more)


# The tool


@pytest.mark.parametrize("size", [(1, 1), (90, 3), (17, 40)])
def test_photos_of_any_size(stylizer: Stylizer, size: tuple[int, int]) -> None:
    found = slow(stylizer, noisy(*size))
    check(found)
    assert found.image.size == size


def test_intermediate_pictures_and_stop_keeps_the_last(stylizer: Stylizer) -> None:
    steps = stylizer.slow_steps(PHOTO, PAINTING, iterations=STEPS)
    found = list(islice(steps, 20))
    assert [(step.done, step.total) for step in found] == [(i, STEPS) for i in range(20)]
    assert np.array_equal(found[0].preview, PHOTO)
    assert not np.array_equal(found[5].preview, found[19].preview)
    stopped = found[19].partial
    assert np.array_equal(stopped.image, found[19].preview)
    check(stopped)
    assert stopped.seconds > found[5].partial.seconds > 0
    steps.close()  # type: ignore[attr-defined]
    assert away_from(SEEN, stopped.image) < away_from(SEEN, PHOTO)


def test_strength_is_the_weight_of_the_style(stylizer: Stylizer) -> None:
    nothing, weak, strong = (slow(stylizer, strength=s).image for s in (0.0, 0.4, 1.5))
    assert nothing.tobytes() == PHOTO.tobytes()
    assert away_from(SEEN, strong) < away_from(SEEN, weak) < away_from(SEEN, PHOTO)


def test_the_ends_of_a_blend_are_the_single_styles(stylizer: Stylizer) -> None:
    pair = PAINTING, noisy(40, 40, seed=8)
    found = [slow(stylizer, style=pair, blend=x).image.tobytes() for x in (0.0, 0.5, 1.0)]
    singles = [slow(stylizer, style=style).image.tobytes() for style in pair]
    assert [found[0], found[2]] == singles
    assert found[1] not in singles


def test_masks_and_colors(stylizer: Stylizer) -> None:
    found = slow(stylizer, mask=MASK, keep_colors=True)
    check(found, ~HOLE)
    ours, theirs = (np.asarray(x.convert("YCbCr")).astype(int) for x in (found.image, PHOTO))
    assert (np.abs(ours[..., 1:] - 128) <= np.abs(theirs[..., 1:] - 128) + 2).all()
    assert not np.array_equal(found.image, PHOTO)


def test_settings_of_the_slow_way(stylizer: Stylizer) -> None:
    found = slow(stylizer, size=40, strength=0.9)
    file = io.BytesIO()
    save_png(found.image, file)
    settings = read_settings(Image.open(file))
    assert settings == found.settings()
    assert (settings.tab, settings.model, settings.weights) == ("style", SLOW, "")
    again = {**settings.parameters, "style": PAINTING}
    assert stylizer.slow(PHOTO, **again).image.tobytes() == found.image.tobytes()


def test_large_photos_are_optimised_small(stylizer: Stylizer) -> None:
    photo = noisy(SLOW_SIDE + 90, 30)
    plain = next(stylizer.slow_steps(photo, PAINTING)).partial
    asked = next(stylizer.slow_steps(photo, PAINTING, size=SLOW_SIDE + 50)).partial
    assert (plain.image.width, plain.reduced) == (SLOW_SIDE, True)
    assert (asked.image.width, asked.reduced) == (SLOW_SIDE + 50, False)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"iterations": 49}, "49 iterations"),
        ({"iterations": 1001}, "from 50 to 1000"),
        ({"iterations": float("nan")}, "nan iterations"),
        ({"size": MAX_SLOW_SIDE + 1}, "size 769"),
        ({"strength": float("nan")}, "strength nan"),
        ({"blend": 2}, "blend 2"),
        ({"style": "a"}, "and a is none"),
        ({"style": None}, "needs a picture of a style"),
        ({"style": (PAINTING, "b")}, "and b is none"),
    ],
)
def test_settings_that_cannot_be_used(
    stylizer: Stylizer, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        stylizer.slow_steps(PHOTO, **{"style": PAINTING, **settings})


# The weights


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """torch's own folder of downloads, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "hub" / "checkpoints"


def served(folder: Path, content: bytes, digest: str | None = None) -> Weights:
    """Weights that a file holds."""
    file = folder / "weights.pth"
    file.write_bytes(content)
    return Weights(file.as_uri(), digest or hashlib.sha256(content).hexdigest()[:8], len(content))


def test_weights_are_downloaded_once(tmp_path: Path, hub: Path) -> None:
    network = Vgg(VggConfig())
    tensors = {name: torch.full_like(x, 0.5) for name, x in network.state_dict().items()}
    tensors["classifier.0.weight"] = torch.zeros(2, 2)
    file = io.BytesIO()
    torch.save(tensors, file)
    weights = served(tmp_path, file.getvalue())
    shares = list(fetch(weights))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert [path.name for path in hub.iterdir()] == ["weights.pth"]
    assert list(fetch(weights)) == []
    loaded = load_vgg(torch.device("cpu"), weights)
    assert not loaded.training
    assert all((x == 0.5).all() for x in loaded.state_dict().values())


@pytest.mark.parametrize("digest", ["00000000", None])
def test_another_file_than_expected_is_not_kept(
    tmp_path: Path, hub: Path, digest: str | None
) -> None:
    weights = served(tmp_path, b"something else", digest)
    if digest is None:  # more than was announced
        weights = Weights(weights.url, weights.sha256, 5)
    with pytest.raises(CardError, match=r"could not be downloaded: another file"):
        list(fetch(weights))
    assert list(hub.iterdir()) == []


@pytest.mark.usefixtures("hub")
def test_without_connection_there_is_a_sentence() -> None:
    with pytest.raises(CardError, match="Check the connection") as caught:
        list(fetch(Weights("http://127.0.0.1:9/vgg.pth")))
    assert caught.value.code == "vgg_offline"


def test_a_file_that_is_no_weights(tmp_path: Path, hub: Path) -> None:
    del hub
    for content in (b"nothing of the kind", pickled({"features.0.weight": 1})):
        weights = served(tmp_path, content)
        weights.path().parent.mkdir(parents=True, exist_ok=True)
        weights.path().write_bytes(content)
        with pytest.raises(CardError, match="VGG-19"):
            load_vgg(torch.device("cpu"), weights)


def pickled(value: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


@pytest.mark.hub
def test_the_real_file_is_where_it_is_said_to_be() -> None:
    """Only its size is asked for: it has half a gigabyte."""
    import urllib.request

    request = urllib.request.Request(VGG19.url, method="HEAD")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert int(answer.headers["Content-Length"]) == VGG19.bytes
