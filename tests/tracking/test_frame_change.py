from __future__ import annotations

import numpy as np
import pytest

import pixelfes
from pixelfes import ExpressionModel
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.face.landmarks import FixedLandmarks
from pixelfes.face.topology import INNER_LIPS
from pixelfes.people.films import Motion, film, pulse, wave
from pixelfes.people.people import FictionalPerson, each_person
from pixelfes.tracking.frame_change import FrameChange, checked_frame


@pytest.fixture(scope="module")
def person() -> FictionalPerson:
    return next(each_person(1, seed=5, size=200))


def frames_of(person: FictionalPerson, motion: Motion, seconds: float = 0.6) -> list[Pixels]:
    return [one.pixels for one in film(person.neutral, person.neutral_landmarks, motion, seconds=seconds)]


def test_the_first_frame_of_a_film_is_what_a_photo_gives(smile: ExpressionModel, person: FictionalPerson) -> None:
    (made,) = smile.stream([person.neutral])
    photo = smile.synthesize(person.neutral)
    assert np.abs(made.astype(int) - photo).max() <= 1


def test_frames_given_are_not_changed_and_come_out_in_order(smile: ExpressionModel, person: FictionalPerson) -> None:
    frames = frames_of(person, Motion(across=wave(0.2, 1), noise=2), 0.4)
    copies = [frame.copy() for frame in frames]
    made = list(smile.stream(frames, [0.1 * number for number in range(len(frames))]))
    assert all(np.array_equal(one, other) for one, other in zip(frames, copies, strict=True))
    assert [one.shape for one in made] == [frame.shape for frame in frames]
    nearest = [int(np.argmin([np.abs(one.astype(int) - frame).mean() for frame in frames])) for one in made]
    assert nearest == list(range(len(frames)))


def test_a_film_of_the_neutral_face_at_intensity_zero_is_itself(
    smile: ExpressionModel, person: FictionalPerson
) -> None:
    frames = frames_of(person, Motion(noise=2), 0.2)
    made = list(smile.stream(frames, intensity=0.0))
    assert all(np.array_equal(one, frame) for one, frame in zip(made, frames, strict=True))


def test_an_intensity_may_change_over_time(smile: ExpressionModel, person: FictionalPerson) -> None:
    frames = [person.neutral] * 6
    made = list(smile.stream(frames, intensity=lambda time: time / 0.2))
    change = [float(np.abs(one.astype(int) - person.neutral).mean()) for one in made]
    assert change[0] == 0
    assert (np.diff(change) > 0).all()


def test_a_still_face_with_noise_flickers_no_more_than_the_film(
    smile: ExpressionModel, person: FictionalPerson
) -> None:
    frames = frames_of(person, Motion(noise=4), 1.0)
    made = list(smile.stream(frames))
    before, after = (np.array(shown, np.float32).std(0).mean() for shown in (frames, made))
    assert after <= 1.02 * before


def mouth_gap(points: Array) -> float:
    upper, lower = points[list(INNER_LIPS), 1]
    return float(lower - upper)


def test_a_mouth_that_speaks_still_closes(smile: ExpressionModel, person: FictionalPerson) -> None:
    """A smile opens lips that rest; those of a person who speaks open and close as they did."""
    from pixelfes.expression.actions.action_set import shipped_actions
    from pixelfes.expression.actions.draw.face_change import change_by_actions
    from pixelfes.expression.actions.mixing import mixed

    actions = shipped_actions()
    frames, tracks = [], []
    for number in range(30):
        pixels = person.neutral.copy()
        size = 0.3 * max(0.0, float(np.sin(2 * np.pi * 4 * number / 25)))
        tracks.append(change_by_actions(actions, pixels, person.neutral_landmarks, mixed(actions, {"jawOpen": size})))
        frames.append(pixels)
    detector = pixelfes.FaceDetector()
    made = list(smile.stream(frames))
    gaps = [mouth_gap(detector.detect(one)[0]) for one in made[15:]]
    assert min(gaps) < 0.45 * max(gaps)


def test_all_expressions_have_a_stream_and_may_change_over_time(person: FictionalPerson) -> None:
    model = pixelfes.load("expressions")
    made = list(model.stream([person.neutral] * 3, None, lambda time: {"browInnerUp": 10 * time}, teeth="closed"))
    change = [float(np.abs(one.astype(int) - person.neutral).mean()) for one in made]
    assert change[0] == 0
    assert 0 < change[1] < change[2]
    (winking,) = model.stream([person.neutral], None, "wink")
    assert np.abs(winking.astype(int) - person.neutral).max() > 30


def test_neutral_and_a_smile_go_through_the_same_read_outs(person: FictionalPerson) -> None:
    smiling = [person.smiling] * 5
    made = list(pixelfes.load("expressions").stream(smiling, None, "neutral"))
    assert np.abs(made[-1].astype(int) - made[0]).mean() < 1


@pytest.mark.parametrize(
    ("frames", "times", "said"),
    [
        ([np.zeros((8, 8), np.uint8)], None, r"an array of uint8, \(H, W, 3\); found uint8 \(8, 8\)"),
        ([np.zeros((8, 8, 3))], None, "found float64"),
        (["a"], None, "found str"),
        ([np.zeros((0, 8, 3), np.uint8)], None, "must have pixels"),
        ([np.zeros((8, 8, 3), np.uint8)] * 2, [0.0], "fewer times than frames"),
        ([np.zeros((8, 8, 3), np.uint8)] * 2, [1.0, 1.0], "times must rise"),
        ([np.zeros((8, 8, 3), np.uint8)], [float("nan")], "times must rise"),
    ],
)
def test_wrong_frames_and_times_are_said(smile: ExpressionModel, frames: list, times: list | None, said: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(InputError, match=said):
        list(smile.stream(frames, times))


def test_wrong_settings_are_said(smile: ExpressionModel, portrait: Pixels) -> None:
    with pytest.raises(InputError, match="face must be"):
        smile.stream([portrait], face="best")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="teeth must be"):
        smile.stream([portrait], teeth="green")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="intensity must be"):
        list(smile.stream([portrait], intensity=lambda time: 9.0))


def test_faces_of_the_last_frame_are_known(portrait: Pixels, points: Array) -> None:
    change = FrameChange(FixedLandmarks(points))
    drawn: list[int] = []
    out = change.changed(portrait, 0.0, lambda pixels, face: drawn.append(face.identity))
    assert (drawn, [face.identity for face in change.faces]) == ([0], [0])
    assert np.array_equal(out, portrait)
    assert checked_frame(out) is out


def test_a_blink_in_the_film_stays_one(smile: ExpressionModel, person: FictionalPerson) -> None:
    frames = frames_of(person, Motion(blink=pulse(0.2, 0.08, 0.04)), 0.5)
    made = list(smile.stream(frames))
    eyes = slice(70, 90)
    blinked = [np.abs(shown[7][eyes].astype(int) - shown[0][eyes]).mean() for shown in (frames, made)]
    assert blinked[1] > 0.7 * blinked[0]
