"""Films of a face whose movement is known: for measuring how steady a tracker is, and for tests.

A picture of a face is turned, moved, blinked, smiled, lit, blurred and given noise by known amounts, frame by frame.

Convention: landmarks are in image pixels, x right, y down, pixel centres at whole numbers; times in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.expression.actions.action_set import shipped_actions, skin_registration
from pixelfes.expression.actions.draw.face_change import change_by_actions
from pixelfes.expression.actions.mixing import mixed
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.composite import composite

Course: TypeAlias = Callable[[float], float]
"""An amount over time, s."""

_GRID = 112


def nothing(time: float) -> float:
    """Return 0."""
    return 0.0


def wave(amplitude: float, seconds: float) -> Course:
    """Return a sine of an amplitude and a period, s.

    Examples
    --------
    >>> round(wave(3.0, 2.0)(0.5), 6)
    3.0
    """
    return lambda time: amplitude * float(np.sin(2 * np.pi * time / seconds))


def speech(amplitude: float, syllables: float = 4.0) -> Course:
    """Return an amount that rises and falls so many times a second, unevenly.

    Examples
    --------
    >>> [round(speech(0.3)(time), 2) for time in (0.0, 0.0625, 0.125)]
    [0.0, 0.27, 0.0]
    """

    def course(time: float) -> float:
        loudness = 0.8 + 0.2 * float(np.sin(2 * np.pi * 0.37 * syllables * time))
        return amplitude * max(0.0, float(np.sin(2 * np.pi * syllables * time))) * loudness

    return course


def pulse(start: float, rise: float, hold: float, amplitude: float = 1.0) -> Course:
    """Return an amount that rises smoothly from a time on, holds, and falls as it rose.

    Examples
    --------
    >>> [pulse(1.0, 0.2, 0.5)(time) for time in (0.9, 1.1, 1.4, 2.0)]
    [0.0, 0.5, 1.0, 0.0]
    """

    def course(time: float) -> float:
        share = np.clip(min((time - start) / rise, (start + 2 * rise + hold - time) / rise), 0, 1)
        return amplitude * float(round(share * share * (3 - 2 * share), 12))

    return course


@dataclass(frozen=True)
class Motion:
    """What happens to a face.

    Attributes
    ----------
    yaw : Course
        Degrees, to the right of the image.
    across, down : Course
        Distances between the eyes.
    growth : Course
        Logarithm of the size.
    blink, smile, jaw : Course
        Sizes of facial actions: of both lids, of the pull of the mouth's corners, and of the open jaw.
    light : Course
        Logarithm of the brightness.
    blur : Course
        Deviation, pixels.
    noise : float
        Deviation, levels.
    """

    yaw: Course = nothing
    across: Course = nothing
    down: Course = nothing
    growth: Course = nothing
    blink: Course = nothing
    smile: Course = nothing
    jaw: Course = nothing
    light: Course = nothing
    blur: Course = nothing
    noise: float = 0.0


@dataclass(frozen=True)
class FilmFrame:
    """A frame and what is true of it.

    Attributes
    ----------
    pixels : (H, W, 3) uint8
    time : float
    landmarks : (468, 3), image pixels
    """

    pixels: Pixels
    time: float
    landmarks: Array


def film(
    picture: Pixels, landmarks: Array, motion: Motion, *, seconds: float = 2.0, rate: float = 25.0, seed: int = 0
) -> Iterator[FilmFrame]:
    """Yield the frames of a film of one face.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    landmarks : (468, 3), image pixels
    motion : Motion
    seconds, rate : float
        Length, and frames a second.
    seed : int
        Of the noise.
    """
    random = np.random.default_rng(seed)
    for number in range(round(seconds * rate)):
        time = number / rate
        pixels, points = _acting(picture, landmarks, motion, time)
        pixels, points = _turned(pixels, points, motion.yaw(time))
        pixels, points = _moved(pixels, points, motion, time)
        yield FilmFrame(_taken(pixels, motion, time, random), time, points)


def _acting(picture: Pixels, landmarks: Array, motion: Motion, time: float) -> tuple[Pixels, Array]:
    """Return the face with its lids and its mouth moved."""
    actions, blink, smile = shipped_actions(), motion.blink(time), motion.smile(time)
    sizes = {"eyeBlink_L": blink, "eyeBlink_R": blink, "mouthSmile_L": smile, "mouthSmile_R": smile}
    sizes["jawOpen"] = motion.jaw(time)
    out = picture.copy()
    return out, change_by_actions(actions, out, landmarks, mixed(actions, sizes))


def _turned(pixels: Pixels, landmarks: Array, yaw: float) -> tuple[Pixels, Array]:
    """Return the face turned by an angle, in front of what stays."""
    if yaw == 0:
        return pixels, landmarks
    head, angle = HeadPose.of(landmarks, mean_face()), np.radians(yaw)
    turn = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    shape = head.to_canonical(landmarks)
    centre = shape.mean(0) + np.array([0.0, 0.0, 0.3])
    moved = head.to_image((shape - centre) @ turn.T + centre)
    registration = skin_registration(_GRID)
    flat = np.zeros((_GRID, _GRID, 1), np.float32)
    placement = registration.place(landmarks, moved, pixels.shape, flat[..., 0])
    out = pixels.copy()
    composite(out, placement, flat, np.repeat(flat, 3, axis=2))
    return out, moved


def _moved(pixels: Pixels, landmarks: Array, motion: Motion, time: float) -> tuple[Pixels, Array]:
    """Return the picture moved and enlarged about the middle of the face."""
    head, scale = HeadPose.of(landmarks, mean_face()), float(np.exp(motion.growth(time)))
    step = head.scale * np.array([motion.across(time), motion.down(time)])
    centre = landmarks[:, :2].mean(0)
    if scale == 1 and not step.any():
        return pixels, landmarks
    linear = np.column_stack([scale * np.eye(2), centre + step - scale * centre])
    height, width = pixels.shape[:2]
    out = cv2.warpAffine(pixels, linear, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    moved = np.column_stack([landmarks[:, :2] @ linear[:, :2].T + linear[:, 2], scale * landmarks[:, 2]])
    return np.asarray(out, np.uint8), moved


def _taken(pixels: Pixels, motion: Motion, time: float, random: np.random.Generator) -> Pixels:
    """Return the picture as a camera takes it: lit, blurred, with noise."""
    out = pixels.astype(np.float32) * np.float32(np.exp(motion.light(time)))
    blur = abs(motion.blur(time))
    if blur > 0.1:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), blur), np.float32)
    if motion.noise:
        out = out + random.normal(0, motion.noise, out.shape).astype(np.float32)
    return np.asarray(np.clip(np.rint(out), 0, 255), np.uint8)
