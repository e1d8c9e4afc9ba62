"""LPIPS on SqueezeNet 1.1 (Zhang et al. 2018): the judge of completed pictures, never a loss."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from training.cli import SettingError

# As the metric's authors defined them, of RGB in [-1, 1].
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
STOPS = (1, 4, 7, 9, 10, 11, 12)  # layers of torchvision's features that are compared


class Lpips:
    """Perceptual distance per pixel.

    ``network``: a safetensors file of torchvision's SqueezeNet 1.1; ``heads``: one with the linear
    heads ``lin0.model.1.weight`` ... ``lin6.model.1.weight``. Raises FileNotFoundError or
    SettingError.
    """

    def __init__(self, network: str, heads: str, device: str = "cpu") -> None:
        for file in (network, heads):
            if not Path(file).is_file():
                raise FileNotFoundError(f"{file!r} does not exist: give a safetensors file")
        squeeze = torchvision.models.squeezenet1_1()
        try:
            squeeze.load_state_dict(load_file(network))
            weights = load_file(heads)
            self._heads = [weights[f"lin{i}.model.1.weight"].to(device) for i in range(len(STOPS))]
        except (RuntimeError, SafetensorError, KeyError) as error:
            raise SettingError(
                f"{Path(network).name} and {Path(heads).name} do not hold SqueezeNet 1.1 and the"
                " heads of LPIPS"
            ) from error
        self._layers: nn.Sequential = squeeze.features.eval().requires_grad_(False).to(device)
        self._shift = torch.tensor(SHIFT, device=device)[:, None, None]
        self._scale = torch.tensor(SCALE, device=device)[:, None, None]

    @torch.inference_mode()
    def __call__(self, a: Tensor, b: Tensor) -> Tensor:
        """Two batches (n, 3, h, w) in [-1, 1] -> distances (n, 1, h, w), brought to each pixel.

        Their mean over all pixels is the usual LPIPS but for what bilinear enlarging does.
        """
        both = (torch.cat([a, b]).to(self._shift.device) - self._shift) / self._scale
        total = torch.zeros((), device=both.device)
        for stop, head in zip(STOPS, self._heads, strict=True):
            start = STOPS[STOPS.index(stop) - 1] + 1 if stop != STOPS[0] else 0
            both = self._layers[start : stop + 1](both)
            x, y = F.normalize(both, dim=1, eps=1e-10).chunk(2)
            distance = F.conv2d((x - y).square(), head)
            total = total + F.interpolate(distance, a.shape[-2:], mode="bilinear")
        return total.cpu()

    def inside(self, a: Tensor, b: Tensor, masks: Tensor) -> Tensor:
        """Mean distance over the pixels of each mask (n, 1, h, w): (n,)."""
        return (self(a, b) * masks).sum((1, 2, 3)) / masks.sum((1, 2, 3)).clamp(min=1)
