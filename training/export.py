"""Turn a run into a model that ships.

``python -m training.export --run runs/one --id cifar10-dcgan --data pictures.zip --judge FILE``

The averaged generator, the critic, its spectral normalisation worked into plain weights, and the
encoder are stored in float16 beside a card. Nothing is replaced before the new model was loaded,
drawn with and measured.
"""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro
from torch import Tensor, nn

from pipelines.cards import Card, Measurement, load, read_card
from pipelines.device import noise
from pipelines.networks.dcgan import Critic
from pipelines.networks.encoder import Encoder, EncoderConfig
from training.cli import SettingError, run
from training.data import load_pictures
from training.descriptions import describe
from training.eyes import load_backbone
from training.gan_networks import draw
from training.hole_export import export_filler, is_filler
from training.judges import make_protocol
from training.protocol import AFTER, UNTUNED, Protocol, eight_bit, shipped_samples
from training.runs import Run, best_measured, command, measured, read_run
from training.segment_export import export_segmenter, is_segmenter
from training.segmenter_judge import SegmenterProtocol
from training.shipping import Model, ship
from training.style_export import export_style, is_style
from training.texture_export import export_textures, is_texture

log = logging.getLogger(__name__)

# Rounding weights to float16 moves a pixel by a small part of one of 255 levels on average.
MAX_DRIFT = 1 / 127.5


@dataclass(frozen=True)
class ExportConfig:
    """Export a run of any training into a folder of weights, measured."""

    run: Path
    id: str
    """Id of the model: lower-case letters, digits and dashes."""
    data: tuple[str, ...]
    """The data the run was trained on; its held-out part is what the model is measured with."""
    judge: str = ""
    """SqueezeNet 1.1: a safetensors file, or 'squeezenet1_1'. Without it generators and networks
    that fill holes are not measured. Of a generator also the card of a segmenter, which gives one
    figure (training.segmenter_judge)."""
    weights: Path = Path("weights")
    curve: bool = False
    """Put into the card what was measured on the way, see ``training.gan --judge``."""
    baseline: Path | None = None
    """An untuned run, whose figure stands in the card for comparison."""
    judge_heads: str = ""
    """The linear heads of LPIPS-squeeze, a safetensors file: for what fills holes."""
    styles: tuple[str, ...] = ()
    """Of a style network: the paintings and textures it was trained on beside the data."""
    paintings: tuple[str, ...] = ()
    """Of a style network: pictures, or zips or folders of some, that become built-in styles."""
    vgg: str = ""
    """VGG-19, a safetensors file: measures a style network; part of the encoder of textures."""
    strength: float = 1.0
    """Of a diffusion model: how noisy a guess is made before it is made better; 1: noise alone."""
    critic: bool = True
    """Ship the critic of a generator as well, which scores pictures and is about as large."""
    notes: str = ""
    """What the recorded command does not say about this run."""
    backbone: Annotated[str, tyro.conf.arg(aliases=["--backbones"])] = ""
    """The run's backbone, when its file has moved; part of a model with an encoder."""


def networks_of(trained: Run, backbone: str = "") -> dict[str, nn.Module]:
    """The networks that ship, by role: generator, and critic and encoder where the run has them."""
    networks: dict[str, nn.Module] = {"generator": trained.generator}
    if trained.critic:
        networks["critic"] = bake(trained.critic)
    if trained.encoder:
        encoder = Encoder(EncoderConfig(trained.config.latent_dim))
        encoder.head.load_state_dict(trained.encoder.state_dict())
        encoder.layers = load_backbone(backbone or trained.config.backbone)
        networks["encoder"] = encoder.eval().requires_grad_(False)
    return networks


def bake(critic: Critic) -> Critic:
    """A plain critic whose weights are those that ``critic``, in eval mode, computes with.

    Spectral normalisation is thereby worked into them; ``critic`` is left in eval mode.
    """
    critic.eval()  # else reading a weight would move its power iteration on
    plain = Critic(critic.config)
    with torch.no_grad():
        # Not by remove_parametrizations on a copy: a copy shares its class with the original,
        # and that function takes the weight out of the class.
        for key, target in plain.state_dict().items():
            owner, _, name = key.rpartition(".")
            target.copy_(getattr(critic.get_submodule(owner), name))
    return plain.eval().requires_grad_(False)


def check_round_trip(path: Path, networks: dict[str, nn.Module]) -> None:
    """Raise SettingError unless the model at ``path`` computes what ``networks`` compute.

    To the bit with their weights rounded to float16, and nearly so with their own.
    """
    loaded = load(path, torch.device("cpu"))
    config = loaded.card.networks["generator"].config
    z = networks["generator"].prior(noise(range(8), config["latent_dim"]))  # type: ignore[operator]
    label = torch.eye(config["classes"]).repeat(8, 1)[:8]

    def outputs(networks: dict[str, nn.Module]) -> list[Tensor]:
        with torch.inference_mode():
            out = [networks["generator"](z, label)]
            if critic := networks.get("critic"):
                out.append(critic(out[0], label))
            if encoder := networks.get("encoder"):
                out.append(encoder(out[0]))
            return out

    rounded = {role: copy.deepcopy(network).half().float() for role, network in networks.items()}
    if not all(map(torch.equal, outputs(loaded.networks), outputs(rounded))):
        raise SettingError("the exported file does not compute what the run does: not exported")
    drift = (outputs(networks)[0] - outputs(rounded)[0]).abs().mean().item()
    if not drift <= MAX_DRIFT:
        raise SettingError(f"float16 changes the pictures by {drift:.3f} on average: not exported")


