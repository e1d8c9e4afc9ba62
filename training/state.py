"""Checkpoints that survive a kill at any moment: one safetensors file, replaced atomically.

Tensors of a module stand under ``<module>/<key>``, those of an optimiser under
``<optimiser>/<parameter number>/<slot>``; the second slash tells them apart, because an optimiser
bears the name of the module that it updates.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer

from training.cli import SettingError


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` into ``path`` such that a reader sees the old file or the new one."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)


def save_checkpoint(
    path: Path,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, Optimizer],
    progress: dict[str, Any],
) -> None:
    """Write modules, optimiser states and ``progress`` (anything JSON holds) to ``path``."""
    tensors: dict[str, Tensor] = {}
    for name, module in modules.items():
        for key, tensor in module.state_dict().items():
            tensors[f"{name}/{key}"] = tensor.detach().contiguous()
    for name, optimizer in optimizers.items():
        for index, slots in optimizer.state_dict()["state"].items():
            for slot, value in slots.items():
                tensors[f"{name}/{index}/{slot}"] = torch.as_tensor(value).contiguous()
    write_atomically(path, save(tensors, metadata={"progress": json.dumps(progress)}))


def load_checkpoint(
    path: Path,
    modules: Mapping[str, nn.Module],
    optimizers: Mapping[str, Optimizer] | None = None,
) -> dict[str, Any]:
    """Restore what ``save_checkpoint`` wrote, in place; returns its ``progress``.

    Names in the file that were not asked for are left out. Raises SettingError when the file is
    damaged, or made by networks or optimisers of another kind.
    """
    tensors, progress = read_checkpoint(path)
    for name, module in modules.items():
        own = {k: v for k, v in _under(tensors, name).items() if "/" not in k}
        try:
            module.load_state_dict(own)
        except RuntimeError as error:
            raise SettingError(_misfit(path, name)) from error
    for name, optimizer in (optimizers or {}).items():
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in _under(tensors, name).items():
            if "/" in key:
                index, slot = key.split("/")
                state.setdefault(int(index), {})[slot] = value
        _check_slots(path, name, optimizer, state)
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
        _lay_out(optimizer)
    return progress


def take_matching(tensors: Mapping[str, Tensor], modules: Mapping[str, nn.Module]) -> set[str]:
    """Take over the tensors whose module, name and shape agree, as ``save_checkpoint`` names them.

    Returns the rest: the ``<module>/<key>`` of ``modules`` that keep what they had.
    """
    left: set[str] = set()
    for name, module in modules.items():
        state = module.state_dict()
        for key, tensor in state.items():
            other = tensors.get(f"{name}/{key}")
            if other is not None and other.shape == tensor.shape:
                state[key] = other
            else:
                left.add(f"{name}/{key}")
        module.load_state_dict(state)
    return left


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the ``progress`` of a checkpoint. Raises SettingError if it is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            return tensors, json.loads(file.metadata()["progress"])
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise SettingError(
            f"{path} is not a checkpoint ({error}): delete it to start this run again"
        ) from error


def _check_slots(
    path: Path, name: str, optimizer: Optimizer, state: dict[int, dict[str, Tensor]]
) -> None:
    """Another optimiser's slots would load without complaint and fail at the next step."""
    known = {
        torch.optim.Adam: {"step", "exp_avg", "exp_avg_sq"},
        torch.optim.RMSprop: {"step", "square_avg"},
        torch.optim.Adagrad: {"step", "sum"},
    }
    expected = known.get(type(optimizer))
    if expected and any(slots.keys() != expected for slots in state.values()):
        raise SettingError(_misfit(path, f"optimiser of the {name}"))


def _lay_out(optimizer: Optimizer) -> None:
    """Put every slot in memory as its parameter is.

    A checkpoint holds contiguous tensors, and a fused optimiser walks through memory without
    looking: beside weights in channels-last order it would take the moments of other weights.
    """
    for parameter, slots in optimizer.state.items():
        for slot, value in slots.items():
            if torch.is_tensor(value) and value.shape == parameter.shape:
                slots[slot] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _misfit(path: Path, name: str) -> str:
    return (
        f"the {name} in {path} has another shape than this configuration asks for:"
        " go on with the settings the run was started with, or give another --run folder"
    )


def _under(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {k.removeprefix(f"{name}/"): v for k, v in tensors.items() if k.startswith(f"{name}/")}
