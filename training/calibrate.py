"""Which class wins where two are nearly as likely: ``python -m training.calibrate --id streets
--data streets.zip``, after the export of a segmenter.

Losses that give rare classes more weight find them, and paint them a little too wide. So every
class gets an offset on its logits, in the bias of the last layer: those with which the mean
intersection over union on training pictures, seen as the app sees them, is largest. What models
are measured on has no say in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pipelines.cards import Loaded
from pipelines.networks.unet import Unet
from pipelines.segment import by_class
from pipelines.tiles import enlarged_rows, tiled
from training.cli import run
from training.data import spread
from training.retouch import as_shown, retouch, unet
from training.segment_data import Labelled
from training.segment_metrics import confusion, mean_iou

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
    chosen = spread(len(data), PICTURES)
    share = min(1.0, PIXELS / sum(data.labels[i].size for i in chosen))
    for i, picture in zip(chosen, as_shown(loaded.card, data, chosen), strict=True):
        label = data.labels[i].ravel()
        *_, last = tiled(unet(loaded), picture)
        part = enlarged_rows(last.logits, data.labels[i].shape, 0, len(data.labels[i]))
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
    bias: torch.Tensor = unet(loaded).net.segmentation_head[0].bias
    with torch.no_grad():
        bias += torch.from_numpy(found)[list(how.outputs)].to(bias)
    return {name: round(float(x), 2) for name, x in zip(data.classes, found, strict=True)}


def main(config: CalibrateConfig) -> None:
    """Calibrate, measure and replace a model.

    Raises SettingError, FileNotFoundError or CardError, and then leaves what was there.
    """

    def change(loaded: Loaded, training: Labelled) -> tuple[Unet, str]:
        found = calibrate(loaded, training)
        told = ", ".join(f"{name} {x:+.2f}" for name, x in found.items())
        words = f"Then training.calibrate, on training pictures, moved the logits: {told}."
        return unet(loaded), words

    retouch(config.id, config.data, config.weights, change)


if __name__ == "__main__":
    run("training.calibrate", CalibrateConfig, main)
