"""Tiny but real models: a card and weights on disk, as ``training.export`` would write them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from pipelines.networks import NETWORKS

CLASSES = ("ant", "bee", "cow")
GENERATOR = {"latent_dim": 8, "classes": 3, "size": 8, "width": 4}
CRITIC = {"classes": 3, "size": 8, "width": 4}


def make_model(folder: Path, id: str = "tiny", critic: bool = True, **overrides: Any) -> Path:
    """Write ``<id>.json`` and ``<id>.safetensors``; ``overrides`` replace entries of the card.

    Weights depend on the id alone. Returns the path of the card.
    """
    specs: dict[str, Any] = {
        "generator": {"architecture": "dcgan-generator", "config": dict(GENERATOR)}
    }
    if critic:
        specs["critic"] = {"architecture": "dcgan-critic", "config": dict(CRITIC)}
    tensors = {
        f"{role}/{name}": tensor
        for role, spec in specs.items()
        for name, tensor in random_network(id, **spec).items()
    }
    weights = write_weights(folder / f"{id}.safetensors", tensors)
    card = {
        "version": 1,
        "id": id,
        "tool": "generator",
        "name": f"Tiny {id}",
        "summary": "Random weights, for tests.",
        "size": 8,
        "classes": CLASSES,
        "networks": specs,
        **weights,
        "data": {"name": "none", "source": "none", "terms": "none", "pictures": 0},
        "recipe": {"command": "none", "images": 0, "minutes": 0, "device": "cpu"},
        "quality": [],
        "terms": "Apache-2.0",
        **overrides,
    }
    path = folder / f"{id}.json"
    path.write_text(json.dumps(card), encoding="utf-8")
    return path


GLU = {"latent_dim": 8, "classes": 3, "size": 16, "detail": 64}


def make_seer(folder: Path, id: str = "seer") -> Path:
    """Write a model on a sphere, with an encoder and latent directions; returns its card's path."""
    specs: dict[str, Any] = {
        "generator": {"architecture": "glu-generator", "config": dict(GLU)},
        "encoder": {"architecture": "encoder", "config": {"latent_dim": 8}},
    }
    tensors = {
        f"{role}/{name}": tensor
        for role, spec in specs.items()
        for name, tensor in random_network(id, **spec).items()
    }
    card = make_model(folder, id, networks=specs, size=16)
    weights = write_weights(folder / f"{id}.safetensors", tensors)
    random = torch.Generator().manual_seed(0)
    rows = {
        name: torch.linalg.qr(torch.randn(8, 8, generator=random))[0][:3].contiguous()
        for name in ("ganspace", "sefa")
    }
    rows |= {f"{name}.scale": torch.ones(3) for name in tuple(rows)}
    known = write_weights(folder / f"{id}.directions.safetensors", rows)
    known |= {
        "methods": ("ganspace", "sefa"),
        "count": 3,
        "command": "none",
        "weights": weights["sha256"],
    }
    edit_card(card, **weights, directions=known)
    return card


SEGMENTING = {"colors": ("#202020", "#ff0000", "#00ff00"), "outputs": (0, 1, 2)}


def make_segmenter(folder: Path, id: str = "tiny-seg", **segmenting: Any) -> Path:
    """Write a segmenter of CLASSES with random weights; ``segmenting`` replaces entries of that
    part of its card. Returns the card's path."""
    how = {**SEGMENTING, **segmenting}
    config = {"outputs": len(how["outputs"]), "decoder": (8, 8, 8, 8, 8)}
    specs = {"segmenter": {"architecture": "unet", "config": config}}
    tensors = {
        f"segmenter/{name}": tensor
        for name, tensor in random_network(id, **specs["segmenter"]).items()
    }
    card = make_model(folder, id, tool="segmenter", networks=specs, size=64, segmenting=how)
    edit_card(card, **write_weights(folder / f"{id}.safetensors", tensors))
    return card


COMPLETING = {"side": 64, "reach": 32}


def make_completion(folder: Path, id: str = "tiny-completion", **completing: Any) -> Path:
    """Write a network that fills holes in one pass, with random weights; returns its card's
    path. ``completing`` replaces entries of that part of its card."""
    config = {"width": 8, "blocks": 2, "spectral": 4}
    return _make_filler(folder, id, "completion", "completion", config, completing)


def make_diffusion(folder: Path, id: str = "tiny-diffusion", **completing: Any) -> Path:
    """Write a diffusion model that fills holes, with random weights; see ``make_completion``."""
    config = {"channels": (8, 16), "attention": 1, "groups": 8}
    return _make_filler(folder, id, "diffusion", "denoiser", config, {"steps": 3, **completing})


