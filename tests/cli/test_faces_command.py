"""``pixelfes faces``, as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.program import PORTRAIT, fail, pixelfes, succeed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a photo of two faces, and one of none."""
    with Image.open(PORTRAIT) as portrait:
        large, small = portrait.resize((300, 300)), portrait.resize((160, 160))
    pair = Image.new("RGB", (500, 320), (190, 190, 190))
    pair.paste(large, (0, 10))
    pair.paste(small, (320, 20))
    pair.save(tmp_path / "two.png")
    Image.new("RGB", (200, 100)).save(tmp_path / "none.png")
    return tmp_path


def test_a_line_for_each_face_the_largest_first(folder: Path) -> None:
    lines = succeed("faces", "two.png", folder=folder).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("1: at 15")
    assert "score 0.9" in lines[0]
    assert lines[0].endswith(": ok")
    assert all(word in lines[1] for word in ("side", "presence", "yaw", "pitch", "roll"))


def test_json_holds_place_state_and_landmarks(folder: Path) -> None:
    found = json.loads(succeed("faces", "two.png", "--json", folder=folder))
    assert (found["width"], found["height"]) == (500, 320)
    first, second = found["faces"]
    assert first["side"] > second["side"]
    assert 0.9 < first["score"] <= 1
    assert first["verdict"] == "ok"
    assert max(abs(first[angle]) for angle in ("yaw", "pitch", "roll")) < 5
    assert np.shape(first["landmarks"]) == (478, 3)
    assert np.allclose(np.mean(first["landmarks"][:468], axis=0)[:2], [first["x"], first["y"]], atol=0.1)


def test_the_drawing_is_the_photo_with_boxes(folder: Path) -> None:
    succeed("faces", "two.png", "-o", "seen/drawn.jpg", folder=folder)
    with Image.open(folder / "two.png") as before, Image.open(folder / "seen" / "drawn.jpg") as drawn:
        assert drawn.size == before.size
        changed = np.abs(np.asarray(drawn, int) - np.asarray(before, int)).max(2) > 60
    assert changed[50:300, :300].any()
    assert changed[:, 330:].any()
    assert not changed[200:, 340:].any()
    assert b"pixelfes" in (folder / "seen" / "drawn.jpg").read_bytes()


def test_a_drawing_replaces_nothing_unasked(folder: Path) -> None:
    (folder / "mine.png").write_bytes(b"mine")
    assert "exists and was not made by this program" in fail("faces", "two.png", "-o", "mine.png", folder=folder)
    assert (folder / "mine.png").read_bytes() == b"mine"
    assert "itself" in fail("faces", "two.png", "-o", "two.png", "--overwrite", folder=folder)
    succeed("faces", "two.png", "-o", "mine.png", "--overwrite", folder=folder)
    assert (folder / "mine.png").read_bytes() != b"mine"
    succeed("faces", "two.png", "-o", "mine.png", folder=folder)  # now it is a drawing of ours


def test_a_photo_without_a_face_has_the_status_one(folder: Path) -> None:
    assert fail("faces", "none.png", folder=folder) == "none.png: no face was found in the photo"
    result = pixelfes("faces", "none.png", "--json", folder=folder)
    assert (result.returncode, json.loads(result.stdout)["faces"]) == (1, [])


def test_a_file_that_is_no_photo_is_refused(folder: Path) -> None:
    (folder / "text.jpg").write_text("no photo")
    assert "text.jpg" in fail("faces", "text.jpg", folder=folder)
    assert "missing.jpg" in fail("faces", "missing.jpg", folder=folder)
