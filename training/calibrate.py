"""Which class wins where two are nearly as likely: ``python -m training.calibrate --id streets
--data streets.zip``, after the export of a segmenter.

Losses that give rare classes more weight find them, and paint them a little too wide. So every
class gets an offset on its logits, in the bias of the last layer: those with which the mean
intersection over union on training pictures, seen as the app sees them, is largest. What models
are measured on has no say in it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from pipelines.cards import Loaded, load
from pipelines.segment import by_class
from pipelines.tiles import enlarged_rows, tiled, working_size
from training.cli import SettingError, run
from training.segment_data import Labelled, load_labelled
from training.segment_export import measure_segmenter
from training.segment_metrics import confusion, mean_iou
from training.shipping import reship

log = logging.getLogger(__name__)

PICTURES = 500  # that are looked at, spread evenly
PIXELS = 1_500_000  # of all of them together, as many of each as it has of all
STEPS = (0.5, 0.2, 0.05)  # of an offset, one after the other
ROUNDS = 10  # over all classes at each step, at most
FURTHEST = 2.0  # that an offset may be from 0: what asks for more is a class never learnt


@dataclass(frozen=True)
class CalibrateConfig:
    """A segmenter that is installed, and its data."""

    id: str
    data: str
    """The zip or folder that it was trained on."""
    weights: Path = Path("weights")


@torch.inference_mode()
def seen(loaded: Loaded, data: Labelled) -> tuple[np.ndarray, np.ndarray]:
    """Logits by class, float32 (n, c), and labels, (n,), of pixels of some pictures."""
    how = loaded.card.segmenting
    assert how
    rng = np.random.default_rng(0)
    logits, labels = [], []
    chosen = np.unique(np.linspace(0, len(data) - 1, min(PICTURES, len(data))).astype(int))
    share = min(1.0, PIXELS / sum(data.labels[i].size for i in chosen))
    for i in chosen:
        image, label = Image.fromarray(data.images[i]), data.labels[i].ravel()
        size = working_size(image.size, how.long_side, how.zoom, 1.0, how.closer)
        picture = image if size == image.size else image.resize(size, Image.Resampling.BICUBIC)
        *_, last = tiled(loaded.networks["segmenter"], np.asarray(picture))
        part = enlarged_rows(last.logits, data.labels[i].shape, 0, image.height)
        known = np.flatnonzero(label < len(data.classes))
        at = rng.choice(known, round(share * known.size), replace=False)
        found = by_class(part, how.outputs).flatten(1)[:, torch.from_numpy(at)]
        logits.append(found.T.cpu().numpy())
        labels.append(label[at])
    return np.concatenate(logits), np.concatenate(labels)


def offsets(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What to add to each class's logits, (c,), for the largest mean IoU; their mean is 0.

    One class after the other, in ever smaller steps, as long as it helps.
    """
    count = logits.shape[1]
    found = np.zeros(count, np.float32)

    def judged(values: np.ndarray) -> float:
        return mean_iou(confusion((logits + values).argmax(1), labels, count))

    best = judged(found)
    for step in STEPS:
        for _ in range(ROUNDS):
            before = best
            for klass in range(count):
                for change in (-step, step):
                    tried = found.copy()
                    tried[klass] += change
                    if abs(tried[klass]) <= FURTHEST and (score := judged(tried)) > best:
                        found, best = tried, score
            if best == before:
                break
    return found - found.mean()


def calibrate(loaded: Loaded, data: Labelled) -> dict[str, float]:
    """Move the last layer's bias of a loaded segmenter; returns the offset of every class."""
    how = loaded.card.segmenting
    assert how
    found = offsets(*seen(loaded, data))
    bias: torch.Tensor = loaded.networks["segmenter"].net.segmentation_head[0].bias  # type: ignore
    with torch.no_grad():
        bias += torch.from_numpy(found)[list(how.outputs)].to(bias)
    return {name: round(float(x), 2) for name, x in zip(data.classes, found, strict=True)}


def main(config: CalibrateConfig) -> None:
    """Calibrate, measure and replace a model.

    Raises SettingError, FileNotFoundError or CardError, and then leaves what was there.
    """
    loaded = load(config.weights / f"{config.id}.json", torch.device("cpu"))
    card = loaded.card
    if not card.segmenting:
        raise SettingError(f"{config.id} is no segmenter: there are no classes to weigh")
    data = load_labelled(config.data, "train")
    if data.classes != card.classes:
        raise SettingError(f"{config.data} has other classes than {config.id}: give its own data")
    found = calibrate(loaded, data)
    told = ", ".join(f"{name} {x:+.2f}" for name, x in found.items())
    log.info("offsets of the logits: %s", told)
    notes = f"{card.recipe.notes} Then training.calibrate, on training pictures: {told}.".strip()
    recipe = card.recipe.model_copy(update={"notes": notes})
    card = reship(
        card.model_copy(update={"recipe": recipe}),
        loaded.networks,
        config.weights,
        lambda path: measure_segmenter(load(path, torch.device("cpu")), config.data),
    )
    for figure in card.quality:
        log.info("%s %g (%s)", figure.measure, figure.value, figure.compare)


if __name__ == "__main__":
    run("training.calibrate", CalibrateConfig, main)
