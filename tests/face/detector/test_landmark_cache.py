from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pixelfes.arrays import Array, Pixels
from pixelfes.face.detector.landmark_cache import CachedLandmarks

PHOTO = np.arange(8 * 6 * 3, dtype=np.uint8).reshape(8, 6, 3)
FACES = [np.random.default_rng(n).uniform(0, 99, (468, 3)) for n in range(2)]


class Counting:
    """A landmark provider that returns the same faces and counts its calls."""

    def __init__(self, faces: list[Array]) -> None:
        self.faces = faces
        self.asked = 0

    def detect(self, pixels: Pixels) -> list[Array]:
        self.asked += 1
        return self.faces


@pytest.mark.parametrize("faces", [FACES, FACES[:1], []])
def test_the_provider_is_asked_once_per_photo(faces: list[Array], tmp_path: Path) -> None:
    provider = Counting(faces)
    for _ in range(3):
        found = CachedLandmarks(provider, tmp_path / "new" / "folder").detect(PHOTO.copy())
        assert len(found) == len(faces)
        for face, expected in zip(found, faces, strict=True):
            np.testing.assert_array_equal(face, expected)
    assert provider.asked == 1


def test_the_provider_is_asked_for_every_other_photo(tmp_path: Path) -> None:
    provider = Counting(FACES)
    cached = CachedLandmarks(provider, tmp_path)
    other = PHOTO.copy()
    other[-1, -1, -1] ^= 1
    for photo in (PHOTO, other, PHOTO.reshape(6, 8, 3), PHOTO[::-1], PHOTO[::-1].copy()):
        cached.detect(photo)
    assert provider.asked == 4  # the last two hold the same pixels


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"PK\x03\x04 no zip", b"garbage" * 100, None])
def test_a_damaged_file_is_replaced(damage: bytes | None, tmp_path: Path) -> None:
    provider = Counting(FACES)
    cached = CachedLandmarks(provider, tmp_path)
    cached.detect(PHOTO)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] if damage is None else damage)
    assert len(cached.detect(PHOTO)) == 2
    assert provider.asked == 2
    assert file.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [file]


def test_a_pickle_in_the_cache_is_not_loaded(tmp_path: Path) -> None:
    provider = Counting(FACES)
    cached = CachedLandmarks(provider, tmp_path)
    cached.detect(PHOTO)
    (file,) = tmp_path.iterdir()
    with file.open("wb") as stream:
        np.save(stream, np.array([{"not": "a face"}], dtype=object), allow_pickle=True)
    assert len(cached.detect(PHOTO)) == 2
    assert provider.asked == 2


def test_invalid_landmarks_in_the_cache_are_replaced(tmp_path: Path) -> None:
    provider = Counting(FACES)
    cached = CachedLandmarks(provider, tmp_path)
    cached.detect(PHOTO)
    (file,) = tmp_path.iterdir()
    np.save(file, np.full((1, 468, 3), np.nan))
    np.testing.assert_array_equal(cached.detect(PHOTO)[0], FACES[0])


def test_a_folder_that_cannot_be_written_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    provider = Counting(FACES)
    cached = CachedLandmarks(provider, tmp_path / "file" / "folder")
    assert len(cached.detect(PHOTO)) == len(cached.detect(PHOTO)) == 2
    assert provider.asked == 2
