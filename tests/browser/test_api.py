"""A script at the app: the named endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from pipelines import Studio
from pipelines.settings import read_settings


@pytest.fixture(scope="module")
def client(app_url: str) -> Iterator[Client]:
    client = Client(app_url, verbose=False)
    yield client
    client.close()


def test_exactly_the_promised_endpoints(client: Client) -> None:
    info = client.view_api(return_format="dict", print_info=False)
    assert set(info["named_endpoints"]) == {"/generate", "/variations", "/restore"}
    assert not info["unnamed_endpoints"]


def test_generate_without_arguments(client: Client) -> None:
    gallery, details, *_ = client.predict(api_name="/generate")
    assert len(gallery) == len(details["pictures"]) == 16
    settings = read_settings(gallery[3]["image"])
    assert settings.seed == details["pictures"][3]["seed"] == 3
    assert settings.weights == details["weights"]


def test_generate_then_restore(client: Client) -> None:
    gallery, details, *_ = client.predict(
        label="frog", seed=9, count=2, truncation=0.7, api_name="/generate"
    )
    assert [picture["label"] for picture in details["pictures"]] == ["frog", "frog"]
    restored = client.predict(handle_file(gallery[1]["image"]), api_name="/restore")
    assert restored["seed"] == 10
    assert restored["parameters"]["truncation"] == 0.7


def test_variations_without_arguments(client: Client) -> None:
    _, details, *_ = client.predict(api_name="/variations")
    assert [p["path"] for p in details["pictures"]] == [[[0.3, i]] for i in range(16)]


def test_best_of_keeps_the_higher_score(client: Client) -> None:
    _, all_four, *_ = client.predict(seed=0, count=4, api_name="/generate")
    _, best, *_ = client.predict(seed=0, count=1, best_of=4, api_name="/generate")
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
    assert defaults["model"] == Studio().cards("generator")[0].id
    assert info["named_endpoints"]["/generate"]["description"]
