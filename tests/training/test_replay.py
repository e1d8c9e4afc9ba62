"""Steps that a GPU plays back: what may stand in them, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, is_tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from training.complete import CompleteConfig, CompleteTrainer
from training.data import Pictures
from training.diffuse import DiffuseConfig, DiffuseTrainer
from training.draws import Again, Draw, Draws, What, refill
from training.gan_config import GanConfig
from training.gan_trainer import Trainer
from training.replay import WARM, Replay, recordable, set_rates
from training.style import StyleConfig, StyleTrainer
from training.team import Team
from training.texture import TextureConfig, TextureTrainer
from training.vae import VaeTrainer

SIDE, COUNT = 32, 4
WAITING = {"_local_scalar_dense", "nonzero", "masked_select", "lift_fresh"}


HOLES = ("completion", "diffusion", "style", "texture")
GANS: dict[str, dict[str, Any]] = {
    "dcgan": {"r1": 0.1, "augment": ("color", "translation", "cutout"), "gradient_penalty": 1.0},
    "scenes": {
        "generator": "glu", "encoder": 1.0, "crops": True, "spectra": 1.0, "moments": 1.0,
        "moments_half_life": 100.0, "grain": True, "mirror": 8, "augment": ("translation",),
    },
    "vae": {"loss": "elbo"},
}  # fmt: skip


def make_gan(name: str, device: str, backbone: str, **settings: Any) -> Trainer:
    common: dict[str, Any] = {
        "size": SIDE, "width": 4, "critic_width": 4, "latent_dim": 6, "batch": COUNT, "warmup": 8,
        "device": device, "precision": "fp32",
    }  # fmt: skip
    rng = torch.Generator().manual_seed(0)
    side = 128 if name == "scenes" else SIDE  # larger than what an encoder sees
    images = torch.randint(256, (20, 3, side, side), dtype=torch.uint8, generator=rng)
    pictures = Pictures(images, torch.arange(20) % 3, ("a", "b", "c"))
    own = GANS[name]
    if name == "scenes":
        own = {**own, "backbone": backbone, "backbone_size": 64, "size": side}
    config = GanConfig("unused", Path("unused"), **{**common, **own, **settings})
    config.check()
    trainer = (VaeTrainer if name == "vae" else Trainer)(config, pictures)
    for moments in trainer.moments or ():
        # What would take hundreds of pictures to learn.
        size = moments.real.mean.shape[0]
        for running in (moments.real, moments.fake):
            running.update(torch.rand(5_000, size, generator=rng).to(trainer.device))
    return trainer


def slowed(config: Any) -> Any:
    """The same training with learning rates that hardly change a thing."""
    rates = {f.name for f in fields(config)} & {"lr", "critic_lr"}
    return replace(config, **dict.fromkeys(rates, 1e-6))


class Waits(TorchDispatchMode):
    """Notes operations for which a CPU waits for its GPU, or that bring something there."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        indices = args[1] if name.startswith("index") and isinstance(args[1], list | tuple) else ()
        masks = any(isinstance(i, Tensor) and i.dtype == torch.bool for i in indices)
        if name in WAITING or masks:
            self.found.append(name)
        return func(*args, **(kwargs or {}))


class Tape(TorchDispatchMode):
    """Records operations on the tensors they had, and does them again, as a CUDA graph would."""

    def __init__(self) -> None:
        super().__init__()
        self._done: list[tuple[Any, Any, Any, list[Tensor | None]]] = []
        self._waiting = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = {x.untyped_storage()._cdata for x in tree_leaves((args, kwargs)) if is_tensor(x)}
        found = func(*args, **kwargs)
        new = [
            x if is_tensor(x) and x.untyped_storage()._cdata not in given else None
            for x in tree_leaves(found)
        ]
        if func._schema.is_mutable or any(x is not None for x in new):  # or it is a view
            self._done.append((func, args, kwargs, new))
        return found

    @torch.no_grad()
    def play(self) -> None:
        if self._waiting:  # recording took the step already, which that of a graph does not
            self._waiting = False
            return
        for func, args, kwargs, places in self._done:
            found = tree_leaves(func(*args, **kwargs))
            for place, x in zip(places, found, strict=True):
                if place is not None:
                    place.copy_(x)

    def record(self, step: Callable[[], Any]) -> Any:
        with self:
            losses = step()
        self._waiting = True
        return self.play, losses


