"""Objects of a mask, one by one: touching ones are taken apart where they are narrow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEAST_RADIUS = 3.0  # pixels: what is thinner is never taken apart
ROUND = 1.3  # area over that of the largest disc inside: up to here it is one object
NECK = 0.1  # of that disc's radius: how much narrower a neck must be to be one
SPECK = 0.12  # of a usual object: what is smaller is no object
PINHOLE = 0.01  # of a usual component: a hole that small is no ground
MAX_CROP = 2**20  # pixels: a larger component is taken apart at reduced size
MAX_WORK = 2**25  # pixels of all crops of one mask; beyond, components stay whole


@dataclass(frozen=True, eq=False)
class Objects:
    """Every object of a mask.

    ``labels``: int32 (H, W), 0 where there is none, else the object's number from 1; specks, less
    than ``SPECK`` of a usual object, are none. ``sizes``: int64 (n,), pixels of each object, the
    first that of number 1.
    """

    labels: np.ndarray
    sizes: np.ndarray

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.sizes)


def find_objects(mask: np.ndarray) -> Objects:
    """Number the objects of a mask, bool (H, W).

    Pixels that touch, corners included, are one component. A component is taken apart at its
    necks: markers where the distance to the ground is largest, then watershed (Vincent and
    Soille 1991) on that distance. A round component, or one thinner than six pixels, stays whole.
    Specks are left out, and pinholes do not count as ground. Time and memory grow with the
    pixels, whatever the mask: very large components are taken apart at reduced size.
    """
    import cv2
    from scipy import ndimage

    if not mask.any():
        return Objects(np.zeros(mask.shape, np.int32), np.zeros(0, np.int64))
    solid = _without_pinholes(mask)
    labels, count = _components(solid, corners=True)
    # Outside the picture is ground: without it a full mask would have no distance at all.
    ground = np.pad(solid.astype(np.uint8), 1)
    distance = cv2.distanceTransform(ground, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    radii = np.zeros(count + 1, np.float32)
    np.maximum.at(radii, labels[solid], distance[solid])
    sizes = _sizes(labels, count)
    odd = (radii[1:] >= LEAST_RADIUS) & (sizes > ROUND * np.pi * radii[1:] ** 2)
    boxes = ndimage.find_objects(labels)
    work = 0
    # The small ones first: if anything has to stay whole, it is what looks least like objects.
    for i in sorted(np.flatnonzero(odd).tolist(), key=lambda i: (sizes[i], i)):
        box = boxes[i]
        inside = labels[box] == i + 1
        work += inside.size
        if work > MAX_WORK:
            break
        parts = take_apart(inside, distance[box], max(1.0, NECK * float(radii[i + 1])))
        if (more := int(parts.max()) - 1) > 0:
            view = labels[box]
            view[parts > 1] = count - 1 + parts[parts > 1]
            count += more
    labels[~mask] = 0
    sizes = _sizes(labels, count)
    kept = sizes >= max(1.0, SPECK * _usual(sizes))
    numbers = np.append(0, np.cumsum(kept) * kept).astype(np.int32)
    return Objects(numbers[labels], sizes[kept])


def _without_pinholes(mask: np.ndarray) -> np.ndarray:
    """The mask with its smallest holes filled."""
    most = PINHOLE * _usual(_sizes(*_components(mask, corners=True)))
    holes, count = _components(~mask, corners=False)
    small = np.append(False, _sizes(holes, count) <= most)
    return mask | small[holes]


def _components(mask: np.ndarray, corners: bool) -> tuple[np.ndarray, int]:
    """Components numbered from 1, row by row, int32 (h, w), and how many there are."""
    from scipy import ndimage

    labels = np.empty(mask.shape, np.int32)
    touching = np.ones((3, 3), bool) if corners else None
    return labels, int(ndimage.label(mask, touching, labels))  # type: ignore[arg-type]


def _sizes(labels: np.ndarray, count: int) -> np.ndarray:
    """Pixels of every number from 1: int64 (count,)."""
    return np.bincount(labels.ravel(), minlength=count + 1)[1:]


def _usual(sizes: np.ndarray) -> float:
    """The size at which half of all pixels are in smaller ones."""
    ordered = np.sort(sizes)
    return float(ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)])


def take_apart(inside: np.ndarray, distance: np.ndarray, neck: float) -> np.ndarray:
    """Parts of one component, bool (h, w): int32, 0 outside, else 1 to the number of parts.

    ``distance``: of each pixel to the ground. ``neck``: how far below both of its sides the
    distance must fall between two parts.
    """
    from scipy import ndimage
    from skimage.segmentation import watershed

    factor = int(np.ceil(np.sqrt(inside.size / MAX_CROP)))
    small = inside[::factor, ::factor]
    depth = np.where(small, distance[::factor, ::factor], 0)
    markers = peaks(depth, neck)
    if not markers.any():
        return inside.astype(np.int32)
    parts = watershed(-depth, markers, mask=small, connectivity=2)
    if factor > 1:
        height, width = inside.shape
        parts = parts.repeat(factor, 0).repeat(factor, 1)[:height, :width]
        parts[~inside] = 0
    if (left := inside & (parts == 0)).any():
        # Details that the reduced size has lost go to the nearest part.
        box = ndimage.find_objects(left.astype(np.int8))[0]
        nearest = np.empty((2, *parts.shape), np.int32)
        ndimage.distance_transform_edt(
            parts == 0, return_distances=False, return_indices=True, indices=nearest
        )
        rows, columns = nearest[:, *box]
        parts[box] = np.where(left[box], parts[rows, columns], parts[box])
    return parts.astype(np.int32)


def peaks(height: np.ndarray, least: float) -> np.ndarray:
    """Numbered peaks, int32, that stand out by ``least``: h-maxima (Soille 1999).

    ``height``: float (h, w), above 0 where there may be peaks.
    """
    from skimage.morphology import local_maxima, reconstruction

    surface = np.pad(height.astype(np.float64), 1)
    flat = reconstruction(np.maximum(surface - least, 0), surface)
    tops = local_maxima(flat) & (flat > 0)
    return _components(tops[1:-1, 1:-1], corners=True)[0]
