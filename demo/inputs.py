"""Gradio's inputs without its own checks: ``pipelines`` judges, so page and API say the same.

Gradio would refuse an unknown choice or a number out of range in English, before a handler runs.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

SMALL: dict[str, Any] = {"size": "sm", "min_width": 40, "scale": 0}  # buttons in a row of tools


class Choice(gr.Dropdown):
    """A dropdown that hands over whatever was sent."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload

    def api_info(self) -> dict[str, Any]:
        return {"type": "string"}


class Range(gr.Slider):
    """A slider that hands over whatever was sent."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload


class Whole(gr.Number):
    """A number field that hands over whatever was sent."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload


class Options(gr.Radio):
    """A row of options, all in sight, that hands over whatever was sent."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload

    def api_info(self) -> dict[str, Any]:
        return {"type": "string"}


class Several(gr.CheckboxGroup):
    """Boxes to tick, any number of them, that hand over whatever was sent."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload
