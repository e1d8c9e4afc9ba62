"""Only what was asked for lately is kept."""

from __future__ import annotations

from pipelines.recent import Recent


def test_only_the_latest_are_kept() -> None:
    recent: Recent[int] = Recent(3)
    for i in range(5):
        recent.keep(str(i), i)
        assert recent.find("1") is not None or i < 1
    assert recent.find("0") is recent.find("2") is None  # looked at last, 1 outlived 2
    assert [recent.find(key) for key in "134"] == [1, 3, 4]


def test_what_is_kept_again_counts_once() -> None:
    recent: Recent[int] = Recent(2)
    for found in (1, 2, 3):
        recent.keep("a", found)
    recent.keep("b", 4)
    assert (recent.find("a"), recent.find("b")) == (3, 4)