class Tapes:
    """Records steps on a CPU, each on a tape of its own."""

    def warm(self, step: Callable[[], Any]) -> Any:
        return step()

    def record(self, step: Callable[[], Any]) -> Any:
        return Tape().record(step)


class Outside(Draws):
    """What is drawn is drawn before a step begins, so it may wait."""

    def __init__(self, draws: Draws, waits: Waits) -> None:
        super().__init__(torch.device("cpu"))
        self._draws, self._waits = draws, waits

    def __call__(self, what: What) -> Tensor:
        before = list(self._waits.found)
        tensor = self._draws(what)
        self._waits.found = before
        return tensor


@pytest.fixture(params=[*HOLES, *GANS])
def trained(request: pytest.FixtureRequest, vgg: str, backbone: Path) -> Callable:
    """What makes a trainer for a device, and the batch it steps on."""
    common: dict[str, Any] = {"size": SIDE, "batch": COUNT, "vgg": vgg, "warmup": 8}
    critic: dict[str, Any] = {
        "backbone": str(backbone), "backbone_size": SIDE, "critic_after": 2 * COUNT
    }  # fmt: skip
    run, sets = Path("unused"), ("unused",)
    rng = torch.Generator().manual_seed(0)
    x = torch.rand(COUNT, 3, SIDE, SIDE, generator=rng) * 2 - 1
    mask = torch.zeros(COUNT, 1, SIDE, SIDE)
    mask[..., 4:30, 6:28] = 1

    def make(device: str, **settings: Any) -> tuple[Any, tuple[Tensor, ...]]:
        more = {**common, "device": device, "precision": "fp32", **settings}
        if request.param == "completion":
            small: dict[str, Any] = {"width": 8, "blocks": 2, "spectral": 4, "attention": 4}
            small |= {"spectra": 1.0, "directions": 1.0, "taps": 1.0, "finer": 1, "finest": 1}
            return CompleteTrainer(CompleteConfig(sets, run, **small, **critic, **more)), (x, mask)
        if request.param == "diffusion":
            config = DiffuseConfig(sets, run, channels=(16, 16), directions=1.0, **more)
            return DiffuseTrainer(config), (x, mask)
        if request.param == "style":
            style = StyleConfig(sets, run, styles=sets, blocks=1, deep=1, **more)
            return StyleTrainer(style), (x, x.flip(0, -1))
        if request.param in ("dcgan", "scenes", "vae"):
            return make_gan(request.param, device, str(backbone), **settings), ()
        widths = (8, 8, 8, 8, 8)
        return TextureTrainer(TextureConfig(sets, run, widths=widths, **critic, **more)), (x,)

    return make


