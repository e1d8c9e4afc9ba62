"""torchvision's weights of VGG-19: downloaded when somebody first asks for them, then kept where
torchvision itself would keep them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from .errors import CardError

if TYPE_CHECKING:
    import torch

    from .networks.vgg import Vgg

TIMEOUT = 10  # seconds to wait for an answer
CHUNK = 2**18  # bytes
REPORT = 0.5  # seconds between two reports


@dataclass(frozen=True)
class Weights:
    """A file of weights. ``sha256``: how its hash begins, ``bytes``: what it has."""

    url: str = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
    sha256: str = "dcbb9e9d"
    bytes: int = 574_673_361

    def path(self) -> Path:
        """Where it is kept, whether it is there or not."""
        import torch

        return Path(torch.hub.get_dir()) / "checkpoints" / self.url.rsplit("/", 1)[-1]


VGG19 = Weights()


def fetch(weights: Weights = VGG19) -> Iterator[float]:
    """Download what is not there yet; yields the share that has arrived, from 0 to 1.

    Yields nothing if it is there. Closing the iterator, or an error, leaves no part of it. Raises
    CardError.
    """
    if weights.path().is_file():
        return
    yield 0.0
    path = weights.path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            part = Path(file.name)
            try:
                for arrived in _chunks(weights):
                    if isinstance(arrived, bytes):
                        file.write(arrived)
                    else:
                        yield arrived
                file.close()
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:  # what urllib raises are kinds of it
        most = weights.bytes // 10**6
        raise CardError("vgg_offline", found=_reason(error), most=most) from error
    yield 1.0


def _chunks(weights: Weights) -> Iterator[bytes | float]:
    """The file piece by piece, and now and then the share of it. Raises OSError."""
    digest, count, told = hashlib.sha256(), 0, time.monotonic()
    with urllib.request.urlopen(weights.url, timeout=TIMEOUT) as answer:
        while chunk := answer.read(CHUNK):
            count += len(chunk)
            if count > 1.1 * weights.bytes:  # endless
                break
            digest.update(chunk)
            yield chunk
            if time.monotonic() - told > REPORT:
                told = time.monotonic()
                yield count / weights.bytes
    if not digest.hexdigest().startswith(weights.sha256):
        raise OSError("another file than expected")


def _reason(error: OSError) -> str:
    return str(getattr(error, "reason", None) or error.strerror or error)


def load_vgg(device: torch.device, weights: Weights = VGG19) -> Vgg:
    """The network, from a file that ``fetch`` left. Raises CardError."""
    import torch

    from .networks.vgg import Vgg, VggConfig

    network = Vgg(VggConfig())
    try:
        # Mapped, for most of it are layers that are not needed here; never unpickled freely.
        tensors = torch.load(weights.path(), map_location="cpu", weights_only=True, mmap=True)
        names = network.state_dict()
        network.load_state_dict({name: tensors[name] for name in names})
    except (OSError, RuntimeError, KeyError, TypeError, UnpicklingError) as error:
        found = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CardError("weights_mismatch", model="VGG-19", found=found) from error
    return network.eval().to(device)
