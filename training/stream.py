"""Batches of an endless row of pictures, of which every process takes its share."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from training.team import Team


def batches(
    data: Dataset[tuple[Tensor, ...]], batch: int, start: int, workers: int, team: Team
) -> Iterator[tuple[Tensor, ...]]:
    """Shares of ``batch`` pictures from number ``start`` on, each tensor (batch / processes, ...).

    ``data`` has a length, and its picture ``i`` follows from ``i`` alone. Raises SettingError when
    the batch cannot be divided.
    """
    yield from DataLoader(
        data,
        batch_size=team.share(batch),
        sampler=team.rows(start, len(data)),  # type: ignore[arg-type]
        num_workers=workers,
        drop_last=True,
        pin_memory=team.device.type == "cuda",  # so that a step need not wait for their transfer
    )
