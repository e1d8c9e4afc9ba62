"""What the tests of the Lab's Compare part share."""

from __future__ import annotations

import base64
import io
import re
from types import SimpleNamespace
from typing import Any

from PIL import Image

from demo.lab_rivals_handlers import RivalHandlers

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
CHINESE: Any = SimpleNamespace(headers={"accept-language": "zh"})
ROWS, STATUS, PLOT, LEGEND, TOLD = range(5)
ASKED: tuple[Any, ...] = ("bee", 3, 0.8, "4", "seeds")  # after the models
RECIPE = {"command": "none", "images": 90_000, "minutes": 1, "device": "cpu"}


def measured(measure: str, value: float, better: str, **compare: float) -> dict[str, Any]:
    compare = {name.replace("_", " "): number for name, number in compare.items()}
    protocol = f"How {measure} was measured."
    return {
        "measure": measure, "value": value, "better": better, "protocol": protocol,
        "compare": compare,
    }  # fmt: skip


def of(data: str) -> dict[str, Any]:
    return {"name": data, "source": "none", "terms": "none", "pictures": 0}


def compared(do: RivalHandlers, *models: str, asked: Any = ASKED, request: Any = ENGLISH) -> Any:
    *_, last = do.compare(list(models), *asked, request)
    return last


def models_of(rows: str) -> list[str]:
    return re.findall(r"data-model='([^']*)'", rows)


def row_of(rows: str, model: str) -> str:
    return next(row for row in rows.split("<section")[1:] if f"data-model='{model}'" in row)


def pictures_of(row: str) -> list[Image.Image]:
    found = re.findall(r"src='data:image/png;base64,([^']*)'", row)
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in found]
