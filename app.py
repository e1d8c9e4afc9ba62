"""Pentimento: ``python app.py`` opens the page; Hugging Face Spaces runs the same file."""

from __future__ import annotations

import argparse
import logging
import threading
import warnings
from contextlib import ExitStack

import demo
from demo.gpu import SPACE, ZERO_GPU
from demo.laboratory import Laboratory
from demo.tab import default_generator
from pipelines import Studio


def pack(studio: Studio) -> None:
    """Load every model that can be loaded; of the others it is said what is wrong with them."""
    from pipelines import CardError

    for card in studio.cards():
        try:
            studio.network(card.id)
        except CardError as error:
            logging.getLogger(__name__).warning("%s", error)


def warm(studio: Studio) -> None:
    """Import what is heavy and load the default model while the person still looks at the page."""
    from pipelines import PipelineError, Sampler

    try:
        if model := default_generator(studio.cards("generator")):
            studio.get(Sampler)(seeds=[0], model=model)
    except PipelineError as error:
        logging.getLogger(__name__).warning("%s", error)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")
    parser.add_argument(
        "--weights",
        action="append",
        default=[],
        metavar="FOLDER",
        help="a further folder of models; may be given several times",
    )
    parser.add_argument(
        "--lab",
        metavar="FOLDER",
        help="keep what is trained in the Lab in this folder (default: until the app ends)",
    )
    parser.add_argument("--host", help="address to listen on (default: GRADIO_SERVER_NAME)")
    parser.add_argument("--port", type=int, help="port (default: GRADIO_SERVER_PORT, or 7860)")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    flags = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")

    # MCP clients hold no session: history is a convenience of the page that they do not need.
    warnings.filterwarnings("ignore", message=".*gr.State input", category=UserWarning)
    logging.getLogger("httpx").setLevel(logging.WARNING)

    with ExitStack() as stack:
        # A Space has neither the time nor a disk that lasts.
        lab = None if SPACE else stack.enter_context(Laboratory(flags.lab))
        folders = [*flags.weights, *([lab.models] if lab else [])]
        open_page(Studio(flags.device, folders), lab, flags)


def open_page(studio: Studio, lab: Laboratory | None, flags: argparse.Namespace) -> None:
    """Serve the page until somebody ends the app."""
    if ZERO_GPU:
        # ZeroGPU packs what is on the device at launch; nothing loaded later is seen by its forks.
        pack(studio)
    for problem in studio.problems():
        logging.getLogger(__name__).warning("%s", problem)
    page = demo.build(studio, lab)
    page.launch(
        server_name=flags.host,
        server_port=flags.port,
        inbrowser=flags.open,
        mcp_server=True,
        footer_links=["api", "settings"],
        max_file_size="128mb",  # our own limit is lower, and says so in a sentence
        prevent_thread_lock=True,
        **demo.look(),
    )
    if not ZERO_GPU:
        # Not earlier: importing torch beside the page would delay both.
        threading.Thread(target=warm, args=(studio,), daemon=True).start()
    page.block_thread()


if __name__ == "__main__":
    main()
