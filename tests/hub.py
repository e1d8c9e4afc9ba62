"""A Hugging Face Hub in miniature on this computer, and models as people put there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
import segmentation_models_pytorch as smp
import torch

COMMIT = "c0ffee" + "0" * 34


def saved(folder: Path, kind: Any = smp.Unet, **settings: Any) -> Any:
    """A tiny model of three classes, written by ``save_pretrained``; returns it."""
    torch.manual_seed(0)
    if kind is smp.Unet:
        settings = {"decoder_channels": (8, 8, 8, 8, 8), **settings}
    net = kind("mobilenet_v2", encoder_weights=None, **{"classes": 3, **settings}).eval()
    net.save_pretrained(folder)
    return net


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


class Hub:
    """A Hub with one model: what it says of it, its files, and what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.about: dict[str, Any] = {"cardData": {"license": "mit"}}
        hub = self

        class Answers(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                hub.asked.append(self.path.split("?")[0])
                self.answer(body=True)

            def answer(self, body: bool) -> None:
                path = self.path.split("?")[0]
                start = f"/owner/name/resolve/{COMMIT}/"
                file = hub.folder / path.removeprefix(start).lstrip("/")
                known = path.startswith(start) and file.is_file()
                if path in ("/api/models/owner/name", f"/api/models/owner/name/revision/{COMMIT}"):
                    data = json.dumps(hub.description()).encode()
                elif known:
                    data = file.read_bytes()
                else:
                    self.send_response(404)
                    code = "EntryNotFound" if COMMIT in path else "RepoNotFound"
                    self.send_header("X-Error-Code", code)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("ETag", f'"{path.replace("/", "-").strip("-")}-{len(data)}"')
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if body:
                    self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def description(self) -> dict[str, Any]:
        files = [
            {"rfilename": file.relative_to(self.folder).as_posix(), "size": file.stat().st_size}
            for file in sorted(self.folder.rglob("*"))
            if file.is_file()
        ]
        return {"id": "owner/name", "sha": COMMIT, "siblings": files, **self.about}


@contextmanager
def serving(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub at work; what is downloaded from it is kept in ``cache``."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    hub = Hub(folder)
    thread = threading.Thread(target=hub.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        hub.server.shutdown()
        hub.server.server_close()
        thread.join()


def saved_pipeline(folder: Path, variant: str | None = None, hides: bool = False) -> None:
    """A tiny Stable Diffusion pipeline for inpainting with random weights, of the real classes.

    ``hides``: with a filter, which takes all pictures for unfit.
    """
    from diffusers import (
        AutoencoderKL,
        PNDMScheduler,
        StableDiffusionInpaintPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{c}</w>" for c in letters)]
    spoken = CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=16,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    pipeline = StableDiffusionInpaintPipeline(
        vae=AutoencoderKL(
            block_out_channels=(4, 8),
            norm_num_groups=2,
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
        ),
        text_encoder=CLIPTextModel(spoken),
        tokenizer=CLIPTokenizer({word: i for i, word in enumerate(words)}, [], model_max_length=16),
        unet=UNet2DConditionModel(
            sample_size=16,
            in_channels=9,
            out_channels=4,
            block_out_channels=(8, 16),
            layers_per_block=1,
            norm_num_groups=4,
            cross_attention_dim=8,
            attention_head_dim=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        ),
        scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1),
        safety_checker=_filter() if hides else None,
        feature_extractor=_views() if hides else None,
        requires_safety_checker=hides,
    )
    pipeline.save_pretrained(folder, variant=variant)


def _filter() -> Any:
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig

    size = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2}
    vision = {**size, **heads, "image_size": 32, "patch_size": 8}
    checker: Any = StableDiffusionSafetyChecker(
        CLIPConfig(text_config={**size, **heads}, vision_config=vision, projection_dim=8)
    )
    checker.concept_embeds_weights.data.fill_(-2)  # nothing is as unlike as that
    return checker


def _views() -> Any:
    from transformers import CLIPImageProcessor

    return CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
