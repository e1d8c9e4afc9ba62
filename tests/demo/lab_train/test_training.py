"""Training in the Lab, with real trainings of some steps on drawn pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from demo.lab_train_handlers import TrainHandlers
from demo.laboratory import KEPT_RUNS, Laboratory
from demo.training_run import Plan, TrainingRun
from pipelines import InputError, Sampler, Studio
from pipelines.steps import drain

from .helpers import ENGLISH, SHORT, ended, state, until


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


def test_a_temporary_laboratory_goes() -> None:
    with Laboratory() as lab:
        assert not lab.keeps
        assert lab.models.is_dir()
    assert not lab.models.exists()
