"""Bring the photos of the Face Research Lab London Set into one frame, and separate the people from the background.

Convention: the *frame* is a square of `FRAME_SIDE` pixels in which every head is upright. Its eyes are `EYE_DISTANCE` pixels
apart and centred at `EYES_MIDDLE`. Landmarks are in frame pixels, x right, y down, pixel centres at whole numbers.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Booleans, Pixels
from pixelfes.expression.pair_files import load_pairs
from pixelfes.face.alignment import HeadPose, mean_shape
from pixelfes.face.landmarks import LandmarkProvider, eye_centres
from pixelfes.photos.reading import PhotoSource, read_photo

FRAME_SIDE = 512
EYE_DISTANCE = 116.0
EYES_MIDDLE = np.array([255.5, 208.0])

_NOSE_TIP = 4
_BACKGROUND_SIDE, _BACKGROUND_BOTTOM = 0.12, 0.62  # shares of the frame that show only background
_NOT_BACKGROUND = 7.0  # distance in CIELAB
_LOOSE_HAIR = 9  # pixels; thinner strands are not part of the outline


@dataclass(frozen=True)
class Portrait:
    """One photo in the frame.

    Attributes
    ----------
    pixels : (FRAME_SIDE, FRAME_SIDE, 3)
    points : (468, 3)
        Landmarks, frame pixels.
    inside : (FRAME_SIDE, FRAME_SIDE)
        Which pixels are inside the photo.
    """

    pixels: Pixels
    points: Array
    inside: Booleans


@dataclass(frozen=True)
class Person:
    """The two portraits of a person and the person's attributes in people.csv; an unknown age is replaced by the median."""

    name: str
    neutral: Portrait
    smiling: Portrait
    age: float
    gender: str
    ethnicity: str


def load_people(folder: Path, provider: LandmarkProvider, without: frozenset[str]) -> list[Person]:
    """Read all people of the set except ``without``, in the order of their names."""
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
    """Return a photo and the landmarks of its face, in image pixels."""
    pixels = read_photo(source).pixels
    return pixels, provider.detect(pixels)[0]


def _framed(pixels: Pixels, points: Array, mean: Array) -> Portrait:
    """Turn, scale and move a photo so that the head has its place in the frame, judged by all its stable points."""
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
    """Return the CIELAB values of RGB pixels."""
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def person_mask(portrait: Portrait) -> Booleans:
    """Return which pixels show the person: those that differ from the background and are connected to the nose."""
    differs = (_background_distance(portrait) > _NOT_BACKGROUND) & portrait.inside
    _, labels = cv2.connectedComponents(differs.astype(np.uint8))
    x, y = portrait.points[_NOSE_TIP, :2].astype(int)
    person = (labels == labels[y, x]).astype(np.uint8)
    outlines, _ = cv2.findContours(person, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(person, outlines, -1, 1, cv2.FILLED)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_LOOSE_HAIR, _LOOSE_HAIR))
    return np.asarray(cv2.morphologyEx(person, cv2.MORPH_OPEN, disc) > 0)


def _background_distance(portrait: Portrait) -> npt.NDArray[np.float32]:
    """Return the CIELAB distance of each pixel from the background, a quadratic surface fitted to the sides of the frame."""
    colours = lab(portrait.pixels)
    y, x = np.mgrid[:FRAME_SIDE, :FRAME_SIDE] / FRAME_SIDE
    surface = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)
    sides = portrait.inside & (np.abs(x - 0.5) > 0.5 - _BACKGROUND_SIDE) & (y < _BACKGROUND_BOTTOM)
    used = sides
    for _ in range(4):  # each round leaves out hair that reaches into the sides
        weights = np.linalg.lstsq(surface[used], colours[used], rcond=None)[0]
        distance = np.linalg.norm(colours - surface @ weights, axis=2)
        used = sides & (distance < max(2.0, float(np.percentile(distance[sides], 60))))
    return np.asarray(distance, np.float32)