def make_style(folder: Path, id: str = "tiny-style", names: tuple[str, ...] = ("A", "B")) -> Path:
    """Write a style network with random weights and some built-in styles; returns its card's
    path."""
    specs: dict[str, Any] = {
        "style": {
            "architecture": "stylizer",
            "config": {"blocks": 1, "deep": 1},
        },
        "styles": {"architecture": "style-codes", "config": {"names": names}},
    }
    tensors = {
        f"{role}/{name}": tensor
        for role, spec in specs.items()
        for name, tensor in random_network(id, **spec).items()
    }
    random = torch.Generator().manual_seed(1)
    network: Any = NETWORKS["stylizer"].module(NETWORKS["stylizer"].config(1, 1))
    # Signals come through.
    for name, tensor in tensors.items():
        if name.startswith("style/") and tensor.ndim == 4:
            deviation = (2 / tensor[0].numel()) ** 0.5
            tensors[name] = (torch.randn(tensor.shape, generator=random) * deviation).half()
    tensors["style/eye.conv11.weight"] *= 4
    network.load_state_dict({k[6:]: v.float() for k, v in tensors.items() if k[:6] == "style/"})
    pictures = torch.rand(len(names), 3, 32, 32, generator=random) * 2 - 1
    with torch.no_grad():
        tensors["styles/codes"] = network.encode(pictures).half()
    card = make_model(
        folder, id, tool="style", networks=specs, size=64, classes=(), styling={"side": 64}
    )
    edit_card(card, **write_weights(folder / f"{id}.safetensors", tensors))
    return card


def make_textures(
    folder: Path, id: str = "tiny-textures", classes: tuple[str, ...] = ("dotted", "woven")
) -> Path:
    """Write a texture generator with random weights and some codes per class; returns its card's
    path."""
    specs: dict[str, Any] = {
        "texture": {
            "architecture": "texturist",
            "config": {"code": 8, "widths": (8, 8, 8, 8, 8), "waves": 2},
        },
        "textures": {
            "architecture": "texture-codes",
            "config": {"classes": len(classes), "each": 3, "code": 8},
        },
    }
    tensors = {
        f"{role}/{name}": tensor
        for role, spec in specs.items()
        for name, tensor in random_network(id, **spec).items()
    }
    random = torch.Generator().manual_seed(1)
    tensors["textures/codes"] = torch.randn(len(classes), 3, 8, generator=random).half() * 4
    for name, tensor in tensors.items():
        if name.endswith("style.weight"):  # networks begin with codes that hardly matter
            tensors[name] = tensor * 10
    card = make_model(folder, id, tool="texture", networks=specs, size=64, classes=classes)
    edit_card(card, **write_weights(folder / f"{id}.safetensors", tensors))
    return card


def _make_filler(
    folder: Path,
    id: str,
    tool: str,
    architecture: str,
    config: dict[str, Any],
    completing: dict[str, Any],
) -> Path:
    specs = {tool: {"architecture": architecture, "config": config}}
    tensors = {
        f"{tool}/{name}": tensor for name, tensor in random_network(id, **specs[tool]).items()
    }
    random = torch.Generator().manual_seed(2)
    for name, tensor in tensors.items():
        if name.endswith("conv_out.weight"):  # networks begin by adding nothing to a smooth fill
            tensors[name] = torch.randn(tensor.shape, generator=random).half() * 0.1
    card = make_model(
        folder,
        id,
        tool=tool,
        networks=specs,
        size=64,
        classes=(),
        completing={**COMPLETING, **completing},
    )
    edit_card(card, **write_weights(folder / f"{id}.safetensors", tensors))
    return card


def random_network(id: str, architecture: str, config: dict[str, Any]) -> dict[str, Tensor]:
    """Tensors of a network whose outputs fill their range, in float16."""
    kind = NETWORKS[architecture]
    seed = int.from_bytes(hashlib.sha256(f"{id} {architecture}".encode()).digest()[:4], "big")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = kind.module(kind.config(**config))
    random = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if not architecture.startswith("dcgan"):
            continue
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            # Unit gain: DCGAN's own start of 0.02 would draw nothing but grey.
            fan_in = module.weight[0].numel() if module.weight.dim() == 2 else 4 * CRITIC["width"]
            module.weight.data.normal_(0, fan_in**-0.5, generator=random)
    return {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in network.state_dict().items()
    }


def write_weights(path: Path, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """Write the tensors; returns the card's entries about the file."""
    save_file(tensors, path)
    raw = path.read_bytes()
    return {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}


def edit_card(path: Path, **changes: Any) -> None:
    """Replace entries of a card on disk."""
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**card, **changes}), encoding="utf-8")
