"""A Hugging Face Hub in miniature on this computer, and models as people put there."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

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
                file = hub.folder / path.rsplit("/", 1)[1]
                known = path.startswith(f"/owner/name/resolve/{COMMIT}/") and file.is_file()
                if path == "/api/models/owner/name":
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
                self.send_header("ETag", f'"{file.name}-{len(data)}"')
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
            {"rfilename": file.name, "size": file.stat().st_size}
            for file in sorted(self.folder.iterdir())
        ]
        return {"id": "owner/name", "sha": COMMIT, "siblings": files, **self.about}
