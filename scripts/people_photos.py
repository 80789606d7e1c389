"""Photos of the Face Research Lab London Set in one frame: upright, of one size, with the person told from the background.

Convention: the *frame* is a square of `FRAME_SIDE` pixels in which every head is upright, its eyes `EYE_DISTANCE` pixels apart and
between them `EYES_MIDDLE`; landmarks are in its pixels.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Booleans, Pixels
from pixelfes.expression.pairs import load_pairs
from pixelfes.face.alignment import HeadPose, mean_shape
from pixelfes.face.landmarks import LandmarkProvider, eye_centres
from pixelfes.photos.reading import PhotoSource, read_photo

FRAME_SIDE = 512
EYE_DISTANCE = 116.0
EYES_MIDDLE = np.array([255.5, 208.0])

_NOSE_TIP = 4
_BACKGROUND_SIDE, _BACKGROUND_BOTTOM = 0.12, 0.62  # shares of the frame where only background is
_NOT_BACKGROUND = 7.0  # distance in CIELAB
_LOOSE_HAIR = 9  # pixels; thinner strands do not make an outline


@dataclass(frozen=True)
class Portrait:
    """One photo in the frame.

    Attributes
    ----------
    pixels : (FRAME_SIDE, FRAME_SIDE, 3)
    points : (468, 3)
        Landmarks, frame pixels.
    inside : (FRAME_SIDE, FRAME_SIDE)
        Which pixels lie in the photo.
    """

    pixels: Pixels
    points: Array
    inside: Booleans


@dataclass(frozen=True)
class Person:
    """Somebody's two portraits, and what people.csv says of them (an age that it does not know is the typical one)."""

    name: str
    neutral: Portrait
    smiling: Portrait
    age: float
    gender: str
    ethnicity: str


def load_people(folder: Path, provider: LandmarkProvider, without: frozenset[str]) -> list[Person]:
    """Read all people of the set but those named, in the order of their names."""
    with (folder / "people.csv").open(encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    pairs = [pair for pair in load_pairs(folder) if pair.name not in without]
    shots = [(_shot(pair.input, provider), _shot(pair.target, provider)) for pair in pairs]
    mean = mean_shape([neutral[1] for neutral, _ in shots])
    typical = float(np.median([float(row["age"]) for row in rows.values() if row["age"].isdigit()]))
    people = []
    for pair, (neutral, smiling) in zip(pairs, shots, strict=True):
        row = rows[pair.name]
        sides = _framed(*neutral, mean), _framed(*smiling, mean)
        age = float(row["age"]) if row["age"].isdigit() else typical
        people.append(Person(pair.name, *sides, age, row["gender"], row["ethnicity"]))
    return people


def _shot(source: PhotoSource, provider: LandmarkProvider) -> tuple[Pixels, Array]:
    pixels = read_photo(source).pixels
    return pixels, provider.detect(pixels)[0]


def _framed(pixels: Pixels, points: Array, mean: Array) -> Portrait:
    """Turn, scale and move a photo so that the head, by all its stable points, sits where the frame wants it."""
    right, left = (eye[:2] for eye in eye_centres(HeadPose.of(points, mean).to_image(mean)))
    across = left - right
    scale, angle = EYE_DISTANCE / np.hypot(*across), -np.arctan2(across[1], across[0])
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    offset = EYES_MIDDLE - turn @ ((right + left) / 2)
    source = pixels.astype(np.float32)
    if scale < 1:
        source = cv2.GaussianBlur(source, (0, 0), 0.4 * float(np.sqrt(1 / scale**2 - 1)) + 1e-3)
    matrix, size = np.column_stack([turn, offset]), (FRAME_SIDE, FRAME_SIDE)
    framed = cv2.warpAffine(source, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full(pixels.shape[:2], 255, np.uint8), matrix, size) > 250
    moved = np.column_stack([points[:, :2] @ turn.T + offset, points[:, 2] * scale])
    return Portrait(np.clip(framed + 0.5, 0, 255).astype(np.uint8), moved, inside)


def lab(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return CIELAB values of RGB pixels."""
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def person_mask(portrait: Portrait) -> Booleans:
    """Return which pixels show the person: what differs from the studio's background and hangs together with the nose."""
    differs = (_background_distance(portrait) > _NOT_BACKGROUND) & portrait.inside
    _, parts = cv2.connectedComponents(differs.astype(np.uint8))
    x, y = portrait.points[_NOSE_TIP, :2].astype(int)
    person = (parts == parts[y, x]).astype(np.uint8)
    outlines, _ = cv2.findContours(person, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(person, outlines, -1, 1, cv2.FILLED)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_LOOSE_HAIR, _LOOSE_HAIR))
    return np.asarray(cv2.morphologyEx(person, cv2.MORPH_OPEN, disc) > 0)


def _background_distance(portrait: Portrait) -> npt.NDArray[np.float32]:
    """Return how far (CIELAB) each pixel is from the background, a smooth surface of second order through its sides."""
    colours = lab(portrait.pixels)
    y, x = np.mgrid[:FRAME_SIDE, :FRAME_SIDE] / FRAME_SIDE
    surface = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)
    sides = portrait.inside & (np.abs(x - 0.5) > 0.5 - _BACKGROUND_SIDE) & (y < _BACKGROUND_BOTTOM)
    used = sides
    for _ in range(4):  # each time without what is not background: hair that hangs into the sides
        weights = np.linalg.lstsq(surface[used], colours[used], rcond=None)[0]
        distance = np.linalg.norm(colours - surface @ weights, axis=2)
        used = sides & (distance < max(2.0, float(np.percentile(distance[sides], 60))))
    return np.asarray(distance, np.float32)
