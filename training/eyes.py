"""Frozen ImageNet networks that projected critics see with."""

from __future__ import annotations

from pathlib import Path

import torchvision
from safetensors.torch import load_file
from torch import Tensor, nn

from pipelines.networks.encoder import TAPS, mobilenet_layers, seen_at, tapped
from training.cli import SettingError
from training.vgg import Vgg


class MobileNetEye(nn.Module):
    """MobileNetV2 at strides 4, 8, 16 and 32; ``source``: see ``load_backbone``."""

    channels = tuple(TAPS.values())

    def __init__(self, source: str) -> None:
        super().__init__()
        self.layers = load_backbone(source)

    def forward(self, x: Tensor, size: int) -> list[Tensor]:
        return tapped(self.layers, x, size)


READ = {"conv22": 8.0, "conv32": 5.0, "conv42": 2.7, "conv51": 5.0}
"""Layers of VGG-19, and the usual root mean square of their maps."""


class VggEye(nn.Module):
    """VGG-19 at strides 2, 4, 8 and 16; ``source``: see ``Vgg``.

    Its maps are divided by their usual size, or the mixtures would hold the finest only.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.vgg = Vgg(source)
        weights = self.vgg.state_dict()
        self.channels = tuple(len(weights[f"{name}.weight"]) for name in READ)

    def forward(self, x: Tensor, size: int) -> list[Tensor]:
        maps = self.vgg(seen_at(x, size), tuple(READ))
        return [m / scale for m, scale in zip(maps, READ.values(), strict=True)]


Eye = MobileNetEye | VggEye
"""Pictures (b, 3, h, w) in [-1, 1], and the side to see them at, to four maps, fine first."""


def load_backbone(source: str) -> nn.Sequential:
    """MobileNetV2 up to its last tap, frozen; see ``mobilenet_layers``.

    ``source``: a safetensors file with torchvision's key names, or ``mobilenet_v2`` for
    torchvision's own ImageNet weights (downloaded). Raises FileNotFoundError or SettingError.
    """
    if Path(source).is_file():
        network = torchvision.models.mobilenet_v2()
        missing, unexpected = network.load_state_dict(load_file(source), strict=False)
        if unexpected or any(not key.startswith("classifier") for key in missing):
            raise SettingError(f"{Path(source).name} does not hold torchvision's MobileNetV2")
    elif source == "mobilenet_v2":
        network = torchvision.models.mobilenet_v2(weights="IMAGENET1K_V1")
    else:
        raise FileNotFoundError(
            f"{source!r} is neither a safetensors file nor the name mobilenet_v2"
        )
    return mobilenet_layers(network)
