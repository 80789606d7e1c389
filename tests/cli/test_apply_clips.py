"""``pixelfes apply`` on clips: real processes, on clips that the tests make."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from pixelfes.people.films import Motion, film, wave
from pixelfes.people.people import each_person
from pixelfes.video.clips import read_clip, write_frames
from pixelfes.video.provenance import clip_made_by, is_own_clip
from tests.cli.program import fail, misuse, pixelfes, portrait, smiles, succeed
from tests.video.clip_files import ClipKind, make_clip

FRAMES = 12


@pytest.fixture(scope="module")
def acted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of a fictional person who moves."""
    path = tmp_path_factory.mktemp("clip") / "anna.mp4"
    person = next(each_person(1, seed=5, size=192))
    motion = Motion(across=wave(0.2, 1), noise=2)
    shown = list(film(person.neutral, person.neutral_landmarks, motion, seconds=FRAMES / 25))
    write_frames(path, [frame.pixels for frame in shown], [frame.time for frame in shown])
    return path


def frames_of(path: Path) -> list[np.ndarray]:
    return [frame.pixels.astype(np.int16) for frame in read_clip(path)]


def test_a_clip_smiles_and_says_so(acted: Path, tmp_path: Path) -> None:
    (tmp_path / "anna.mp4").write_bytes(acted.read_bytes())
    assert succeed("apply", "anna.mp4", folder=tmp_path) == "anna.smile.mp4\n"
    before, after = frames_of(acted), frames_of(tmp_path / "anna.smile.mp4")
    assert len(after) == len(before) == FRAMES
    assert all(smiles(one, other) for one, other in zip(before, after, strict=True))
    assert is_own_clip(tmp_path / "anna.smile.mp4")
    assert "model smile" in str(clip_made_by(tmp_path / "anna.smile.mp4"))
    again = pixelfes("apply", "anna.mp4", "--json", folder=tmp_path)
    assert json.loads(again.stdout)["status"] == "there already"


def test_a_part_of_a_clip_is_changed_by_keys_and_each_face_is_counted_once(acted: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.csv").write_text("time,name,amount\n0,smile,0\n0.2,smile,0\n0.3,smile,1\n")
    result = pixelfes(
        *("apply", str(acted), "-o", "part.mkv", "--from", "0.08", "--to", "0:00.44", "--keys", "keys.csv", "--json"),
        folder=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert [face["changed"] for face in said["faces"]] == [True]
    before, after = frames_of(acted)[2:11], frames_of(tmp_path / "part.mkv")
    assert len(after) == len(before)
    assert np.abs(after[0] - before[0]).mean() < 2
    assert smiles(before[-1], after[-1])


def test_a_clip_without_a_face_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    make_clip(tmp_path / "wall.mp4")
    assert fail("apply", "wall.mp4", folder=tmp_path) == "wall.mp4: no face was found in the clip"
    assert [path.name for path in tmp_path.iterdir()] == ["wall.mp4"]


def test_a_broken_frame_is_said(tmp_path: Path) -> None:
    frames = [np.asarray(portrait(160))] * 8
    make_clip(tmp_path / "a.mp4", ClipKind(8, (160, 160), broken=((2, "cut"),)), lambda number, size: frames[number])
    result = pixelfes("apply", "a.mp4", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert b"a.mp4: " in result.stderr
    assert b"broken frame" in result.stderr
    assert len(frames_of(tmp_path / "a.smile.mp4")) == 8


def test_clips_and_photos_go_to_one_folder(acted: Path, tmp_path: Path) -> None:
    portrait().save(tmp_path / "me.png")
    succeed("apply", "me.png", str(acted), "-o", "out", folder=tmp_path)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["anna.smile.mp4", "me.smile.png"]


def test_a_clip_is_replaced_only_if_this_program_made_it(acted: Path, tmp_path: Path) -> None:
    (tmp_path / "b.mp4").write_bytes(acted.read_bytes())
    assert "was not made by this program" in fail("apply", str(acted), "-o", "b.mp4", folder=tmp_path)
    assert "is the input itself" in fail("apply", "b.mp4", "-o", "b.mp4", "--overwrite", folder=tmp_path)
    assert (tmp_path / "b.mp4").read_bytes() == acted.read_bytes()


def test_an_animation_may_become_a_video(tmp_path: Path) -> None:
    frames = [ImageEnhance.Brightness(portrait(160)).enhance(share) for share in (1, 0.97, 0.94, 1)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], duration=80, lossless=True)
    succeed("apply", "a.webp", "-o", "a.mp4", folder=tmp_path)
    succeed("apply", "a.webp", folder=tmp_path)
    with Image.open(tmp_path / "a.smile.webp") as made:
        assert made.n_frames >= 1  # type: ignore[attr-defined]
        assert smiles(np.asarray(portrait(160), np.int16), np.asarray(made.convert("RGB"), np.int16))
    assert smiles(np.asarray(portrait(160), np.int16), frames_of(tmp_path / "a.mp4")[0])


def test_options_for_clips_need_a_clip_and_go_together(acted: Path, tmp_path: Path) -> None:
    portrait().save(tmp_path / "me.png")
    keys = tmp_path / "keys.csv"
    keys.write_text("0,smile\n")
    assert "for clips only" in misuse("apply", tmp_path / "me.png", "--from", "2")
    assert "after the start" in misuse("apply", acted, "--from", "2", "--to", "1")
    assert "a time must be" in misuse("apply", acted, "--from", "soon")
    assert "row 1: a key is" in misuse("apply", acted, "--keys", keys)
    keys.write_text("0,smile,1\n")
    assert "cannot be combined" in misuse("apply", acted, "--keys", keys, "-e", "sad")
    assert "for photos" in misuse("apply", acted, "--compare")
    assert "cannot go to stdout" in fail("apply", str(acted), "-o", "-", folder=tmp_path)


@pytest.mark.parametrize("content", [b"", b"no clip at all", b"\0\0\0\x18ftypmp42" + b"\0" * 40])
def test_a_damaged_clip_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    assert "a.mp4 cannot be read: " in fail("apply", "a.mp4", folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
