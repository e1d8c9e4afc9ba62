"""The look of the page: warm paper, dark ink, one accent. Fonts are the system's own (offline)."""

from __future__ import annotations

from pathlib import Path

from gradio import themes
from gradio.themes.utils import colors, sizes

CSS = Path(__file__).parent / "style.css"
SCRIPT = Path(__file__).parent / "page.html"

VERMILION = colors.Color(
    name="vermilion",
    c50="#fdf4f1",
    c100="#fbe5de",
    c200="#f6c8bb",
    c300="#eea28d",
    c400="#e4775b",
    c500="#d4553a",
    c600="#b8432b",
    c700="#983523",
    c800="#7b2d20",
    c900="#66291f",
    c950="#37120d",
)
SANS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "sans-serif")
MONO = ("ui-monospace", "Menlo", "Consolas", "monospace")


def theme() -> themes.Base:
    """The theme, for light and dark alike."""
    return themes.Base(
        primary_hue=VERMILION,
        secondary_hue=VERMILION,
        neutral_hue=colors.stone,
        radius_size=sizes.radius_md,
        font=SANS,
        font_mono=MONO,
    ).set(
        body_background_fill="#f7f4ef",
        body_background_fill_dark="#171412",
        background_fill_primary="#fffdfa",
        background_fill_primary_dark="#211d1a",
        background_fill_secondary="#f1ece4",
        background_fill_secondary_dark="#1c1916",
        block_background_fill="#fffdfa",
        block_background_fill_dark="#211d1a",
        block_border_color="#e5ddd1",
        block_border_color_dark="#38312b",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_title_text_weight="600",
        input_background_fill="#ffffff",
        input_background_fill_dark="#2a2521",
        input_border_color="#d9cfc1",
        input_border_color_dark="#463d35",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#ffffff",
        button_secondary_background_fill="#efe8de",
        button_secondary_background_fill_hover="#e6dccd",
        button_secondary_background_fill_dark="#332c27",
        button_secondary_background_fill_hover_dark="#3f3730",
        slider_color="*primary_500",
        slider_color_dark="*primary_500",
    )
