"""Codes of built-in styles: what the encoder says, made better for the network that paints.

An encoder has to guess the code of a picture it has never seen. Of the few styles that a model
brings along it can be found: by descent on the losses of the training, with photos of the
training part, while the network stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from pipelines.media import to_tensor
from pipelines.networks.stylizer import Stylizer
from pipelines.style_codes import seen
from training.hole_data import Photos
from training.style import StyleConfig, distances
from training.style_data import Pairs
from training.vgg import Vgg

STEPS = 100
BATCH = 4  # photos a step
RATE = 0.03
CONTENT, STYLE = 1.0, 5.0  # weights of the losses: they are meant to be bold


def encoded(network: Stylizer, picture: Image.Image, side: int) -> Tensor:
    """The code of a picture as the app finds it: (1, code)."""
    with torch.no_grad():
        return network.encode(to_tensor([seen(picture, side)]))


def tuned(
    network: Stylizer,
    picture: Image.Image,
    config: StyleConfig,
    vgg: Vgg,
    contents: Sequence[Photos],
    steps: int = STEPS,
) -> Tensor:
    """The code of a picture by descent, from the encoder's on: (1, code).

    ``contents``: photos that it may be found with. The mean over the second half of the way.
    """
    style = to_tensor([seen(picture, config.size)])
    code = encoded(network, picture, config.size).requires_grad_(True)
    optimizer = torch.optim.Adam([code], RATE)
    photos = Pairs(contents, contents, config.size, config.seed + 2, steps * BATCH)
    mean, count = torch.zeros_like(code), 0
    for step in range(steps):
        x = torch.stack([photos[step * BATCH + i][0] for i in range(BATCH)])
        losses = distances(vgg, network(x, code.expand(BATCH, -1)), x, style)
        optimizer.zero_grad()
        (CONTENT * losses["content"] + STYLE * losses["style"]).backward()
        optimizer.step()
        if 2 * step >= steps:
            mean, count = mean + code.detach(), count + 1
    return mean / max(1, count)
