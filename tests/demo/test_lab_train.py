"""Training in the Lab, with real trainings of some steps on drawn pictures."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image, ImageDraw

import demo
from demo.lab_train_handlers import TrainHandlers
from demo.laboratory import KEPT_RUNS, Laboratory
from demo.training_options import Options, free_name, model_id
from demo.training_run import ALIVE, Plan, TrainingRun
from pipelines import InputError, PictureError, Sampler, Studio
from pipelines.steps import drain

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
CHINESE: Any = SimpleNamespace(headers={"accept-language": "zh"})
SHORT = Options(images=200, augment=False)


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ZIP of two classes of six pictures."""
    folder = tmp_path_factory.mktemp("shapes")
    with zipfile.ZipFile(folder / "My shapes.zip", "w") as archive:
        for number in range(12):
            image = Image.new("RGB", (40, 40), "white")
            draw = ImageDraw.Draw(image)
            (draw.ellipse if number % 2 else draw.rectangle)((8, 8, 20 + number, 30), fill="navy")
            image.save(folder / "shape.png")
            kind = "disc" if number % 2 else "box"
            archive.write(folder / "shape.png", f"shapes/{kind}/{number}.png")
    return folder / "My shapes.zip"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Laboratory]:
    with Laboratory(tmp_path / "lab") as lab:
        yield lab


@pytest.fixture
def knowing(lab: Laboratory) -> Studio:
    """A Studio that knows what is trained."""
    return Studio("cpu", [lab.models])


