"""What a model has to reach before it ships, and where it is meant to get."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.cards import Card, Measurement


@dataclass(frozen=True)
class Bar:
    """``least``: at least, or of a figure that is better when lower at most; ``aim``: None where
    nothing beyond is aimed at."""

    model: str
    measure: str
    least: float
    aim: float | None = None

    def figure(self, card: Card) -> Measurement:
        """The figure of the model's card that is meant. Raises StopIteration without one."""
        return next(f for f in card.quality if f.measure == self.measure)


BARS = (
    Bar("cifar10-dcgan", "frechet_over_floor", 3.0, 1.8),
    Bar("scenes", "frechet_over_floor", 3.0, 1.5),
    Bar("scenes", "class_spread", 0.8, 0.95),
    Bar("road", "mean_iou", 0.6, 0.669),
    Bar("road", "agreement_enlarged", 0.9),
    Bar("aerial", "mean_iou", 0.6, 0.72),
    Bar("nuclei", "iou_nucleus", 0.8, 0.86),
    Bar("completion", "lpips_over_classical", 0.8, 0.6),
    Bar("diffusion", "lpips_over_classical", 0.8, 0.6),
    Bar("style", "gram_over_optimisation", 3.0, 1.5),
    Bar("textures", "seam", 1.15, 1.05),
)


def reached(figure: Measurement, bar: float) -> bool:
    """Whether a figure is as good as ``bar``."""
    return figure.value >= bar if figure.better == "higher" else figure.value <= bar


def distance(figure: Measurement, aim: float) -> float:
    """How far a figure is from its aim: 1 = there, 2 = twice as much of what is bad, or half as
    much of what is good."""
    return aim / figure.value if figure.better == "higher" else figure.value / aim
