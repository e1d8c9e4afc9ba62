"""The network, optimiser and single step of a segmenter's training, and its measurement."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from pipelines.networks.unet import Unet, UnetConfig
from pipelines.segment import by_class
from pipelines.tiles import enlarged_rows, logits_of
from training.average import advance
from training.cli import SettingError
from training.precision import autocast
from training.schedule import share_left
from training.segment_config import SegmentConfig
from training.segment_data import IGNORE, Labelled, with_rims
from training.segment_metrics import confusion
from training.team import join


def build_unet(config: SegmentConfig, outputs: int) -> Unet:
    """A fresh network, its encoder as ``config.backbone`` says. Raises SettingError."""
    network = Unet(UnetConfig(outputs, config.encoder, config.decoder))
    source = config.backbone
    if source == "imagenet":
        pretrained = smp.encoders.get_encoder(config.encoder, weights="imagenet").state_dict()
        network.net.encoder.load_state_dict(seen(pretrained, network))
    elif source:
        if not Path(source).is_file():
            raise FileNotFoundError(f"{source!r} is neither a safetensors file nor imagenet")
        try:
            network.net.encoder.load_state_dict(seen(load_file(source), network))
        except RuntimeError as error:
            raise SettingError(f"{Path(source).name} does not fit {config.encoder}") from error
    return network


def seen(state: dict[str, Tensor], network: Unet) -> dict[str, Tensor]:
    """What of an encoder's state a network that may not see all of it has a place for."""
    places = network.net.encoder.state_dict()
    return {key: tensor for key, tensor in state.items() if key in places}


def class_weights(shares: np.ndarray, balance: str) -> Tensor:
    """Weights of classes with mean 1 over the pixels' shares: float32 (classes,)."""
    if balance == "none":
        weights = np.ones_like(shares)
    elif balance == "log":
        weights = 1 / np.log(1.02 + shares)
    else:
        weights = 1 / np.sqrt(np.maximum(shares, 1e-4))
    return torch.tensor(weights / (weights * shares).sum(), dtype=torch.float32)


class SegmentTrainer:
    """The network, its average, and one step at a time.

    ``data``: what it learns from, with rims if it is to learn those.
    """

    def __init__(self, config: SegmentConfig, data: Labelled) -> None:
        self.config = config
        self.team = join(config)
        self.device = self.team.device
        self._autocast = autocast(config.precision, self.device)
        torch.manual_seed(config.seed)
        self.outputs = config.outputs(len(data.classes))
        if config.rim:
            data = with_rims(data, config.rim)
        self.data = data
        self.network = build_unet(config, len(self.outputs)).to(self.device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).requires_grad_(False).eval()
        net = self.network.net
        rest = [*net.decoder.parameters(), *net.segmentation_head.parameters()]
        self.optimizer = torch.optim.AdamW(
            [{"params": list(net.encoder.parameters())}, {"params": rest}],
            lr=config.lr,
            weight_decay=config.weight_decay,
            fused=True,
        )
        self._weights = class_weights(data.shares(), config.balance).to(self.device)
        overlap = {"mode": "multiclass", "ignore_index": IGNORE}
        self._overlaps: dict[str, nn.Module] = {
            "dice": smp.losses.DiceLoss(**overlap),
            "focal": smp.losses.FocalLoss(**overlap),
            "lovasz": smp.losses.LovaszLoss(**overlap),
            # The library's Jaccard loss knows no label to ignore.
            "jaccard": JaccardLoss(),
        }
        self.modules: dict[str, nn.Module] = {"network": self.network, "average": self.average}
        self.shown, self.seconds = 0, 0.0

    def step(self, pictures: Tensor, labels: Tensor) -> dict[str, float]:
        """One update on (b, 3, s, s) in [-1, 1] and (b, s, s); returns the losses."""
        c = self.config
        rise = min(1.0, (self.shown + c.batch) / max(1, c.warmup))
        fall = share_left(c, self.shown, self.seconds) ** 0.9  # poly (Chen et al. 2017)
        rates = (c.encoder_lr if c.backbone or c.start else c.lr, c.lr)
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * rise * fall
        x = pictures.to(self.device, memory_format=torch.channels_last)
        y = labels.to(self.device)
        self.network.train()
        with self._autocast:
            logits = self.network(x)
        terms = {name: self._loss(name, logits.float(), y) for name in c.losses}
        loss = torch.stack(list(terms.values())).sum()
        self.team.update(loss, self.optimizer, clip=5.0)
        advance(self, len(x), c.ema, (self.average, self.network))
        return self.team.means({"loss": loss, **terms})

    def _loss(self, name: str, logits: Tensor, labels: Tensor) -> Tensor:
        if name != "ce":
            return self._overlaps[name](logits, labels)
        return F.cross_entropy(
            logits,
            labels,
            self._weights,
            ignore_index=IGNORE,
            label_smoothing=self.config.smoothing,
        )


class JaccardLoss(nn.Module):
    """1 - soft intersection over union, mean over the classes present in the batch."""

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        known = (labels != IGNORE)[:, None]
        p = logits.softmax(1) * known
        y = F.one_hot(labels.where(known[:, 0], 0), logits.shape[1]).movedim(-1, 1) * known
        hits = (p * y).sum((0, 2, 3))
        union = p.sum((0, 2, 3)) + y.sum((0, 2, 3)) - hits
        present = y.sum((0, 2, 3)) > 0
        return (1 - (hits + 1) / (union + 1))[present].mean() if present.any() else p.sum() * 0


@torch.inference_mode()
def found_labels(
    network: nn.Module,
    image: np.ndarray,
    outputs: tuple[int, ...],
    zoom: float = 1.0,
    flips: bool = False,
) -> np.ndarray:
    """Labels uint8 (h, w) of a picture uint8 (h, w, 3), seen in one pass ``zoom`` times larger."""
    h, w = image.shape[:2]
    if zoom != 1:
        size = (max(1, round(w * zoom)), max(1, round(h * zoom)))
        image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
    logits = enlarged_rows(logits_of(network, image, flips), (h, w), 0, h)
    return by_class(logits, outputs).argmax(0).byte().cpu().numpy()


def measure(
    network: nn.Module,
    data: Labelled,
    outputs: tuple[int, ...],
    zoom: float = 1.0,
    flips: bool = False,
) -> np.ndarray:
    """The confusion of a network's classes on every picture of ``data``."""
    network.eval()
    count = len(data.classes)
    total = np.zeros((count, count), np.int64)
    for image, label in zip(data.images, data.labels, strict=True):
        total += confusion(found_labels(network, image, outputs, zoom, flips), label, count)
    return total
