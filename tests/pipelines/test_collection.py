"""Pictures that people bring to train on: what is taken, and what is said of the rest."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from pipelines import PictureError, collection
from pipelines.collection import Collection, collect_steps
from pipelines.steps import drain


def png(color: str = "red", size: tuple[int, int] = (30, 20)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, color).save(written, "PNG")
    return written.getvalue()


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def pictures(count: int = 8, folder: str = "") -> dict[str, bytes]:
    return {f"{folder}{number}.png": png() for number in range(count)}


def lock(path: Path) -> Path:
    """Have a ZIP say of all its members that they are encrypted."""
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\1\2")
    while at >= 0:
        raw[at + 8] |= 1
        at = raw.find(b"PK\1\2", at + 1)
    path.write_bytes(raw)
    return path


def collect(tmp_path: Path, *files: Path, side: int = 16) -> Collection:
    return drain(collect_steps(files, tmp_path / "out", side))


def refused(tmp_path: Path, *files: Path) -> str:
    with pytest.raises(PictureError) as error:
        collect(tmp_path, *files)
    return str(error.value)


def test_folders_of_a_zip_are_classes(tmp_path: Path) -> None:
    members = {**pictures(5, "set/train/cat/"), **pictures(4, "set/test/cat/")}
    members |= {**pictures(3, "set/犬/"), "set/readme.txt": b"", "__MACOSX/set/犬/._0.png": b""}
    found = collect(tmp_path, packed(tmp_path / "set.zip", members))
    assert (found.classes, found.pictures, found.left_out) == (("cat", "犬"), 12, 0)
    files = sorted(found.folder.rglob("*.png"))
    assert len(files) == 12
    assert {file.parent.name for file in files} == {"cat", "犬"}
    assert {Image.open(file).size for file in files} == {(16, 16)}


def test_loose_pictures_are_one_class_and_broken_ones_are_counted(tmp_path: Path) -> None:
    files = []
    for number in range(9):
        file = tmp_path / f"{number}.jpg"
        Image.new("RGB", (40 + number, 30), "blue").save(file)
        files.append(file)
    (tmp_path / "broken.jpg").write_bytes(files[0].read_bytes()[:200])
    (tmp_path / "none.txt").write_text("no picture")
    found = collect(tmp_path, *files, tmp_path / "broken.jpg", tmp_path / "none.txt")
    assert (found.classes, found.pictures, found.left_out) == (("all",), 9, 2)


def test_progress_is_reported(tmp_path: Path) -> None:
    steps = list(collect_steps([packed(tmp_path / "a.zip", pictures())], tmp_path / "out", 16))
    assert [step.done for step in steps] == list(range(9))
    assert {step.total for step in steps} == {8}


def test_too_few(tmp_path: Path) -> None:
    assert "no picture to learn from" in refused(tmp_path)
    members = {**pictures(7), "8.png": b"broken"}
    told = refused(tmp_path, packed(tmp_path / "few.zip", members))
    assert "Only 7 pictures" in told
    assert "(1 could not be opened)" in told


@pytest.mark.parametrize(
    "name", ["../0.png", "a/../../0.png", "/etc/0.png", "C:/0.png", "..\\0.png"]
)
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    told = refused(tmp_path, packed(tmp_path / "out.zip", {**pictures(), name: png()}))
    assert "would lie outside it" in told
    assert not (tmp_path / "out").exists()


def test_zips_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"PK\3\4 not a zip")
    assert "cannot be read as a ZIP" in refused(tmp_path, tmp_path / "no.zip")
    good = packed(tmp_path / "good.zip", pictures()).read_bytes()
    (tmp_path / "half.zip").write_bytes(good[: len(good) // 2])
    assert "cannot be read as a ZIP" in refused(tmp_path, tmp_path / "half.zip")
    assert "cannot be read" in refused(tmp_path, tmp_path / "gone.zip")
    empty = packed(tmp_path / "empty.zip", {"a.txt": b"", ".hidden/a.png": png()})
    assert "holds no picture" in refused(tmp_path, empty)
    locked = lock(packed(tmp_path / "locked.zip", pictures()))
    assert "password" in refused(tmp_path, locked)


def test_what_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = packed(tmp_path / "a.zip", pictures(9))
    classes = packed(tmp_path / "b.zip", {f"{n}/0.png": png() for n in range(9)})
    for name, most, file, told in (
        ("MAX_ZIP_BYTES", 100, archive, "MB. At most 0 MB"),
        ("MAX_ZIP_TABLE", 100, archive, "too many"),
        ("MAX_UNPACKED_BYTES", 100, archive, "Unpacked"),
        ("MAX_COLLECTED", 8, archive, "9 pictures are too many"),
        ("MAX_COLLECTED_CLASSES", 8, classes, "lie in 9 folders"),
        ("MAX_COLLECTED_FILES", 0, archive, "1 files cannot be taken"),
    ):
        with monkeypatch.context() as limits:
            limits.setattr(collection, name, most)
            assert told in refused(tmp_path, file)
    assert not (tmp_path / "out").exists()  # nothing was decoded


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "MAX_UNPACKED_BYTES", 2**25)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.png", b"0" * 2**26)
    assert path.stat().st_size < 2**17
    assert "Unpacked, the ZIP bomb.zip would have 64 MB" in refused(tmp_path, path)
    assert not (tmp_path / "out").exists()
