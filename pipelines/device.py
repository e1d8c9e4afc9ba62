"""Where the work runs, and the noise it starts from."""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch
from torch import Tensor

from .errors import InputError


def pick_device(name: str = "auto") -> torch.device:
    """``auto``: CUDA if there is a GPU, else the CPU. Raises InputError for what is not there."""
    known = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    if name == "auto":
        return torch.device(known[-1])
    try:
        device = torch.device(name)
        if device.type not in known or (device.index or 0) >= max(1, torch.cuda.device_count()):
            raise ValueError
    except (RuntimeError, TypeError, ValueError) as error:
        raise InputError("device", found=name, known=", ".join(known)) from error
    return device


def describe_device(device: torch.device) -> str:
    """What did the work, in words that hold for any machine like it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} CPU core{'s' if cores != 1 else ''}"


def generator(seed: int) -> torch.Generator:
    """A random generator on the CPU: the same stream on every device."""
    return torch.Generator("cpu").manual_seed(seed)


def noise(seeds: Iterable[int], length: int) -> Tensor:
    """Standard normal noise, one row per seed and drawn for it alone: (n, length), on the CPU."""
    return torch.stack([torch.randn(length, generator=generator(seed)) for seed in seeds])
