"""The three families of segmentation on one picture: by edges, by texture, and learned."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from .segmentation import UNSURE, Segmentation

SIDE = 1024  # pixels of the long side that the classical families work on
CLUSTERS = 6  # textures told apart
SAMPLES = 20_000  # pixels that the textures are found on

FamilyName = Literal["edge", "texture", "deep"]


@dataclass(frozen=True, eq=False)
class Family:
    """What one family made of a picture.

    ``regions``: int32 (H, W), numbers from 0 to ``count`` - 1; of ``deep`` the labels, UNSURE
    where there is none. ``seconds``: time taken. ``iou``: mean IoU where the truth is known,
    else None; see ``named_iou`` for what it means of the two families that know no classes.
    ``picture``: RGB, the regions in their mean colours and outlined; of ``deep`` the overlay.
    """

    name: FamilyName
    regions: np.ndarray
    count: int
    seconds: float
    iou: float | None
    picture: Image.Image

    @classmethod
    def of(cls, found: Segmentation, seconds: float, truth: np.ndarray | None) -> Family:
        """A segmentation as the deep family, judged on its own labels; see ``mean_iou``."""
        labels = found.labels.astype(np.int32)
        count = len(found.classes)
        iou = None if truth is None else mean_iou(labels, truth, count)
        return cls("deep", labels, count, seconds, iou, found.overlay())


@dataclass(frozen=True, eq=False)
class Families:
    """The three beside each other; None what has not been reached yet."""

    edge: Family | None = None
    texture: Family | None = None
    deep: Family | None = None


def edge_family(image: Image.Image, truth: np.ndarray | None, classes: int) -> Family:
    """An RGB picture by its edges; see ``edge_regions``, and ``named_iou`` for the truth."""
    return _classical("edge", edge_regions, image, truth, classes)


def texture_family(image: Image.Image, truth: np.ndarray | None, classes: int) -> Family:
    """An RGB picture by its textures; see ``texture_regions``, and ``named_iou`` for the truth."""
    return _classical("texture", texture_regions, image, truth, classes)


def _classical(
    name: FamilyName,
    method: Callable[[np.ndarray], np.ndarray],
    image: Image.Image,
    truth: np.ndarray | None,
    classes: int,
) -> Family:
    """Works on at most ``SIDE`` pixels of the long side, and is brought back to the picture."""
    start = time.monotonic()
    small = image.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2)
    pixels = np.asarray(small)
    found = method(pixels)
    regions = np.asarray(Image.fromarray(found).resize(image.size, Image.Resampling.NEAREST))
    seconds = time.monotonic() - start
    iou = None if truth is None else named_iou(regions, truth, classes)
    return Family(name, regions, int(found.max()) + 1, seconds, iou, drawn(pixels, found))


def edge_regions(image: np.ndarray) -> np.ndarray:
    """Regions between edges, int32 (h, w), numbers from 0.

    ``image``: RGB, uint8 (h, w, 3). Edges after Canny (1986), its thresholds from the picture's
    own gradients; markers where the distance to the next edge is largest; watershed (Vincent and
    Soille 1991) on the gradient.
    """
    import cv2
    from skimage.segmentation import watershed

    from .objects import peaks

    smooth = cv2.GaussianBlur(image, (0, 0), 1.5)
    steps = [cv2.Sobel(smooth, cv2.CV_16S, *way) for way in ((1, 0), (0, 1))]
    # Of the channels the one that changes most: colours of equal brightness part as well.
    strength = np.hypot(*(step.astype(np.float32) for step in steps)).max(2)
    high = max(20.0, float(np.quantile(strength, 0.9)))
    strongest = np.abs(steps[0]).astype(np.int32) + np.abs(steps[1])
    channel = strongest.argmax(2)[..., None]
    dx, dy = (np.ascontiguousarray(np.take_along_axis(s, channel, 2)[..., 0]) for s in steps)
    edges = cv2.Canny(dx, dy, high / 2, high, L2gradient=True)
    distance = cv2.distanceTransform(np.pad(255 - edges, 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = cv2.GaussianBlur(distance[1:-1, 1:-1], (0, 0), 1.0) * (edges == 0)
    markers = peaks(distance, 1.5)
    if not markers.any():
        return np.zeros(image.shape[:2], np.int32)
    return watershed(strength, markers).astype(np.int32) - 1


def texture_regions(image: np.ndarray, count: int = CLUSTERS) -> np.ndarray:
    """Regions of similar texture and colour, int32 (h, w), numbers from 0, at most ``count``.

    ``image``: RGB, uint8 (h, w, 3). Energies of Gabor filters (Jain and Farrokhnia 1991) and the
    mean colour around each pixel, clustered by k-means. The same picture gives the same regions.
    """
    import cv2

    height, width = image.shape[:2]
    features = _texture_features(image).reshape(height * width, -1)
    step = max(1, height * width // SAMPLES)
    sample = np.ascontiguousarray(features[step // 2 :: step])
    count = min(count, len(np.unique(sample, axis=0)))
    if count < 2:
        return np.zeros((height, width), np.int32)
    # Starts along the direction of most variation rather than at random.
    centred = sample - sample.mean(0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    rank = np.argsort(np.argsort(centred @ axis, kind="stable"), kind="stable")
    start = (rank * count // len(rank)).astype(np.int32)[:, None]
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 60, 1e-3)
    centres = cv2.kmeans(sample, count, start, stop, 1, cv2.KMEANS_USE_INITIAL_LABELS)[2]
    # Squared distance to each centre, less what is the same for all of them.
    nearest = (np.sum(centres**2, 1) - 2 * features @ centres.T).argmin(1)
    return np.unique(nearest, return_inverse=True)[1].reshape(height, width).astype(np.int32)


def _texture_features(image: np.ndarray) -> np.ndarray:
    """What a texture looks like around every pixel: float32 (h, w, n)."""
    import cv2

    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    around = max(3.0, min(image.shape[:2]) / 80)
    gray = lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 2 * around)
    columns = []
    for length in (4.0, 8.0):  # pixels of a wave
        for turn in range(4):
            even, odd = (
                cv2.filter2D(gray, -1, _gabor(length, turn * np.pi / 4, phase))
                for phase in (0.0, np.pi / 2)
            )
            # The square root keeps a few strong edges from ruling the rest; the 1, what is
            # too faint to be seen.
            energy = np.sqrt(1 + np.hypot(even, odd))
            columns.append(cv2.GaussianBlur(energy, (0, 0), around))
    textures = np.stack(columns, 2)
    colors = cv2.GaussianBlur(lab, (0, 0), around * 0.75)
    # Each group counts the same, whatever its number of columns, if it varies visibly at all.
    features = np.concatenate([_even(textures, 1.0), _even(colors, 10.0)], 2)
    return features.round(3)  # what differs by less is the arithmetic, not the picture


def _gabor(length: float, turn: float, phase: float) -> np.ndarray:
    """A Gabor filter without response to even brightness."""
    import cv2

    side = int(length * 2) | 1
    kernel = cv2.getGaborKernel((side, side), length / 2, turn, length, 1.0, phase, cv2.CV_32F)
    return kernel - kernel.mean()


def _even(group: np.ndarray, least: float) -> np.ndarray:
    """Columns of a group centred, and brought to a deviation of 1 together if that is above
    ``least``."""
    centred = group - group.mean((0, 1))
    return centred / max(float(np.sqrt(np.square(centred).mean((0, 1)).sum())), least)


def drawn(image: np.ndarray, regions: np.ndarray) -> Image.Image:
    """RGB: regions filled with their mean colour, with white outlines."""
    from skimage.segmentation import find_boundaries

    flat = regions.ravel()
    pixels = np.bincount(flat)
    means = [np.bincount(flat, image[..., i].ravel()) / np.maximum(pixels, 1) for i in range(3)]
    filled = np.stack(means, 1).round().astype(np.uint8)[regions]
    filled[find_boundaries(regions, mode="inner")] = 255
    return Image.fromarray(filled)


def named_iou(regions: np.ndarray, truth: np.ndarray, classes: int) -> float:
    """Mean IoU of regions that were given the best names there are.

    Every region is called what most of its pixels are in ``truth``. That flatters a method that
    knows no classes, the more so the more regions it makes: it shows how well its borders fit,
    not that it could tell what it saw. ``regions``: int (H, W) from 0. ``truth``: uint8 (H, W),
    labels below ``classes``; other values are not judged.
    """
    judged = truth < classes
    rows = int(regions.max()) + 1
    pairs = np.bincount(regions[judged] * classes + truth[judged], minlength=rows * classes)
    return mean_iou(pairs.reshape(rows, classes).argmax(1)[regions], truth, classes)


def mean_iou(labels: np.ndarray, truth: np.ndarray, classes: int) -> float:
    """Mean IoU over the classes that are there in ``truth``; 0 if there is none.

    ``labels``: int (H, W) below ``classes``, or UNSURE where nothing is said, which counts as
    missed. ``truth``: uint8 (H, W); values that are no class are not judged.
    """
    judged = truth < classes
    said = np.where(labels[judged] == UNSURE, classes, labels[judged]).astype(np.int64)
    pairs = np.bincount(said * classes + truth[judged], minlength=(classes + 1) * classes)
    pairs = pairs.reshape(classes + 1, classes)
    hits, there = np.diag(pairs), pairs.sum(0)
    union = there + pairs[:classes].sum(1) - hits
    present = there > 0
    return float(np.mean(hits[present] / union[present])) if present.any() else 0.0
