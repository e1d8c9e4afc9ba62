"""What importing does not do: no torch before it is needed, no Gradio, no weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(code: str, *arguments: str) -> None:
    """Run code in a fresh interpreter, in the repository; a failure shows what it said."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_reading_cards_needs_neither_torch_nor_gradio(folder):
    run(
        "import sys\n"
        "from pipelines import Inpainter, PipelineError, Step, Studio\n"
        "from pipelines.media import read_picture\n"
        "from pipelines.settings import read_settings, save_png\n"
        "studio = Studio('cpu', sys.argv[1:])\n"
        "assert {'tiny', 'plain'} <= {card.id for card in studio.cards()}\n"
        "assert studio.problems() == []\n"
        "for name in ('torch', 'torchvision', 'gradio', 'safetensors.torch'):\n"
        "    assert name not in sys.modules, name\n",
        str(folder),
    )


def test_drawing_needs_no_gradio(folder):
    run(
        "import sys\n"
        "for name in ('gradio', 'gradio_client', 'spaces', 'demo', 'training'):\n"
        "    sys.modules[name] = None\n"  # importing it now raises
        "from pipelines import Sampler, Studio\n"
        "images = Studio('cpu', sys.argv[1:]).get(Sampler)(seeds=[1, 2], model='tiny').images\n"
        "assert len(images) == 2\n",
        str(folder),
    )


def test_importing_anything_loads_no_weights():
    # Python's own reads are heard by the audit hook; those of safetensors, in Rust, are not.
    run(
        "import importlib, pkgutil, sys\n"
        "import safetensors, safetensors.torch\n"
        "ENDINGS = ('.safetensors', '.pt', '.pth', '.ckpt', '.bin')\n"
        "def hook(event, arguments):\n"
        "    if event == 'open' and str(arguments[0]).endswith(ENDINGS):\n"
        "        raise AssertionError(f'opened {arguments[0]}')\n"
        "def refuse(*_, **__):\n"
        "    raise AssertionError('loaded weights')\n"
        "sys.addaudithook(hook)\n"
        "safetensors.safe_open = safetensors.torch.safe_open = refuse\n"
        "safetensors.torch.load = safetensors.torch.load_file = refuse\n"
        "import pipelines, training\n"
        "seen = []\n"
        "for package in (pipelines, training):\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if not module.name.endswith('__main__'):\n"
        "            seen.append(importlib.import_module(module.name).__name__)\n"
        "assert {'pipelines.sampler', 'pipelines.networks.dcgan', 'training.gan'} <= {*seen}\n"
    )
