"""The settings of a GAN's training: the command line of ``training.gan``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from pipelines.networks.encoder import Encoder
from training import schedule
from training.augment import AUGMENTATIONS
from training.cli import SettingError
from training.losses import LossName
from training.moments import RENEW_EVERY
from training.spectra import SIDE


@dataclass(frozen=True)
class GanConfig:
    """A training run. The defaults are the classic recipe with today's stabilising tricks."""

    data: str
    """Zip, folder of class folders, or torchvision data set name (CIFAR10)."""
    run: Path
    """Folder of the run: checkpoint, log.csv, sample grids. An existing run is resumed."""
    images: int = 1_000_000
    """Stop after this many training pictures were shown."""
    size: int = 32
    latent_dim: int = 100
    generator: Literal["dcgan", "glu", "lstm"] = "dcgan"
    """dcgan: the classic; glu: leaner, stronger, with latents on a sphere; lstm: draws line after
    line."""
    width: int = 64
    """Channels of the widest-resolution feature map of the dcgan and lstm generators."""
    hidden: int = 192
    """Length of the state of the lstm generator."""
    detail: int = 1536
    """Channels times side of every feature map of the glu generator (at most 384 channels)."""
    least: int = 16
    """At least so many channels of every feature map of the glu generator."""
    grain: bool = False
    """Give the glu generator noise at every resolution to make fine texture of."""
    mirror: int = 0
    """Mirror feature maps of the glu generator at their borders from this side on: what ends in
    zeros may get a strip of other colours there."""
    critic_width: int = 64
    """Channels of the DCGAN critic's first feature map, and with --loss elbo of the network that
    encodes; 0 leaves that critic out, and means the generator's --width there."""
    loss: LossName | Literal["elbo"] = "hinge"
    """elbo: no critic at all but a variational autoencoder, whose decoder the generator is."""
    divergence: float = 1.0
    """Weight of the divergence with --loss elbo (the beta of Higgins et al. 2017): above 1, latents
    say less of a picture, and what is drawn of any latent is blurred but of one piece."""
    norm: Literal["spectral", "batch", "none"] = "spectral"
    """Normalisation of the critic."""
    backbone: Annotated[str, tyro.conf.arg(aliases=["--backbones"])] = ""
    """Frozen network for a further, projected critic (Sauer et al. 2021): a safetensors file of
    MobileNetV2, or 'mobilenet_v2'; empty leaves it out. It converges many times faster."""
    backbone_size: int = 64
    """Pixels that pictures are brought to before the backbone."""
    vgg: str = ""
    """A second frozen network that the projected critic sees with: VGG-19 as a safetensors file,
    or 'vgg19' (downloaded)."""
    crops: bool = False
    """Have the backbone also look at crops of that size, at full resolution, for fine detail."""
    projected: float = 1.0
    """Weight of the projected critic in the generator's loss."""
    encoder: float = 0.0
    """Weight of reconstructions: above 0, an encoder is trained along, and half of each batch are
    reconstructions of real pictures. Keeps a class varied, and inverts photos. Needs backbone."""
    encoder_noise: float = 0.3
    """Share of noise mixed into encoded latents, as a radius on the sphere."""
    uniformity: float = 1.0
    """Weight of the loss that spreads encoded latents over the sphere (Wang and Isola 2020)."""
    spectra: float = 0.0
    """Weight of the distance between generated and real spectra of small windows; above 0, it
    takes away stripes and lattices (training.spectra). Needs pictures of at least 32 pixels."""
    moments: float = 0.0
    """Weight of the Frechet distance of the backbones' pooled features; above 0, pictures are
    asked to vary as real ones do (training.moments). Needs backbone; it must not be the judge."""
    moments_half_life: float = 4_000
    """Pictures after which a picture counts half in those moments."""
    moments_every: int = RENEW_EVERY
    """Pictures between two looks at where they have to go: those take long on a GPU."""
    warmup: int = 0
    """Pictures during which an encoder and the generator only learn to reconstruct."""
    critics_first: int = 0
    """Pictures during which only the critics learn: where they begin anew and the generator does
    not (--start), what they do not know yet would undo what it does."""
    critic_steps: int = 1
    """Updates of the DCGAN critic per update of the generator; the WGAN papers take 5."""
    clip: float = 0.0
    """Bound of the critic's weights (Arjovsky et al. 2017 take 0.01); 0 leaves them free."""
    gradient_penalty: float = 0.0
    """Weight of the WGAN-GP penalty (Gulrajani et al. 2017 take 10); 0 leaves it out."""
    r1: float = 0.0
    """Weight of the R1 penalty, taken every 16th step; 0 leaves it out."""
    augment: tuple[str, ...] = ()
    """DiffAugment: any of color, translation, cutout."""
    ema: float = 20_000
    """Half-life, in pictures, of the averaged generator that is exported; 0: it is the live one."""
    optimizer: Literal["adam", "rmsprop", "adagrad"] = "adam"
    lr: float = 2e-4
    critic_lr: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    anneal: float = 0.0
    """Last fraction of the run over which both learning rates fall linearly to zero."""
    batch: int = 64
    """Pictures of a step; several processes share them (training.team)."""
    holdout: float = 0.1
    """Fraction of every class that is never trained on and serves for measuring."""
    target: float = 0.0
    """Stop when the Frechet distance over its floor is at most this; 0 never stops. Needs judge."""
    judge: str = ""
    """Feature network for --target: a safetensors file of SqueezeNet 1.1, 'squeezenet1_1', or the
    card of a shipped segmenter, which needs fewer pictures (training.segmenter_judge)."""
    measure_every: int = 100_000
    """Pictures between two measurements, when a judge is given; 0: as often as that takes about a
    tenth of the time, and not when the run is stopped."""
    start: str = ""
    """Folder of a run to begin from, or the card of a shipped model: weights of equal name and
    shape are taken over, so that a generator may be given a further resolution."""
    seed: int = 0
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto: bf16 on GPUs. On CPUs projected critics measured no faster with it; the plain DCGAN
    did, but what it learns was not compared."""
    replay: bool = True
    """Whether steps on a GPU are recorded and played back (training.replay): several times as many
    a second."""
    save_every: float = 120.0
    """Seconds between checkpoints."""
    grid_every: float = 240.0
    """Seconds between sample grids."""
    log_every: int = 50
    """Steps between two rows of log.csv."""
    minutes: float = 0.0
    """Stop after so many minutes at the latest, learning rates having fallen by then; 0: whenever
    the pictures were shown."""
    tethered: bool = False
    """Stop when standard input is closed, as it is when the program that started the run ends."""
    threads: int = 0
    """CPU threads of each process; 0 leaves PyTorch's choice."""

    @property
    def adversarial(self) -> LossName:
        """The loss of the DCGAN critic, where there is one."""
        return "hinge" if self.loss == "elbo" else self.loss

    @property
    def critical(self) -> bool:
        """Whether the DCGAN critic is trained."""
        return self.critic_width > 0 and self.loss != "elbo"

    def check(self) -> None:
        """Raise SettingError for settings that cannot work together."""
        if self.target > 0 and not self.judge:
            raise SettingError("--target needs --judge: give a network to measure with")
        if self.judge.endswith(".json") and self.backbone:
            raise SettingError(
                "--judge takes no segmenter with --backbone: its encoder began as such a network,"
                " and a judge must not have trained what it judges"
            )
        if unknown := [name for name in self.augment if name not in AUGMENTATIONS]:
            raise SettingError(f"--augment knows {', '.join(AUGMENTATIONS)}, not {unknown[0]!r}")
        if self.loss == "elbo" and (self.backbone or self.generator == "glu"):
            raise SettingError(
                "--loss elbo has no critic: leave out --backbone and --generator glu"
            )
        if self.divergence < 0:
            raise SettingError(f"--divergence must be at least 0, not {self.divergence}")
        if self.loss != "elbo" and not (self.critic_width or self.backbone):
            raise SettingError("without --critic-width and --backbone there is no critic at all")
        if (self.encoder or self.crops or self.vgg or self.moments) and not self.backbone:
            raise SettingError(
                "--encoder, --crops, --moments and --vgg go with --backbone: give one"
            )
        if self.encoder and self.generator != "glu":
            raise SettingError("--encoder needs --generator glu, whose latents lie on a sphere")
        if self.grain and self.generator != "glu":
            raise SettingError("--grain needs --generator glu")
        if self.mirror and self.generator != "glu":
            raise SettingError("--mirror needs --generator glu")
        schedule.check(self)
        if self.mirror < 0:
            raise SettingError(f"--mirror must be at least 0, not {self.mirror}")
        if self.encoder and self.backbone_size != Encoder.SIZE:
            raise SettingError(
                f"--encoder needs --backbone-size {Encoder.SIZE}: that is what it sees"
            )
        if self.crops and self.size <= self.backbone_size:
            raise SettingError("--crops needs pictures larger than --backbone-size")
        if self.batch < 4 and self.encoder:
            raise SettingError("--encoder needs a --batch of at least 4")
        if self.spectra and self.size < SIDE:
            raise SettingError(f"--spectra needs --size {SIDE} or more")
        if not 0 <= self.holdout < 1:
            raise SettingError(f"--holdout is a fraction from 0 to below 1, not {self.holdout}")
        counts = (self.images, self.batch, self.critic_steps, self.log_every, self.moments_every)
        if min(counts) < 1 or self.measure_every < 0:
            raise SettingError(
                "--images, --batch, --critic-steps, --moments-every and --log-every must be at"
                " least 1, and --measure-every at least 0"
            )