def until(true: Callable[[], object], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def state(lab: Laboratory) -> str:
    progress = lab.progress()
    assert progress
    return progress.state


def ended(lab: Laboratory) -> str:
    until(lambda: state(lab) not in ALIVE)
    return state(lab)


def test_a_training_becomes_a_model(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    assert lab.progress() is None
    drain(lab.start_steps([shapes], SHORT, knowing))
    assert ended(lab) == "finished"
    progress = lab.progress()
    assert progress
    assert progress.plan.classes == ("box", "disc")
    assert progress.shown == 224  # whole batches
    assert progress.grids[-1].images == 224
    assert lab.save("my-shapes", knowing) == lab.made == "my-shapes"
    card = next(card for card in knowing.cards("generator") if card.id == "my-shapes")
    assert (card.name, card.size, card.classes) == ("My shapes", 32, ("box", "disc"))
    assert card.data.name == "My-shapes"
    assert card.quality == ()
    (image,) = knowing.get(Sampler)([3], model="my-shapes", label="disc").images
    assert image.size == (32, 32)
    with pytest.raises(InputError, match="already"):
        lab.save("my-shapes", knowing)
    # It goes on for as many again, and may be what another training begins with.
    lab.go_on()
    assert ended(lab) == "finished"
    assert lab.progress().shown >= 424  # type: ignore[union-attr]
    drain(lab.start_steps([shapes], replace(SHORT, size=64, start="my-shapes"), knowing))
    assert ended(lab) == "finished"
    lab.save("my-shapes-2", knowing)
    assert knowing.card("my-shapes-2").recipe.images > 400
    assert knowing.card("my-shapes-2").size == 32


def test_an_lstm_that_learns_without_a_critic(
    lab: Laboratory, knowing: Studio, shapes: Path
) -> None:
    wanted = replace(SHORT, images=400, family="lstm", loss="elbo", augment=True)
    drain(lab.start_steps([shapes], wanted, knowing))
    assert ended(lab) == "finished"
    losses, logits = TrainHandlers(knowing, lab).look(100, ("", -1), True, ENGLISH)[4:6]
    assert losses.visible
    assert {row[2] for row in losses.value["data"]} == {"generator"}
    assert not logits.visible  # of whom?
    lab.save("lines", knowing)
    card = knowing.card("lines")
    assert card.networks["generator"].architecture == "lstm-generator"
    assert card.networks.keys() == {"generator"}
    # The family of a model to begin with is kept, whatever the menu says.
    drain(lab.start_steps([shapes], replace(SHORT, start="lines"), knowing))
    assert ended(lab) == "finished"
    lab.save("more-lines", knowing)
    networks = knowing.card("more-lines").networks
    assert networks["generator"] == card.networks["generator"]
    assert "critic" in networks


def test_pause_go_on_and_stop(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    drain(lab.start_steps([shapes], replace(SHORT, images=1_000_000), knowing))
    assert state(lab) == "starting"
    with pytest.raises(InputError, match="under way already"):
        next(lab.start_steps([shapes], SHORT, knowing))
    with pytest.raises(InputError, match="nothing to save"):
        lab.save("early", knowing)
    until(lambda: state(lab) == "training")
    lab.pause()
    until(lambda: state(lab) == "paused")
    lab.save("paused", knowing)  # what it has learnt so far
    assert knowing.card("paused").recipe.images > 0
    lab.go_on()
    assert state(lab) == "training"
    with pytest.raises(InputError, match="still changing"):
        lab.save("moving", knowing)
    lab.stop()
    assert ended(lab) == "stopped"
    with pytest.raises(InputError, match="No training is under way"):
        lab.stop()


def test_an_unfinished_run_is_found_again(tmp_path: Path, shapes: Path) -> None:
    studio = Studio("cpu", [tmp_path / "models"])
    with Laboratory(tmp_path) as lab:
        drain(lab.start_steps([shapes], replace(SHORT, images=1_000_000), studio))
        until(lambda: state(lab) == "training")
    assert state(lab) == "stopped"  # with the app
    with Laboratory(tmp_path) as again:
        assert state(again) == "stopped"
        shown = again.progress().shown  # type: ignore[union-attr]
        assert shown > 0
        again.go_on()
        until(lambda: again.progress().shown > shown)  # type: ignore[union-attr]
        again.stop()
        assert ended(again) == "stopped"


def test_a_training_that_fails_says_why(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    drain(lab.start_steps([shapes], SHORT, knowing))
    assert ended(lab) == "finished"
    run = lab._run
    assert run
    plan = run.plan
    run.write_plan(replace(plan, arguments=(*plan.arguments, "--loss", "none")))
    lab.go_on()
    assert ended(lab) == "failed"
    status = TrainHandlers(knowing, lab).look(100, ("", -1), True, ENGLISH)[0]
    assert "with an error" in status


def test_bad_uploads_leave_nothing(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    (shapes.parent / "empty.zip").write_bytes(b"")
    for files in ([], [shapes.parent / "empty.zip"], [shapes.parent / "shape.png"]):
        with pytest.raises(PictureError):
            drain(lab.start_steps(files, SHORT, knowing))
    assert lab.progress() is None
    assert not any(lab._runs.iterdir())


def test_reading_can_be_given_up(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    do = TrainHandlers(knowing, lab)
    steps = lab.start_steps([shapes], SHORT, knowing)
    next(steps)
    with pytest.raises(InputError, match="under way already"):
        next(lab.start_steps([shapes], SHORT, knowing))
    steps.close()  # type: ignore[attr-defined]
    assert do.stop(ENGLISH) == ""
    assert not any(lab._runs.iterdir())
    go, _, stop = do.look(100, ("", -1), True, ENGLISH)[6:9]
    assert (go.interactive, stop.interactive) == (True, False)
    # Somebody who is gone without a word keeps nobody waiting for long.
    gone = lab.start_steps([shapes], SHORT, knowing)
    next(gone)
    lab._claim -= 100
    next(lab.start_steps([shapes], SHORT, knowing))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"size": 48}, "Choose one of: 32, 64"),
        ({"images": 10}, "from 200 to"),
        ({"images": None}, "from 200 to"),
        ({"family": "transformer"}, "No network transformer"),
        ({"loss": "l2"}, "no loss l2"),
        ({"norm": "batch"}, "no normalisation batch"),
        ({"seed": -1}, "seed -1"),
        ({"start": "scenes"}, "cannot begin with the model scenes"),
    ],
)
def test_settings_that_cannot_be_used(
    lab: Laboratory, knowing: Studio, shapes: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        next(lab.start_steps([shapes], replace(SHORT, **changes), knowing))


def test_names_of_models(studio: Studio) -> None:
    assert model_id(" my-cats-2 ", studio) == "my-cats-2"
    for name in ("", None, "My cats", "-cats", "cats/dogs", "../cats", "c" * 41, "cäts"):
        with pytest.raises(InputError, match="cannot be the name"):
            model_id(name, studio)
    for name in ("tiny", "scenes", "road"):
        with pytest.raises(InputError, match="already"):
            model_id(name, studio)
    assert free_name(studio) == "my-model"
    assert free_name(studio, "tiny") == "tiny-2"


def test_old_runs_go(tmp_path: Path, shapes: Path) -> None:
    studio = Studio("cpu")
    other = tmp_path / "runs" / "somebody-elses"
    other.mkdir(parents=True)
    for day in range(4):
        run = TrainingRun(tmp_path / "runs" / f"2020010{day}")
        run.folder.mkdir()
        run.write_plan(Plan((), "pictures", ("all",), 8, 0, 200, "09:00"))
    with Laboratory(tmp_path) as lab:
        assert lab.progress().plan.started == "09:00"  # type: ignore[union-attr]
        drain(lab.start_steps([shapes], SHORT, studio))
        lab.stop()
        assert ended(lab) in ("stopped", "finished")
    assert len(list((tmp_path / "runs").iterdir())) == KEPT_RUNS + 1
    assert other.exists()  # it holds no run of the Lab


def test_the_page_follows_a_training(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    do = TrainHandlers(knowing, lab)
    families, losses, norms, begin, *shown = do.arrive("gone", 100, CHINESE)
    assert families.choices[1][1] == "lstm"
    assert losses.choices[0] == ("合页（hinge）损失", "hinge")
    assert norms.choices[1] == ("无", "none")
    assert begin.value == ""
    starts = [id for _, id in begin.choices]
    assert starts[:2] == ["", "cifar10-dcgan"]
    assert "small-lstm" in starts
    assert "scenes" not in starts
    assert not shown[-2].active
    with pytest.raises(gr.Error, match="no picture to learn from"):
        list(do.start([], "32", 200, "dcgan", "hinge", "spectral", False, 0, "", ENGLISH))
    options = ("32", 200, "dcgan", "hinge", "spectral", False, 0, "")
    lines = list(do.start([str(shapes)], *options, ENGLISH))
    assert lines[-1] == "Reading the pictures: 12 of 12 …"
    shown = do.look(100, ("", -1), True, ENGLISH)
    assert "Starting" in shown[0]
    go, hold, stop, save, use, timer = shown[6:12]
    assert (go.interactive, hold.interactive, stop.interactive) == (False, True, True)
    assert (save.interactive, use.visible, timer.active) == (False, False, True)
    hidden = do.tick(100, ("", -1), False, ENGLISH)
    assert hidden[0] == gr.skip()
    assert not hidden[11].active
    ended(lab)
    status, grid, _, about, *plots = do.look(100, ("", -1), True, ENGLISH)
    assert "Finished: 224 pictures shown** · learns from 12 pictures of 2 classes" in status
    assert grid.visible
    assert "224" in about
    assert all(not plot.visible or len(plot.value) for plot in plots[:2])
    go, hold, stop, save, use, timer, seen = plots[2:]
    assert (go.interactive, hold.value, stop.interactive) == (True, "Go on", False)
    assert (save.interactive, timer.active) == (True, False)
    assert do.look(100, seen, True, ENGLISH)[1] == gr.skip()  # it is there already
    with pytest.raises(gr.Error, match="cannot be the name"):
        list(do.save("My cats", ENGLISH))
    note, _, use, name = list(do.save("shapes", ENGLISH))[-1]
    assert "**Shapes** is saved" in note
    assert use.visible
    assert name == "shapes-2"
    assert do.use() == {"tab": "generate", "model": "shapes", "parameters": {}}


def test_without_a_laboratory_the_tab_says_so(knowing: Studio) -> None:
    texts = [
        block.elem_id for block in demo.build(knowing).blocks.values() if block.elem_id
    ]  # fmt: skip
    assert "lab-off" in texts
    assert "lab-go" not in texts


def test_a_temporary_laboratory_goes() -> None:
    with Laboratory() as lab:
        assert not lab.keeps
        assert lab.models.is_dir()
    assert not lab.models.exists()
