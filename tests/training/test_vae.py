"""A variational autoencoder's training, on a few small pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pipelines.cards import load
from training.data import Pictures, load_pictures
from training.export import ExportConfig, export
from training.gan import main
from training.gan_config import GanConfig
from training.runs import read_run
from training.vae import VaeTrainer


@pytest.fixture
def config(small: GanConfig) -> GanConfig:
    return replace(small, loss="elbo", latent_dim=6)


def test_a_step_changes_every_weight_and_the_bound_rises(config: GanConfig) -> None:
    trainer = VaeTrainer(replace(config, lr=2e-3), load_pictures(config.data, config.size))
    assert trainer.modules.keys() == {"generator", "average", "posterior"}
    before = {
        f"{name}/{key}": tensor.clone()
        for name in ("generator", "posterior")
        for key, tensor in trainer.modules[name].named_parameters()
    }
    losses = [trainer.step()["generator_loss"] for _ in range(60)]
    for name in ("generator", "posterior"):
        for key, tensor in trainer.modules[name].named_parameters():
            assert not torch.equal(tensor, before[f"{name}/{key}"]), f"{name}/{key}"
    assert sum(losses[-10:]) / 10 < sum(losses[:10]) / 10 - 0.1


def test_it_needs_no_critic(config: GanConfig) -> None:
    config = replace(config, critic_width=0)
    config.check()
    trainer = VaeTrainer(config, load_pictures(config.data, config.size))
    assert trainer.posterior.downs[0].out_channels == config.width


def test_what_was_encoded_comes_back(config: GanConfig) -> None:
    """Both halves are one model: a latent that the posterior finds draws that picture, not any."""
    greys = torch.linspace(10, 245, 16).byte()
    pictures = Pictures(
        greys[:, None, None, None].expand(-1, 3, 8, 8).contiguous(),
        torch.zeros(16, dtype=torch.long),
        ("grey",),
    )
    trainer = VaeTrainer(replace(config, lr=2e-3, batch=16), pictures)
    for _ in range(150):
        trainer.step()
    for module in trainer.modules.values():
        module.eval()
    x = pictures.images.float() / 127.5 - 1
    label = torch.ones(16, 1)
    with torch.inference_mode():
        mean, spread = trainer.posterior(x, label)
        again = trainer.generator(mean, label)
        other = trainer.generator(mean.roll(8, 0), label)
    assert mean.shape == spread.shape == (16, 6)
    assert (again - x).square().mean() < 0.2 * (other - x).square().mean()


def test_a_run_ships_its_decoder_alone(config: GanConfig, tmp_path: Path) -> None:
    main(config)
    run = read_run(config.run)
    assert run.critic is None
    card = export(ExportConfig(config.run, "some-vae", (config.data,), weights=tmp_path / "w"))
    assert card.networks.keys() == {"generator"}
    assert "--loss elbo" in card.recipe.command
    loaded = load(tmp_path / "w" / "some-vae.json", torch.device("cpu"))
    z = torch.randn(2, 6)
    label = torch.eye(len(card.classes))[:2]
    with torch.inference_mode():
        torch.testing.assert_close(
            loaded.networks["generator"](z, label), run.generator(z, label), atol=0.02, rtol=0
        )
