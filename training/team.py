"""Several processes that train one network together, on CPU cores or a GPU each.

``accelerate launch --multi_gpu --num_processes 2 -m training.gan ...``, and so for every loop; the
rest of the command stays as it is. On a machine without a GPU, or with ``--device cpu``, the same
words start two processes on its CPU (they talk through gloo), with a thread each unless
``--num_cpu_threads_per_process`` gives them more; ``accelerate launch --cpu`` starts one only.

``--batch`` is what all of them take together, so a command means the same training however many
run it: every process learns from its share of each batch, and gradients are averaged. What is
computed of a batch as a whole (batch norm, overlaps of classes, spectra) is computed of each share.
All have the same weights after every step. The first one alone writes, measures and obeys; a run
goes on with any number of processes that its batch can be divided by.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from pipelines.device import describe_device, pick_device
from training.cli import SettingError

PATIENCE = timedelta(hours=6)  # as long the others wait for the first one, which also measures
SPREAD = 0x9E3779B9  # 2^32 over the golden ratio: multiples of it stay far from each other


@dataclass(frozen=True)
class Team:
    """The processes of a training, seen from one of them; alone by itself, it sends nothing.

    A method that sends something returns when every process has called it.
    """

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes, measures and obeys."""
        return self.rank == 0

    @property
    def machine(self) -> str:
        """What does the work, in words."""
        name = describe_device(self.device)
        return f"{self.size} × {name}" if self.size > 1 and self.device.type == "cuda" else name

    def share(self, batch: int, least: int = 1) -> int:
        """Pictures of a batch that are this process's. Raises SettingError below ``least``."""
        if batch % self.size:
            raise SettingError(
                f"--batch {batch} cannot be divided among {self.size} processes: make it a"
                f" multiple of {self.size}"
            )
        if batch // self.size < least:
            raise SettingError(
                f"--batch {batch} is {batch // self.size} for each of {self.size} processes, but"
                f" this training needs {least}: make it at least {least * self.size}"
            )
        return batch // self.size

    def rows(self, first: int, count: int) -> range:
        """This process's of the numbers from ``first`` to ``count``: every ``size``-th.

        So the shares of a step together are the very batch that a single process takes.
        """
        return range(first + self.rank, count, self.size)

    def rng(self, seed: int, step: int) -> torch.Generator:
        """What a step draws from: it follows from seed, step and process alone, and differs."""
        # The CPU's generator looks at the last 32 bits of a seed only.
        return torch.Generator().manual_seed(seed * 1_000_003 + step + self.rank * SPREAD)

    def update(self, loss: Tensor, *optimizers: Optimizer, clip: float = 0.0) -> None:
        """Change the weights of ``optimizers`` along the gradient of the mean loss of all.

        ``clip``: largest norm of that gradient; 0 takes it as it is.
        """
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        weights = [w for o in optimizers for group in o.param_groups for w in group["params"]]
        self._average_gradients(weights)
        if clip:
            nn.utils.clip_grad_norm_(weights, clip)
        for optimizer in optimizers:
            optimizer.step()

    def means(self, losses: Mapping[str, Tensor]) -> dict[str, float]:
        """The mean over all processes of each loss, so all see one that is not finite."""
        values = torch.stack([loss.detach().float() for loss in losses.values()])
        if self.size > 1:
            self._average([values])
        return dict(zip(losses, values.tolist(), strict=True))

    def told(self, value: float) -> float:
        """What the first process says, which all do as."""
        if self.size == 1:
            return value
        sent = torch.tensor(value, dtype=torch.float64, device=self.device)
        dist.broadcast(sent, 0)
        return sent.item()

    def wait(self) -> None:
        """Return when the first process has come here as well: what it writes is written."""
        self.told(0)

    def gathered(self, x: Tensor) -> Tensor:
        """The rows (n, ...) of all processes, without gradients: (size * n, ...)."""
        if self.size == 1:
            return x
        parts = [
            torch.empty_like(x, memory_format=torch.contiguous_format) for _ in range(self.size)
        ]
        dist.all_gather(parts, x.detach().contiguous())
        return torch.cat(parts)

    @torch.no_grad()
    def level(self, modules: Iterable[nn.Module], shown: int) -> None:
        """Begin, or go on, with the weights and buffers of the first process.

        ``shown``: pictures so far. Raises SettingError where the first is at another number.
        """
        if self.size == 1:
            return
        if (there := int(self.told(shown))) != shown:
            raise SettingError(
                f"process {self.rank} is at {shown} pictures and the first at {there}: give a"
                " --run folder that the machines of all processes share"
            )
        for tensor in (t for module in modules for t in module.state_dict().values()):
            sent = tensor.contiguous()
            dist.broadcast(sent, 0)
            tensor.copy_(sent)

    @torch.no_grad()
    def settle(self, modules: Iterable[nn.Module]) -> None:
        """Average the running statistics of batch norms, each of which saw its own share only.

        So what is saved, and what averaged weights follow, is the same in all processes. Nothing
        else in a module may differ: spectral norm's vectors follow from the weights, running
        moments from what all have gathered.
        """
        if self.size == 1:
            return
        norms = (m for module in modules for m in module.modules() if isinstance(m, _BatchNorm))
        found = [t for norm in norms for t in (norm.running_mean, norm.running_var)]
        self._average([t for t in found if t is not None])

    @torch.no_grad()
    def _average_gradients(self, weights: list[nn.Parameter]) -> None:
        if self.size == 1:
            return
        parts = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
        # Whether a weight has a gradient may depend on a share's pictures: it counts as 0 then.
        some = torch.tensor([float(w.grad is not None) for w in weights], device=self.device)
        self._average([*parts, some])
        for weight, part, share in zip(weights, parts, some.tolist(), strict=True):
            weight.grad = part if share else None

    def _average(self, tensors: list[Tensor]) -> None:
        """Put the mean over all processes into each tensor; in one message, as float32."""
        if not tensors:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        dist.all_reduce(flat)
        flat /= self.size
        for tensor, part in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(part.view(tensor.shape))


