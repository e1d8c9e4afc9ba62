"""What a training writes, read for the page."""

from __future__ import annotations

from pathlib import Path

from demo import training_log


def test_logs_are_read_while_they_are_written(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    assert training_log.read_rows(log) == []
    names = ",".join(("images", "seconds", *training_log.NAMES))
    lines = [f"{100 * n},{2 * n},{n},1,2,3" for n in range(1, 41)]
    log.write_text("\n".join([names, *lines, "4100,8"]))
    rows = training_log.read_rows(log)
    assert len(rows) == 40
    assert training_log.speed(rows) == 50
    assert training_log.speed(rows[:1]) == 0
    points = training_log.curve(rows, 10)
    assert len(points) == 10
    assert points[0]["critic_loss"] == 2.5  # the mean of four
    assert training_log.curve([]) == []
    for n in range(70):
        (tmp_path / f"grid-{n:08d}.png").touch()
    training_log.thin(training_log.grids(tmp_path))
    left = [grid.images for grid in training_log.grids(tmp_path)]
    assert len(left) == 35
    assert left[-1] == 69
