"""A script at the app: the named endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageChops, ImageStat

from pipelines import Studio
from pipelines.limits import DEFAULT_MODEL
from pipelines.settings import read_settings

from ..test_readme import EXAMPLES


@pytest.fixture(scope="module")
def client(app_url: str) -> Iterator[Client]:
    client = Client(app_url, verbose=False)
    yield client
    client.close()


def test_exactly_the_promised_endpoints(client: Client) -> None:
    info = client.view_api(return_format="dict", print_info=False)
    assert set(info["named_endpoints"]) == {
        "/generate",
        "/variations",
        "/compare_models",
        "/inpaint",
        "/morph",
        "/directions",
        "/segment",
        "/stylize",
        "/texture",
        "/compare_segmentation",
        "/models",
        "/restore",
    }
    assert not info["unnamed_endpoints"]


def test_generate_without_arguments(client: Client) -> None:
    gallery, details, *_ = client.predict(api_name="/generate")
    assert len(gallery) == len(details["pictures"]) == 16
    settings = read_settings(gallery[3]["image"])
    assert settings.seed == details["pictures"][3]["seed"] == 3
    assert settings.weights == details["weights"]


def test_generate_then_restore(client: Client) -> None:
    gallery, details, *_ = client.predict(
        label="sea", seed=9, count=2, truncation=0.7, api_name="/generate"
    )
    assert [picture["label"] for picture in details["pictures"]] == ["sea", "sea"]
    restored = client.predict(handle_file(gallery[1]["image"]), api_name="/restore")
    assert restored["seed"] == 10
    assert restored["parameters"]["truncation"] == 0.7


def test_variations_without_arguments(client: Client) -> None:
    _, details, *_ = client.predict(api_name="/variations")
    assert [p["path"] for p in details["pictures"]] == [[[0.3, i]] for i in range(16)]


def test_best_of_keeps_the_higher_score(client: Client) -> None:
    model = "cifar10-dcgan"  # has a critic
    _, all_four, *_ = client.predict(model, seed=0, count=4, api_name="/generate")
    _, best, *_ = client.predict(model, seed=0, count=1, best_of=4, api_name="/generate")
    scores = [picture["score"] for picture in all_four["pictures"]]
    assert best["pictures"][0]["score"] == pytest.approx(max(scores), abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"seed": None}, "The seed (empty) cannot be used"),
        ({"seed": -1}, "The seed -1 cannot be used"),
        ({"seed": 2**32}, "The seed 4294967296 cannot be used"),
        ({"seed": "seven"}, "The seed seven cannot be used"),
        ({"count": 0}, "0 is not a possible number of pictures"),
        ({"count": 65}, "65 is not a possible number of pictures"),
        ({"count": 10**9}, "1000000000 is not a possible number of pictures"),
        ({"truncation": "NaN"}, "The truncation NaN cannot be used"),
        ({"truncation": 1.5}, "The truncation 1.5 cannot be used"),
        ({"label": "sheep"}, "has no class sheep"),
        ({"model": "nothing"}, "There is no model nothing"),
        ({"best_of": 17}, "Best of 17 is not possible"),
        ({"path": [[2, 0]]}, "cannot be drawn"),
    ],
)
def test_bad_input_gets_the_sentence_of_the_library(
    client: Client, arguments: dict[str, object], sentence: str
) -> None:
    with pytest.raises(AppError) as caught:
        client.predict(**arguments, api_name="/generate")
    assert sentence in str(caught.value)
    _, details, *_ = client.predict(count=1, api_name="/generate")
    assert details["pictures"]


def test_restore_says_what_is_wrong(client: Client, tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    Image.new("RGB", (4, 4)).save(plain)
    with pytest.raises(AppError, match="carries no Pentimento settings"):
        client.predict(handle_file(str(plain)), api_name="/restore")


def test_defaults_are_those_of_the_shipped_models(client: Client) -> None:
    info = client.view_api(return_format="dict", print_info=False)
    defaults = {
        p["parameter_name"]: p["parameter_default"]
        for p in info["named_endpoints"]["/generate"]["parameters"]
    }
    assert defaults["model"] == DEFAULT_MODEL
    assert DEFAULT_MODEL in [card.id for card in Studio().cards("generator")]
    assert all(endpoint["description"] for endpoint in info["named_endpoints"].values())


def test_morph_without_arguments(client: Client) -> None:
    video, strip, told, line = client.predict(api_name="/morph")
    path = video["video"] if isinstance(video, dict) else video
    with av.open(path) as container:
        assert sum(1 for _ in container.decode(video=0)) == told["drawn"] == 72
    assert line.startswith("72 frames")
    again = client.predict(handle_file(strip), api_name="/restore")
    assert again["parameters"]["keys"] == told["parameters"]["keys"]


def test_key_frames_of_a_film_are_what_generate_draws(client: Client) -> None:
    _, strip, told, _ = client.predict(
        keys=[7, {"seed": 8, "label": "forest"}], frames=1, loop=False, api_name="/morph"
    )
    (first, second) = told["parameters"]["keys"]
    with Image.open(strip) as film:
        size = film.height
        for i, key in enumerate((first, second)):
            pictures, *_ = client.predict(
                label=key["label"], seed=key["seed"], count=1, api_name="/generate"
            )
            with Image.open(pictures[0]["image"]) as picture:
                box = (i * (size + 2), 0, i * (size + 2) + size, size)
                assert film.crop(box).tobytes() == picture.tobytes()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"keys": [1]}, "2 to 12 key frames, not 1"),
        ({"keys": [1] * 13}, "2 to 12 key frames, not 13"),
        ({"frames": 10**6}, "1000000 frames per leg"),
        ({"keys": [{"seed": 1, "model": "cifar10-dcgan"}, 2]}, "made by the model cifar10-dcgan"),
        ({"keys": [1, {"seed": 2, "label": "moon"}]}, "has no class moon"),
        ({"keys": [1, {"seed": 2, "latent": "AAAA"}]}, "does not fit the model"),
        ({"fps": 1000}, "1000 frames per second"),
    ],
)
def test_bad_films_get_the_sentence_of_the_library(
    client: Client, arguments: dict[str, object], sentence: str
) -> None:
    with pytest.raises(AppError) as caught:
        client.predict(**arguments, api_name="/morph")
    assert sentence in str(caught.value)
    *_, told, _ = client.predict(keys=[1, 2], frames=1, api_name="/morph")
    assert told["drawn"] == 2


def test_directions_without_and_with_arguments(client: Client) -> None:
    still, key = client.predict(api_name="/directions")
    assert "shifts" not in key
    moved, key = client.predict(amount_2=3, api_name="/directions")
    assert key["shifts"] == [["ganspace", 1, 3]]
    with Image.open(still) as a, Image.open(moved) as b:
        difference = ImageChops.difference(a.convert("RGB"), b.convert("RGB"))
    assert sum(ImageStat.Stat(difference).mean) / 3 > 2  # of 255: to be seen
    with pytest.raises(AppError, match="cannot be used"):
        client.predict(amount_1="NaN", api_name="/directions")


def test_compare_models_without_arguments(client: Client) -> None:
    gallery, told = client.predict(api_name="/compare_models")
    installed = [card.id for card in Studio().cards("generator")]
    assert [entry["model"] for entry in told] == installed
    assert len(gallery) == len(installed)


def test_example_of_the_readme_runs(app_url: str) -> None:
    (example,) = [example for example in EXAMPLES if "gradio_client" in example]
    names: dict[str, Any] = {}
    exec(example.replace("http://127.0.0.1:7860", app_url), names)
    assert len(names["gallery"]) == 4
    assert names["settings"]["drawn"] == 72
    assert Path(names["strip"]).exists()
    names["client"].close()
