"""``pixelfes people``, and ``fit`` and ``apply`` with what it made: train your own in one minute."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixelfes import fictional_people, load_pairs
from pixelfes.errors import InputError
from pixelfes.face.topology import N_POINTS
from pixelfes.photos.provenance import WHOLLY_SYNTHETIC
from tests.cli.program import fail, misuse, pixels_of, portrait, smiles, succeed

COUNT, SEED = 30, 3


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of fictional people, made by the program."""
    folder = tmp_path_factory.mktemp("people")
    said = succeed("people", "-n", str(COUNT), "--seed", str(SEED), "-o", "new/faces", folder=folder)
    assert said == f"{COUNT} people: {Path('new/faces')}\n"
    return folder / "new/faces"


def test_the_folder_holds_portraits_landmarks_and_a_table(faces: Path) -> None:
    names = [f"{number:04}" for number in range(COUNT)]
    for part, suffix in (("neutral", ".png"), ("smile", ".png"), ("landmarks", ".npy")):
        assert sorted(path.name for path in (faces / part).iterdir()) == [name + suffix for name in names]
    with (faces / "people.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == names
    assert {row["smile_mouth"] for row in rows} == {"open", "closed"}
    assert all(0 <= float(row["smile_strength"]) < 3 for row in rows)


def test_files_and_arrays_show_the_same_people(faces: Path) -> None:
    in_memory = fictional_people(3, seed=SEED)
    for written, made in zip(load_pairs(faces)[:3], in_memory, strict=True):
        assert isinstance(made.input, np.ndarray)
        assert np.array_equal(pixels_of(written.input), made.input)  # type: ignore[arg-type]
        assert np.allclose(np.asarray(written.target_landmarks), np.asarray(made.target_landmarks), atol=1e-3)


def test_the_portraits_say_that_software_made_them(faces: Path) -> None:
    with Image.open(faces / "smile/0000.png") as image:
        assert "fictional people" in image.info["XML:com.adobe.xmp"]
        assert WHOLLY_SYNTHETIC in image.info["XML:com.adobe.xmp"]


def test_a_model_fitted_on_them_makes_the_portrait_smile(faces: Path, tmp_path: Path) -> None:
    said = succeed("fit", faces, "-o", "mine.safetensors", "--no-cache", folder=tmp_path)
    assert said.startswith(f"{COUNT} of {COUNT} pairs")
    portrait().save(tmp_path / "me.png")
    assert succeed("apply", "me.png", "-m", "mine.safetensors", folder=tmp_path) == "me.smile.png\n"
    assert smiles(pixels_of(tmp_path / "me.png"), pixels_of(tmp_path / "me.smile.png"))


def test_nothing_is_written_over(faces: Path) -> None:
    folder = faces.parent.parent
    assert "not an empty folder" in fail("people", "-n", "2", "-o", "new/faces", folder=folder)
    assert "not an empty folder" in fail("people", "-n", "2", "-o", "new/faces/people.csv", folder=folder)


@pytest.mark.parametrize("option", [("-n", "0"), ("--seed", "-1"), ("--size", "8"), ("--size", "4096")])
def test_numbers_out_of_range_are_misuse(option: tuple[str, str]) -> None:
    assert option[0] in misuse("people", "-o", "never", *option)


@pytest.mark.parametrize("damage", [b"", b"no array", b"PK\x03\x04 no zip", "shape", "nan"])
def test_damaged_landmarks_are_refused(faces: Path, tmp_path: Path, damage: bytes | str) -> None:
    for part in ("neutral", "smile", "landmarks"):
        (tmp_path / part).mkdir()
    for part in ("neutral", "smile"):
        (tmp_path / part / "0000.png").write_bytes((faces / part / "0000.png").read_bytes())
    file = tmp_path / "landmarks/0000.npy"
    if isinstance(damage, bytes):
        file.write_bytes(damage)
    else:
        np.save(file, np.zeros((2, 9, 3)) if damage == "shape" else np.full((2, N_POINTS, 3), np.nan))
    with pytest.raises(InputError, match="does not hold landmarks"):
        load_pairs(tmp_path)