class Settings(Protocol):
    """What the settings of every training say of its machine."""

    @property
    def device(self) -> str: ...
    @property
    def batch(self) -> int: ...


def join(settings: Settings, least: int = 1) -> Team:
    """The processes that a launcher started, seen from this one; alone without a launcher.

    Several processes take a GPU each if there are any. ``least``: pictures that a step needs.
    Raises SettingError or InputError for a device or a batch that cannot be shared.
    """
    device = pick_device(settings.device)
    size = int(os.environ.get("WORLD_SIZE") or 1)
    if size == 1:
        if "MASTER_ADDR" in os.environ and os.environ.get("ACCELERATE_USE_CPU") == "True":
            warnings.warn(
                "one process trains: accelerate launch --cpu starts no more, --multi_gpu does"
                " (without a GPU too)",
                stacklevel=1,
            )
        return Team(device)
    Team(device, size=size).share(settings.batch, least)  # said before anybody waits
    if device.type == "cuda":
        here, found = int(os.environ.get("LOCAL_WORLD_SIZE") or size), torch.cuda.device_count()
        if device.index is not None:
            raise SettingError(f"--device {device} is one GPU for {size} processes: say cuda")
        if here > found:
            raise SettingError(
                f"{here} processes need a GPU each and there are {found}: start as many processes,"
                " or give --device cpu"
            )
    from accelerate import PartialState  # takes a while to import, and only teams need it

    if not dist.is_initialized():
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    state = PartialState(cpu=device.type == "cpu", timeout=PATIENCE)
    if device.type == "cuda":
        device = torch.device("cuda", state.local_process_index)
    return Team(device, state.process_index, state.num_processes)


def _end_with(parent: int) -> None:
    """End this process with the launcher that started it, even one that was killed: it would go
    on unseen, and write into the run that somebody has begun again."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def in_turn() -> Iterator[None]:
    """The first process of each machine goes first, for what two must not write at once."""
    if not dist.is_initialized():
        yield
        return
    from accelerate import PartialState

    with PartialState().local_main_process_first():
        yield


def leave() -> None:
    """Take leave of the other processes at the end; nothing alone."""
    if dist.is_initialized():
        dist.destroy_process_group()
