"""Faces and pairs made from one face: turned, scaled, moved, in another light."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import strategies as st

from pixelfes import Pair
from pixelfes.arrays import Array, Pixels
from pixelfes.face.alignment import HeadPose


def rotation(yaw: float, pitch: float, roll: float) -> Array:
    """A turn of the head by three angles in radians."""
    (cy, cp, cr), (sy, sp, sr) = np.cos([yaw, pitch, roll]), np.sin([yaw, pitch, roll])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


@st.composite
def poses(draw: st.DrawFn) -> HeadPose:
    """Any place, size and turn of a head in a photo."""
    angle = st.floats(-np.pi, np.pi)
    turn = rotation(draw(angle), draw(angle), draw(angle))
    offset = np.array([draw(st.floats(-3000, 3000)) for _ in range(3)])
    return HeadPose(draw(st.floats(5, 2000)), turn, offset)


def affine(
    pixels: Pixels, points: Array, *, scale: float = 1.0, degrees: float = 0.0, shift: tuple[float, float] = (0, 0)
) -> tuple[Pixels, Array]:
    """Turn a photo clockwise about its middle, scale it, shift it, its frame growing or shrinking with the scale."""
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    cos, sin = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    linear = np.array([[cos, -sin], [sin, cos]])
    middle = (np.array([pixels.shape[1], pixels.shape[0]]) - 1) / 2
    offset = (np.array([width, height]) - 1) / 2 + shift - linear @ middle
    matrix = np.column_stack([linear, offset])
    if scale < 1:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.4 / scale), np.uint8)
    warped = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    moved = np.column_stack([points[:, :2] @ linear.T + offset, scale * points[:, 2]])
    return np.asarray(warped, np.uint8), moved


def drawn_pairs(neutral: Pixels, smiling: Pixels, before: Array, after: Array, count: int = 6) -> list[Pair]:
    """Pairs that differ in size, place, roll and light, their landmarks known; no two people, yet enough to fit."""
    pairs = []
    for n in range(count):
        scale, degrees = 0.42 + 0.02 * n, 4.0 * (n % 3) - 4
        light = np.array([1.0, 0.97 + 0.01 * n, 0.9 + 0.02 * n]) * (0.85 + 0.03 * n)
        sides = []
        for pixels, points in ((neutral, before), (smiling, after)):
            photo, moved = affine(pixels, points, scale=scale, degrees=degrees, shift=(n, -n))
            sides.append((np.clip(photo * light, 0, 255).astype(np.uint8), moved))
        (x, p), (t, q) = sides
        pairs.append(Pair(x, t, name=f"drawn {n}", input_landmarks=p, target_landmarks=q))
    return pairs


def ramp(height: int, width: int) -> Pixels:
    """A smooth picture whose red says how far right a pixel lies, and whose green how far down."""
    y, x = np.mgrid[:height, :width]
    channels = [255 * x / (width - 1), 255 * y / (height - 1), 0 * x + 128]
    return np.asarray(np.stack(channels, axis=-1).round(), np.uint8)
