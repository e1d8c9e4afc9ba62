"""A training in the Lab that is measured, stops at a quality, or says why neither is possible."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from demo.lab_train_handlers import TrainHandlers
from demo.lab_train_told import number, plots
from demo.laboratory import Laboratory
from demo.training_options import Options
from demo.training_quality import measuring, target_of
from pipelines import InputError, Studio
from pipelines.collection import Collection
from pipelines.steps import drain

from ...tiny import make_model
from .helpers import CHINESE, ENGLISH, SHORT, ended

RECIPE = {"command": "none", "images": 0, "minutes": 0, "device": "cpu"}
STATUS, QUALITY, MEASURING = 0, 6, 7


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ZIP of 500 gradients of any colour."""
    folder = tmp_path_factory.mktemp("many")
    gradient = Image.linear_gradient("L").resize((32, 32))
    with zipfile.ZipFile(folder / "many.zip", "w") as archive:
        for number in range(500):
            color = (number * 7 % 256, number * 31 % 256, number * 57 % 256)
            turned = gradient.rotate(90 * (number % 4))
            Image.composite(Image.new("RGB", (32, 32), color), turned.convert("RGB"), turned).save(
                folder / "one.png"
            )
            archive.write(folder / "one.png", f"{number}.png")
    return folder / "many.zip"


def collected(folder: Path, *counts: int) -> Collection:
    for label, count in enumerate(counts):
        (folder / f"c{label}").mkdir(parents=True)
        for picture in range(count):
            (folder / f"c{label}" / f"{picture}.png").touch()
    return Collection(folder, tuple(f"c{number}" for number in range(len(counts))), sum(counts))


@pytest.mark.parametrize(
    ("counts", "state", "share", "held"),
    [
        ((1000,), "measured", 0.1, 100),
        ((600, 394), "measured", 0.2, 199),
        ((499,), "measured", 0.2, 100),
        ((497,), "few", 0.1, 99),
        ((24,) * 20, "measured", 0.2, 100),
        ((22,) * 20, "few", 0.1, 80),
        ((2,) * 20, "few", 0.1, 0),
    ],
)
def test_how_many_pictures_it_takes(
    tmp_path: Path, counts: tuple[int, ...], state: str, share: float, held: int
) -> None:
    found = measuring(collected(tmp_path / "data", *counts), "", Studio("cpu"))
    assert (found.state, found.share, found.held) == (state, share, held)


def test_a_judge_must_not_have_trained_what_it_judges(folder: Path, tmp_path: Path) -> None:
    more = "python -m training.gan --data x.zip --start {}.json"
    for id, start in (("mine", "cifar10-dcgan"), ("again", "mine"), ("other", "small-dcgan")):
        make_model(folder, id, recipe={**RECIPE, "command": more.format(start)})
    make_model(folder, "round", recipe={**RECIPE, "command": more.format("round")})
    studio, found = Studio("cpu", [folder]), collected(tmp_path / "data", 1000)
    starts = ("cifar10-dcgan", "mine", "again", "other", "small-dcgan", "round")
    states = [measuring(found, start, studio).state for start in starts]
    assert states == ["related"] * 3 + ["measured"] * 3


def test_targets() -> None:
    assert [target_of(value) for value in (0, "0", None, " ", 2, "2.5", 1)] == [
        0,
        0,
        0,
        0,
        2,
        2.5,
        1,
    ]
    for value in (-1, 0.99, 101, float("nan"), float("inf"), "x", True, [2]):
        with pytest.raises(InputError, match="cannot be a target"):
            target_of(value)
    assert [number(x) for x in (1.934, 24.64, 5000)] == ["1.93", "24.6", "> 100"]


def test_a_training_that_reaches_its_target(lab: Laboratory, knowing: Studio, many: Path) -> None:
    options = Options(images=400, target=100.0, augment=False)
    drain(lab.start_steps([many], options, knowing))
    assert ended(lab) == "reached"
    progress = lab.progress()
    assert progress
    assert progress.frechet is not None
    assert 0 < progress.frechet <= 100
    shown = TrainHandlers(knowing, lab).look(100, ("", -1), True, ENGLISH)
    said = f"Reached quality {number(progress.frechet)} after {progress.shown:,} pictures"
    assert said in shown[STATUS]
    assert "to 100 pictures that were kept aside" in shown[MEASURING]
    assert "后质量达到" in TrainHandlers(knowing, lab).look(100, ("", -1), True, CHINESE)[STATUS]
    # Saved, its card says how good it is, and by whose eyes.
    lab.save("gradients", knowing)
    card = knowing.card("gradients")
    (figure,) = card.quality
    assert figure.measure == "frechet_by_segmenter"
    assert figure.value == pytest.approx(progress.frechet, rel=0.1)
    assert "segmenter road" in figure.protocol
    assert (card.data.pictures, card.data.holdout) == (400, 0.2)
    # It goes on from there, and nothing stops it but its pictures.
    lab.go_on()
    assert ended(lab) == "finished"
    progress = lab.progress()
    assert progress
    assert progress.shown >= 800
    assert len(progress.quality) == 2
    quality = plots(progress, ENGLISH)[2]
    assert quality.visible
    assert {row[2] for row in quality.value["data"]} == {"what it draws", "real pictures"}
    status = TrainHandlers(knowing, lab).look(100, ("", -1), True, ENGLISH)[STATUS]
    assert f"quality {number(progress.quality[-1]['frechet_over_floor'])}" in status


def test_too_few_pictures_train_unmeasured(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    drain(lab.start_steps([shapes], replace(SHORT, target=2.0), knowing))
    assert ended(lab) == "finished"
    shown = TrainHandlers(knowing, lab).look(100, ("", -1), True, ENGLISH)
    assert "Quality is not measured: at least 100 pictures" in shown[MEASURING]
    assert not shown[QUALITY].visible
    assert "quality" not in shown[STATUS]