def test_a_step_never_waits_for_the_gpu(trained: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer, batch = trained("cpu")
    body, waits = trainer._update, Waits()

    def watched(draws: Draws, *tensors: Tensor, **kind: Any) -> dict[str, Tensor]:
        with waits:
            return body(Outside(draws, waits), *tensors, **kind)

    replay = Replay(watched, trainer.team, trainer.optimizers)
    monkeypatch.setattr(trainer, "_replay", replay)
    for _ in range(3):
        trainer.step(*batch)
    assert not waits.found


def test_a_step_done_again_is_the_next_step(
    trained: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a recording keeps of the step it was made of is nothing that changes."""
    settings = {"warmup": 0, "anneal": 0.0}
    (taken, batch), (played, _) = (trained("cpu", **settings) for _ in range(2))
    replay = Replay(played._update, played.team, played.optimizers, recorder=Tapes())
    monkeypatch.setattr(played, "_replay", replay)
    for _ in range(2 + WARM + 4):
        losses = taken.step(*batch)
        assert played.step(*batch) == pytest.approx(losses, rel=1e-4, abs=1e-5)
    assert replay.recorded
    for name, module in taken.modules.items():
        torch.testing.assert_close(
            dict(played.modules[name].state_dict()), dict(module.state_dict()), rtol=1e-3, atol=1e-4
        )


@pytest.mark.cuda
def test_steps_played_back_are_those_taken_one_by_one(trained: Callable) -> None:
    found = []
    for replay in (True, False):
        trainer, batch = trained("cuda", replay=replay)
        # Slow, or what a GPU adds up in another order each time would soon be seen.
        trainer.config = slowed(trainer.config)
        found.append([trainer.step(*batch) for _ in range(2 * WARM + 6)])
        assert bool(trainer._replay.recorded) == replay
    for played, taken in zip(*found, strict=True):
        assert played == pytest.approx(taken, rel=0.02, abs=0.01)
    # And they are not all the same step.
    assert played != found[0][-2]


def test_on_a_cpu_nothing_is_recorded() -> None:
    def body(draws: Draws, x: Tensor, *, kind: int) -> dict[str, Tensor]:
        return {"loss": x.sum() + kind, "drawn": draws(lambda rng: torch.rand((), generator=rng))}

    replay = Replay(body, Team(torch.device("cpu")), {})
    rng = torch.Generator().manual_seed(0)
    found = [replay(rng, torch.ones(3), kind=i) for i in range(5)]
    assert [losses["loss"].item() for losses in found] == [3.0, 4.0, 5.0, 6.0, 7.0]
    assert len({losses["drawn"].item() for losses in found}) == 5
    assert replay.recorded == 0


def test_draws_come_again_in_the_same_places() -> None:
    def step(draw: Draw) -> list[float]:
        return [draw(lambda rng: torch.rand(2, generator=rng)).tolist() for _ in range(3)]

    rng = torch.Generator().manual_seed(0)
    draws = Draws(torch.device("cpu"), rng)
    first = step(draws)
    places = draws.places()
    refill(places, rng)
    draws.read(places)
    second = step(draws)
    draws.start(torch.Generator().manual_seed(0))
    assert [step(draws), step(draws)] == [first, second]
    again = Again(draws)
    third = step(again)
    again.rewind()
    assert step(again) == third
    assert third not in (first, second)


class Broken(Tapes):
    """Finds out in the middle of a step that it cannot be recorded."""

    def record(self, step: Callable[[], Any]) -> Any:
        step()
        raise RuntimeError("not permitted when stream is capturing")


def test_a_step_that_cannot_be_recorded_is_taken_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def body(draws: Draws, x: Tensor) -> dict[str, Tensor]:
        return {"loss": x.sum() + draws(lambda rng: torch.rand((), generator=rng))}

    def losses(recorder: Any) -> list[float]:
        replay = Replay(body, Team(torch.device("cpu")), {}, recorder=recorder)
        seeds = [torch.Generator().manual_seed(seed) for seed in range(WARM + 4)]
        return [replay(rng, torch.ones(3))["loss"].item() for rng in seeds]

    assert losses(Broken()) == losses(None) == losses(Tapes())
    assert [record.message for record in caplog.records] == [
        "the step cannot be recorded, so it will be slow: not permitted when stream is capturing"
    ]


def test_rates_are_set_where_they_stand() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    adam = torch.optim.Adam([weight], 0.1)
    assert recordable(adam)
    assert not recordable(torch.optim.RMSprop([weight], 0.1))
    assert adam.param_groups[0]["lr"] == 0.1
    set_rates({"network": adam}, 0.5, network=1.0, heads=3.0)
    assert adam.param_groups[0]["lr"] == 0.5
    adam.param_groups[0]["lr"] = place = torch.tensor(0.1)
    set_rates({"network": adam}, 0.5, network=0.5)
    assert adam.param_groups[0]["lr"] is place
    assert place == 0.25