def measure(
    path: Path,
    protocol: Protocol | SegmenterProtocol,
    baseline: Path | None = None,
    known: tuple[Measurement, ...] = (),
    curve: dict[str, float] | None = None,
) -> tuple[Measurement, ...]:
    """The figures of the model whose card is ``path``, drawn as the app draws it.

    ``curve``: see ``curve_of``. Without it, and without ``baseline``, the figures on the way and of
    the untuned recipe are those of the ``known`` figures.
    Raises SettingError when model and data know different classes.
    """
    loaded = load(path, torch.device("cpu"))
    if loaded.card.classes != protocol.classes:
        raise SettingError(
            f"{loaded.card.id} knows the classes {', '.join(loaded.card.classes)}, the data"
            f" {', '.join(protocol.classes)}: give the data it was trained on"
        )
    compare: dict[str, float] = {}
    for figure in known:
        if figure.measure == protocol.MEASURE:
            kept = (UNTUNED, AFTER)
            compare |= {k: v for k, v in figure.compare.items() if k.startswith(kept)}
    if curve is not None:
        compare = {k: v for k, v in compare.items() if not k.startswith(AFTER)} | curve
    if baseline:
        untuned = read_run(baseline)
        if untuned.classes != protocol.classes or untuned.config.size != loaded.card.size:
            raise SettingError(f"{baseline} was trained on other classes or sizes: choose another")
        samples = draw(untuned.generator, protocol.labels, torch.device("cpu"))
        compare[UNTUNED] = protocol.frechet_over_floor(eight_bit(samples))
        # Such runs swing: their end alone would flatter the tuned one.
        if measured := best_measured(baseline):
            compare[f"{UNTUNED} at its best, after {measured[0]:,} pictures"] = measured[1]
    return protocol.measure(shipped_samples(loaded, protocol.labels), compare)


def curve_of(run: Run, folder: Path) -> dict[str, float]:
    """Frechet distance over its floor on the way, under "after 50,000 pictures" and the like.

    Raises SettingError for a run that began with another, or was not measured.
    """
    if run.config.start:
        raise SettingError("--curve is for runs that began from nothing: leave it out")
    rows = [row for row in measured(folder) if row[0] < run.images]
    if not rows:
        raise SettingError(f"{folder} was never measured on the way: train it with --judge")
    return {f"{AFTER}{images:,} pictures": ratio for images, ratio in rows}


def export(config: ExportConfig) -> Card:
    """Write the model and its card; returns the card.

    Raises SettingError, FileNotFoundError or CardError, and then leaves what was there.
    """
    c = config
    if is_filler(c.run):
        judges = c.judge, c.judge_heads
        return export_filler(c.run, c.id, c.data, c.weights, judges, c.strength, c.notes)
    if is_style(c.run):
        return export_style(c.run, c.id, c.data, c.styles, c.paintings, c.weights, c.vgg, c.notes)
    if is_texture(c.run):
        return export_textures(c.run, c.id, c.data, c.weights, c.vgg, c.notes)
    if len(c.data) != 1:
        raise SettingError("--data takes one path for this kind of run")
    if is_segmenter(c.run):
        return export_segmenter(c.run, c.id, c.data[0], c.weights, c.notes)
    return export_generator(c)


def export_generator(config: ExportConfig) -> Card:
    """Export a run of training.gan; see ``export``."""
    trained = read_run(config.run)
    networks = networks_of(trained, config.backbone)
    if not config.critic:
        networks.pop("critic", None)
    holdout, size = trained.config.holdout, trained.config.size
    pictures = load_pictures(config.data[0], size)
    if pictures.classes != trained.classes:
        raise SettingError(f"{config.data[0]} has other classes than the run: give the run's data")

    def judged(path: Path) -> tuple[Measurement, ...]:
        check_round_trip(path, networks)
        if not config.judge:
            return ()
        protocol = make_protocol(*pictures.split(holdout), size, config.judge)
        old = config.weights / f"{config.id}.json"
        known = read_card(old).quality if old.exists() else ()
        curve = curve_of(trained, config.run) if config.curve else None
        return measure(path, protocol, config.baseline, known, curve)

    model = Model(
        id=config.id,
        tool="generator",
        networks=networks,
        size=size,
        classes=trained.classes,
        pictures=len(pictures.split(holdout)[0]),
        holdout=holdout,
        command=command(trained.config),
        images=trained.images,
        minutes=trained.minutes,
        device=trained.device,
        notes=config.notes,
    )
    return ship(model, describe(config.id, Path(config.data[0]).name), config.weights, judged)


def main(config: ExportConfig) -> None:
    card = export(config)
    for figure in card.quality:
        log.info("%s %g (%s)", figure.measure, figure.value, figure.compare)
    log.info("%s: %.1f MB in %s", card.id, card.bytes / 2**20, config.weights)


if __name__ == "__main__":
    run("training.export", ExportConfig, main)
