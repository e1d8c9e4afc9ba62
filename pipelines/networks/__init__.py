"""Every architecture that a card may name: an explicit dict, no discovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import nn

from . import completion, dcgan, denoiser, encoder, glu, lstm, stylizer, texturist, unet


class Architecture(NamedTuple):
    """A frozen config dataclass and the module class that takes it."""

    config: Callable[..., Any]
    module: Callable[[Any], nn.Module]


NETWORKS: dict[str, Architecture] = {
    "dcgan-generator": Architecture(dcgan.GeneratorConfig, dcgan.Generator),
    "dcgan-critic": Architecture(dcgan.CriticConfig, dcgan.Critic),
    "glu-generator": Architecture(glu.GluGeneratorConfig, glu.GluGenerator),
    "lstm-generator": Architecture(lstm.LstmGeneratorConfig, lstm.LstmGenerator),
    "unet": Architecture(unet.UnetConfig, unet.Unet),
    "completion": Architecture(completion.CompletionConfig, completion.Completion),
    "denoiser": Architecture(denoiser.DenoiserConfig, denoiser.Denoiser),
    "stylizer": Architecture(stylizer.StylizerConfig, stylizer.Stylizer),
    "style-codes": Architecture(stylizer.StyleCodesConfig, stylizer.StyleCodes),
    "texturist": Architecture(texturist.TexturistConfig, texturist.Texturist),
    "texture-codes": Architecture(texturist.TextureCodesConfig, texturist.TextureCodes),
    "encoder": Architecture(encoder.EncoderConfig, encoder.Encoder),
}
