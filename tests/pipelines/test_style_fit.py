"""Codes are fitted to a photo, and what is painted then is nearer to the style."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from PIL import Image

from pipelines import Studio
from pipelines.cards import Loaded
from pipelines.networks.stylizer import by_depth
from pipelines.recent import Recent
from pipelines.style_codes import Style, code_of
from pipelines.style_fit import fit
from pipelines.style_fitting import Fitting, key_of
from pipelines.unrest import unrest

from ..holes import noisy
from ..styles import MODEL, array
from ..tiny import make_style


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("model")
    make_style(folder)
    return Studio("cpu", [folder]).network(MODEL)


def distance(loaded: Loaded, photo: Image.Image, code: torch.Tensor, wanted: torch.Tensor) -> float:
    """How far the Gram matrices of what is painted are from those that ``wanted`` names."""
    network = loaded.networks["style"]
    x = torch.tensor(array(photo)).movedim(-1, 0)[None].float() / 127.5 - 1
    with torch.no_grad():
        maps = network.eye(network(x, code))  # type: ignore[operator]
        away = []
        for found, (mean, root) in zip(maps, by_depth(wanted), strict=True):
            flat = found.flatten(2)
            gram = root @ root + mean.mT @ mean
            away.append((flat @ flat.mT / flat.shape[2] - gram).norm() / gram.norm())
    return float(torch.stack(away).square().mean())


def test_what_is_painted_comes_nearer_to_the_style(loaded: Loaded) -> None:
    photo = noisy(64, 48)
    code = code_of(Style("a", "A", index=0), loaded)
    codes = list(fit(loaded.networks["style"], photo, code, 12))  # type: ignore[arg-type]
    assert len(codes) == 12
    assert distance(loaded, photo, codes[-1], code) < 0.7 * distance(loaded, photo, code, code)
    again = list(fit(loaded.networks["style"], photo, code, 12))  # type: ignore[arg-type]
    torch.testing.assert_close(again[-1], codes[-1])


def test_a_calm_sky_stays_calmer(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = Image.new("RGB", (96, 96), (90, 120, 180))
    photo.paste(noisy(96, 32), (0, 64))
    x = torch.tensor(array(photo)).movedim(-1, 0)[None].float() / 127.5 - 1
    network: Any = loaded.networks["style"]
    code = code_of(Style("a", "A", index=0), loaded)

    def clouds(weight: float) -> float:
        monkeypatch.setattr("pipelines.style_fit.REST", weight)
        *_, found = fit(network, photo, code, 12)
        with torch.no_grad():
            return float(unrest(network(x, found), x))

    assert clouds(400.0) < 0.9 * clouds(0.0)


@pytest.mark.parametrize("photo", [Image.new("RGB", (1, 1)), Image.new("RGB", (40, 24), "red")])
def test_photos_with_nothing_in_them_do_no_harm(loaded: Loaded, photo: Image.Image) -> None:
    code = code_of(Style("a", "A", index=0), loaded)
    for found in fit(loaded.networks["style"], photo, code, 3):  # type: ignore[arg-type]
        assert found.isfinite().all()


def test_other_photos_styles_and_weights_are_fitted_anew() -> None:
    a, b = Style("own", "", noisy(20, 20)), Style("own", "", noisy(20, 20, seed=2))
    photo, other = noisy(30, 30), noisy(30, 30, seed=2)
    given = [("w", photo, a, 3), ("w", other, a, 3), ("w", photo, b, 3), ("v", photo, a, 3)]
    given += [("w", photo, a, 4), ("w", photo, Style("a", "A", index=0), 3)]
    assert len({key_of(*one) for one in given}) == len(given)
    assert key_of(*given[0]) == key_of("w", photo.copy(), Style("own", "", noisy(20, 20)), 3)


def test_nothing_is_pending_without_steps() -> None:
    styles = [Style("a", "A", index=0)]
    assert Fitting("w", noisy(20, 20), styles, 0, Recent(9)).pending == 0
    assert Fitting("w", noisy(20, 20), styles, 5, Recent(9)).pending == 5
