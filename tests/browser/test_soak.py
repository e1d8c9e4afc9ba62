"""Hours of use in minutes: nothing grows, and what goes wrong does no harm to what follows."""

from __future__ import annotations

import psutil
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from .conftest import RunningApp

REQUESTS = 300
MOST_GROWTH = 150 * 2**20  # bytes, after the first fifth of the requests


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_many_requests_do_not_grow_the_app(app: RunningApp) -> None:
    client = Client(app.url, verbose=False, download_files=False)
    process = psutil.Process(app.pid)
    settled = 0
    for i in range(REQUESTS):
        if i % 5 == 4:
            with pytest.raises(AppError, match="not a possible number"):
                client.predict(count=i - 10_000, api_name="/generate")
        else:
            _, details, *_ = client.predict(seed=i, count=1 + i % 64, api_name="/generate")
            assert len(details["pictures"]) == 1 + i % 64
        if i == REQUESTS // 5:
            settled = process.memory_info().rss
    assert process.memory_info().rss - settled < MOST_GROWTH
