"""VGG-19's features as a loss: how unlike two pictures look, not how unlike their pixels are.

Either torchvision's network (downloaded), or a file with its layers pruned and distilled to a
sixteenth of the size (Wang et al. 2020, Collaborative Distillation), which is as good a loss and
many times faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
import torchvision
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pipelines.networks.encoder import MEAN, STD
from pipelines.networks.stylizer import LAYERS, Eye
from training.cli import SettingError

BLOCKS = (2, 2, 4, 4, 1)  # convolutions between two poolings, up to conv5_1
NAMES = tuple(f"conv{i}{j}" for i, n in enumerate(BLOCKS, 1) for j in range(1, n + 1))


class Vgg(nn.Module):
    """Frozen VGG-19 up to relu5_1: pictures (b, 3, h, w) in [-1, 1] -> maps by name.

    ``source``: a safetensors file with the layers ``conv0`` (1x1; RGB in [0, 1] to what the rest
    expects), ``conv11`` ... ``conv51``; or ``vgg19`` for torchvision's weights. Raises
    FileNotFoundError or SettingError.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        tensors = _tensors(source)
        try:
            for name in ("conv0", *NAMES):
                weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
                conv = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[-1])
                conv.load_state_dict({"weight": weight, "bias": bias})
                self.add_module(name, conv)
        except (KeyError, RuntimeError) as error:
            raise SettingError(f"{Path(source).name} does not hold the layers of VGG-19") from error
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, x: Tensor, wanted: Sequence[str]) -> list[Tensor]:
        """The maps after the ReLU of the layers ``wanted``, which are named in their order."""
        if list(wanted) != [name for name in NAMES if name in wanted]:
            raise ValueError(
                f"of {', '.join(wanted)} some are no layers of VGG-19, or out of order"
            )
        maps: list[Tensor] = []
        x = self.get_submodule("conv0")((x / 2 + 0.5).contiguous(memory_format=torch.channels_last))
        for name in NAMES:
            if name.endswith("1") and name != "conv11":
                x = F.max_pool2d(x, 2)
            x = F.relu(self.get_submodule(name)(F.pad(x, (1, 1, 1, 1), mode="reflect")))
            if name in wanted:
                maps.append(x)
            if len(maps) == len(wanted):
                break
        return maps


def _tensors(source: str) -> dict[str, Tensor]:
    if Path(source).is_file():
        try:
            return load_file(source)
        except SafetensorError as error:
            raise SettingError(f"{Path(source).name} is not a safetensors file") from error
    if source != "vgg19":
        raise FileNotFoundError(f"{source!r} is neither a safetensors file nor the name vgg19")
    features: Any = torchvision.models.vgg19(weights="IMAGENET1K_V1").features
    convs = [layer for layer in features if isinstance(layer, nn.Conv2d)]
    tensors: dict[str, Tensor] = {
        "conv0.weight": torch.diag(1 / torch.tensor(STD))[:, :, None, None],
        "conv0.bias": -torch.tensor(MEAN) / torch.tensor(STD),
    }
    for name, conv in zip(NAMES, convs, strict=False):
        tensors[f"{name}.weight"] = conv.weight.detach()
        tensors[f"{name}.bias"] = conv.bias.detach()  # type: ignore[union-attr]
    return tensors


def perceptual(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Mean difference of maps (b, c, h, w), relative to the wanted ones (Johnson et al. 2016);
    mean over the layers."""
    terms = [
        F.l1_loss(a.float(), b.float()) / b.float().abs().mean().clamp(min=1e-6)
        for a, b in zip(found, wanted, strict=True)
    ]
    return torch.stack(terms).mean()


def directions(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Mean squared distance of maps (b, c, h, w), each place's channels brought to length 1; mean
    over the layers. As LPIPS compares them (Zhang et al. 2018, equation 1), without its weights.
    """
    terms = [
        (F.normalize(a.float(), dim=1, eps=1e-6) - F.normalize(b.float(), dim=1, eps=1e-6))
        .square()
        .sum(1)
        .mean()
        for a, b in zip(found, wanted, strict=True)
    ]
    return torch.stack(terms).mean()


def take_eye(vgg: Vgg, source: str) -> Eye:
    """The encoder's frozen layers, out of those of the loss. Raises SettingError."""
    eye, own = Eye(), vgg.state_dict()
    names = ("conv0", *LAYERS)
    try:
        eye.load_state_dict(
            {f"{n}.{k}": own[f"{n}.{k}"] for n in names for k in ("weight", "bias")}
        )
    except RuntimeError as error:
        raise SettingError(
            f"{source} has wider layers than the encoder: give the VGG-19 that was distilled to a"
            " sixteenth"
        ) from error
    return eye.eval()
