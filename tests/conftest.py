"""What all tests share: tiny real models, and reasons to skip."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import hypothesis
import pytest
import torch

from pipelines import Sampler, Studio

from .tiny import make_model, make_seer

# The same examples on every run, and no deadline: a busy machine is not a failure.
hypothesis.settings.register_profile("pentimento", deadline=None, derandomize=True)
hypothesis.settings.load_profile("pentimento")


def hub_reachable() -> bool:
    if os.environ.get("HF_HUB_OFFLINE"):
        return False
    try:
        socket.create_connection(("huggingface.co", 443), timeout=3).close()
    except OSError:
        return False
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reasons = {
        "cuda": (torch.cuda.is_available, "no CUDA GPU here"),
        "hub": (hub_reachable, "the Hugging Face Hub cannot be reached"),
    }
    for marker, (available, reason) in reasons.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        # Asked only when some test wants to know: the Hub's answer takes time.
        if marked and not available():
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny networks gain nothing from threads, and figures stay the same on every machine."""
    torch.set_num_threads(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the models ``tiny`` (with a critic) and ``plain`` (without)."""
    make_model(tmp_path, "tiny")
    make_model(tmp_path, "plain", critic=False)
    return tmp_path


@pytest.fixture(scope="session")
def seers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``seer`` (encoder, directions, sphere) and ``tiny``; nobody may change it."""
    folder = tmp_path_factory.mktemp("seers")
    make_seer(folder)
    make_model(folder, "tiny")
    return folder


@pytest.fixture(scope="session")
def seeing(seers: Path) -> Studio:
    """A Studio on the CPU that knows the models of ``seers``."""
    return Studio("cpu", [seers])


@pytest.fixture
def studio(folder: Path) -> Studio:
    """A Studio on the CPU that knows the models of ``folder``."""
    return Studio("cpu", [folder])


@pytest.fixture
def sampler(studio: Studio) -> Sampler:
    return studio.get(Sampler)
