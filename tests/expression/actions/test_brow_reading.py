"""Brows are read from pixels: drawn on fictional people, whose own brows differ."""

from __future__ import annotations

import numpy as np
import pytest

from pixelfes import Pair
from pixelfes.arrays import Array, Pixels
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.face_change import change_by_actions
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.actions.read.brow_line import COLUMNS, brow_line
from pixelfes.expression.actions.read.brow_reading import read_brows
from pixelfes.expression.actions.read.reading import read_face
from pixelfes.people.people import FictionalPerson, each_person

ACTIONS = shipped_actions()


@pytest.fixture(scope="module")
def strangers() -> list[FictionalPerson]:
    """People whom nothing was learned from."""
    return list(each_person(8, seed=1234, size=300))


def drawn(face: tuple[Pixels, Array], **sizes: float) -> tuple[Pixels, Array]:
    out = face[0].copy()
    return out, change_by_actions(ACTIONS, out, face[1], mixed(ACTIONS, sizes))


def gained(person: FictionalPerson, name: str, size: float) -> float:
    """How much more of an action is read after it was drawn on both sides."""
    face = person.neutral, person.neutral_landmarks
    before, after = (read_brows(*one) for one in (face, drawn(face, **{f"{name}_L": size, f"{name}_R": size})))
    return float(np.mean([after[f"{name}{side}"] - before[f"{name}{side}"] for side in ("_L", "_R")]))


@pytest.mark.parametrize(("name", "least"), [("browDown", 0.05), ("browInnerUp", 0.15), ("browOuterUp", 0.2)])
def test_what_was_drawn_is_read(name: str, least: float, strangers: list[FictionalPerson]) -> None:
    sizes = [[gained(person, name, size) for size in (0.0, 0.5, 1.0)] for person in strangers]
    none, half, full = np.mean(sizes, axis=0)
    assert none == 0
    assert 0 <= half < full
    assert full > least


def test_resting_brows_read_as_next_to_nothing(strangers: list[FictionalPerson]) -> None:
    read = [list(read_brows(person.neutral, person.neutral_landmarks).values()) for person in strangers]
    assert np.median(read) < 0.1


def test_left_is_left(strangers: list[FictionalPerson]) -> None:
    person = strangers[0]
    pixels, points = drawn((person.neutral, person.neutral_landmarks), browOuterUp_L=1.0)
    read = read_brows(pixels, points)
    assert read["browOuterUp_L"] > read["browOuterUp_R"] + 0.2
    flipped = read_brows(np.ascontiguousarray(pixels[:, ::-1]), mirror_image(points, pixels.shape[1]))
    assert flipped["browOuterUp_R"] == pytest.approx(read["browOuterUp_L"], abs=0.05)


def mirror_image(points: Array, width: int) -> Array:
    from pixelfes.face.topology import face_topology

    return (points * [-1, 1, 1] + [width - 1, 0, 0])[face_topology().mirror]


def test_the_brow_line_goes_with_the_brow_and_not_with_light(strangers: list[FictionalPerson]) -> None:
    person = strangers[1]
    face = person.neutral, person.neutral_landmarks
    middle = brow_line(*face, "_L")[:COLUMNS]
    raised = brow_line(*drawn(face, browInnerUp_L=1.0, browOuterUp_L=1.0), "_L")[:COLUMNS]
    assert (raised < middle).mean() > 0.8
    dark = brow_line((person.neutral * 0.6).astype(np.uint8), person.neutral_landmarks, "_L")[:COLUMNS]
    np.testing.assert_allclose(dark, middle, atol=0.01)


@pytest.mark.parametrize("shape", [(1, 1, 3), (4, 4, 3), (50, 400, 3)])
def test_a_face_outside_the_photo_is_read_without_an_error(shape: tuple[int, int, int], people: list[Pair]) -> None:
    points = np.asarray(people[0].input_landmarks)
    read = read_brows(np.full(shape, 90, np.uint8), points)
    assert all(np.isfinite(value) and value >= 0 for value in read.values())


def test_a_reading_with_the_photo_takes_brows_from_it(strangers: list[FictionalPerson]) -> None:
    face = strangers[2].neutral, strangers[2].neutral_landmarks
    pixels, points = drawn(face, browInnerUp_L=1.0, browInnerUp_R=1.0)
    with_photo, without = read_face(points, pixels=pixels).actions, read_face(points).actions
    assert with_photo["browInnerUp_L"] == read_brows(pixels, points)["browInnerUp_L"]
    assert with_photo["jawOpen"] == without["jawOpen"]
