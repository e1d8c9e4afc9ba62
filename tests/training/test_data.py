"""Pictures from a zip and a folder, and the split that every figure rests on."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch

from training.cli import SettingError
from training.data import Pictures, load_pictures


def test_zip_and_folder_hold_the_same(pictures_zip: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(pictures_zip).extractall(tmp_path)
    packed, folder = load_pictures(str(pictures_zip), 8), load_pictures(str(tmp_path), 8)
    assert packed.classes == folder.classes == ("blue", "red")
    assert packed.images.shape == (60, 3, 8, 8)
    assert packed.images.dtype == torch.uint8
    assert torch.equal(packed.images, folder.images)
    assert packed.labels.tolist() == folder.labels.tolist() == [0] * 30 + [1] * 30
    # Channels are in the order of RGB.
    assert packed.images[0].float().mean((1, 2)).argmax() == 2
    assert packed.images[-1].float().mean((1, 2)).argmax() == 0


def test_what_is_no_picture_is_left_out(pictures_zip: Path, tmp_path: Path) -> None:
    path = tmp_path / "more.zip"
    path.write_bytes(pictures_zip.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/train/red/._000.png", b"not a picture")
        archive.writestr("README.md", b"words")
    assert len(load_pictures(str(path), 8)) == 60


def numbered(counts: tuple[int, ...]) -> Pictures:
    n = sum(counts)
    images = torch.arange(n).repeat_interleave(12).reshape(n, 3, 2, 2).to(torch.uint8)
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    return Pictures(images[order], labels[order], tuple("abcdef"[: len(counts)]))


def test_split_is_disjoint_complete_and_by_class() -> None:
    pictures = numbered((50, 20, 100))
    training, held_out = pictures.split(0.1)
    assert held_out.labels.bincount().tolist() == [5, 2, 10]
    kept, held = (set(part.images[:, 0, 0, 0].tolist()) for part in (training, held_out))
    assert not kept & held
    assert len(kept | held) == 170


def test_split_is_the_same_every_time_and_grows_with_the_fraction() -> None:
    pictures = numbered((50, 20))
    first, again = pictures.split(0.2)[1], pictures.split(0.2)[1]
    assert torch.equal(first.images, again.images)
    smaller = set(pictures.split(0.1)[1].images[:, 0, 0, 0].tolist())
    assert smaller < set(first.images[:, 0, 0, 0].tolist())


def test_split_does_not_touch_the_global_generator() -> None:
    torch.manual_seed(3)
    before = torch.rand(1)
    torch.manual_seed(3)
    numbered((20,)).split(0.5)
    assert torch.equal(before, torch.rand(1))


@pytest.mark.parametrize("source", ["nowhere.zip", "mnist", "load_state_dict"])
def test_missing_sources(source: str) -> None:
    with pytest.raises(FileNotFoundError, match=f"{source}.*neither a zip, nor a folder"):
        load_pictures(source, 8)


def test_sources_without_pictures(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="holds no picture"):
        load_pictures(str(tmp_path), 8)
    text = tmp_path / "notes.txt"
    text.write_text("words")
    with pytest.raises(SettingError, match="neither a zip nor a folder"):
        load_pictures(str(text), 8)


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    with pytest.raises(SettingError, match=r"torn\.png"):
        load_pictures(str(tmp_path), 8)
