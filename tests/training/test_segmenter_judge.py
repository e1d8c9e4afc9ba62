"""The judge that ships: what it says of sets whose quality is known, and when it is asked."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pipelines.cards import read_card
from pipelines.errors import CardError
from training.cli import SettingError
from training.data import Pictures
from training.evaluate import EvaluateConfig, evaluate
from training.export import ExportConfig, export
from training.gan import train
from training.gan_config import GanConfig
from training.gan_trainer import Trainer
from training.judges import Judge
from training.protocol import blur
from training.segmenter_judge import CHANNELS, SegmenterProtocol, segmenter_features

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"
ROAD = WEIGHTS / "road.json"
MEASURE = SegmenterProtocol.MEASURE


def stripes(n: int, seed: int) -> Pictures:
    """Stripes of any colour, width and slope, 16 pixels wide."""
    rng = torch.Generator().manual_seed(seed)
    slope, pace, start = (torch.rand(3, n, 1, 1, 1, generator=rng) * 3).unbind()
    color = torch.rand(n, 3, 1, 1, generator=rng) * 255
    x, y = torch.arange(16.0).view(1, 1, 1, 16), torch.arange(16.0).view(1, 1, 16, 1)
    waves = ((x + slope * y) * pace + start).sin() / 2 + 0.5
    return Pictures((color * waves).byte(), torch.zeros(n, dtype=torch.long), ("all",))


def protocol(training: Pictures, held_out: Pictures) -> SegmenterProtocol:
    return SegmenterProtocol(training, held_out, ROAD, size=16)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small run's 24 held-out pictures are enough."""
    monkeypatch.setattr("training.segmenter_judge.MIN_MEASURED", 24)


def measured(config: GanConfig) -> list[dict[str, str]]:
    path = config.run / "quality.csv"
    if not path.exists():
        return []
    with path.open() as file:
        return list(csv.DictReader(file))


def test_features() -> None:
    features = segmenter_features(ROAD, 32)
    pictures = torch.rand(3, 3, 8, 8) * 2 - 1
    assert features(pictures).shape == (3, CHANNELS)
    torch.testing.assert_close(features(pictures)[1:2], features(pictures[1:2]))


def test_models_that_cannot_judge(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"small-dcgan\.json cannot judge"):
        segmenter_features(WEIGHTS / "small-dcgan.json", 32)
    with pytest.raises(CardError, match="nowhere"):
        segmenter_features(tmp_path / "nowhere.json", 32)


def test_real_pictures_are_as_good_as_real_ones() -> None:
    judge = protocol(stripes(200, 0), stripes(100, 1))
    more = stripes(100, 2).images
    assert len(judge.labels) == 100
    assert judge.frechet_over_floor(more) == pytest.approx(1, abs=0.4)
    poor = judge.frechet_over_floor(blur(more))
    assert poor > 2
    assert protocol(stripes(200, 0), stripes(100, 1)).frechet_over_floor(blur(more)) == poor
    (figure,) = judge.measure(more, {})
    assert figure.measure == MEASURE
    assert figure.compare["blurred real pictures"] > 2
    for words in ("100 held-out", "100 pictures that were trained on", "2 draws", "segmenter road"):
        assert words in figure.protocol


def test_too_few_and_equal_pictures() -> None:
    with pytest.raises(SettingError, match=r"99 held-out pictures are too few.*at least 100"):
        protocol(stripes(200, 0), stripes(99, 1))
    same = Pictures(stripes(1, 0).images.repeat(100, 1, 1, 1), torch.zeros(100).long(), ("all",))
    assert protocol(same, same).frechet_over_floor(stripes(100, 0).images) > 1


@pytest.mark.usefixtures("few")
def test_a_run_stops_at_a_target_that_a_card_judges(
    small: GanConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = replace(small, judge=str(ROAD), measure_every=0, target=1e9)
    list(train(config))
    assert [row["images"] for row in measured(config)] == ["48"]  # at its end, being short
    monkeypatch.setattr("training.judges.SHARE", 1e9)
    early = replace(config, run=tmp_path / "early")
    assert [shown for shown, _ in train(early)] == [4]
    assert list(train(early)) == []  # it remembers
    assert [shown for shown, _ in train(replace(early, target=0.0, images=12))] == [8, 12]
    assert len(measured(early)) == 3


@pytest.mark.usefixtures("few")
def test_who_stops_does_not_wait_for_a_measurement(small: GanConfig) -> None:
    config = replace(small, judge=str(ROAD), measure_every=0)
    trainer = Trainer(config, stripes(48, 0))
    judge = Judge(config, trainer.pictures, stripes(24, 1), trainer.device)
    assert not judge.due(4, finished=False, stopped=False)  # setting up took some time
    assert not judge.due(4, finished=False, stopped=True)
    assert judge.due(4, finished=True, stopped=False)


@pytest.mark.usefixtures("few")
def test_the_card_says_who_judged(small: GanConfig, tmp_path: Path) -> None:
    config = replace(small, judge=str(ROAD), measure_every=0)
    list(train(config))
    said = float(measured(config)[-1]["frechet_over_floor"])
    settings = ExportConfig(config.run, "one", (config.data,), str(ROAD), tmp_path)
    card = export(settings)
    (figure,) = card.quality
    assert figure.measure == MEASURE
    assert figure.value == pytest.approx(said, rel=0.02)
    assert "segmenter road" in figure.protocol
    evaluate(EvaluateConfig(tmp_path, (f"one={config.data}",), str(ROAD)))
    assert read_card(tmp_path / "one.json") == card
