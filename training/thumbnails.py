"""Paint the thumbnails of a shipped style model: ``python -m training.thumbnails``.

Each built-in style on the same sample of our own, as the tool paints when nothing else is asked
for; stored beside the weights. An export with other weights leaves the model without any.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pipelines import Studio, Stylizer
from pipelines.limits import DEFAULT_STYLIZER
from pipelines.style_sample import sample
from pipelines.thumbnails import SIDE, SUFFIX, strip
from training.cli import SettingError, run
from training.shipping import write_card
from training.state import write_atomically

PAINTED = 240  # pixels; then made smaller, as one sees a picture from farther away

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ThumbnailsConfig:
    """Paint a sample in every built-in style of a model and store that beside its weights."""

    id: str = DEFAULT_STYLIZER
    weights: Path = Path("weights")


def store(config: ThumbnailsConfig) -> int:
    """Paint and write them, and their hash into the card; returns how many there are.

    Raises SettingError for a model without built-in styles, InputError and CardError.
    """
    studio = Studio("cpu", [config.weights])
    card, stylizer = studio.card(config.id, "style"), studio.get(Stylizer)
    styles = stylizer.built_in(config.id)
    if not styles or card.styling is None:
        raise SettingError(f"{config.id} brings no styles along: there is nothing to paint")
    photo = sample(PAINTED, studio.network, studio.cards)
    painted = [stylizer(photo, id, model=config.id).image for id, _ in styles]
    raw = strip([x.resize((SIDE, SIDE), Image.Resampling.LANCZOS) for x in painted])
    write_atomically((config.weights / config.id).with_suffix(SUFFIX), raw)
    known = card.styling.model_copy(update={"thumbnails": hashlib.sha256(raw).hexdigest()})
    write_card(config.weights, card.model_copy(update={"styling": known}))
    return len(styles)


def main(config: ThumbnailsConfig) -> None:
    log.info("%d thumbnails stored", store(config))


if __name__ == "__main__":
    run("training.thumbnails", ThumbnailsConfig, main)
