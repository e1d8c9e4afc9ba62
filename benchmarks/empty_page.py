"""The least that Gradio can serve, to compare with: an empty page."""

from __future__ import annotations

import gradio as gr

if __name__ == "__main__":
    with gr.Blocks() as page:
        pass
    page.launch()
