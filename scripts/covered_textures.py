"""Registered textures as photos might show them: in any light, bearded, open-mouthed, and with something over the mouth."""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import AnyArray, Booleans
from pixelfes.face.trust.mouth_texture import SIDE, Regions, mouth_regions

_Y, _X = np.mgrid[:SIDE, :SIDE].astype(np.float32)
_ACROSS, _DOWN = _X / SIDE - 0.5, _Y / SIDE - 0.5


class TextureVariations:
    """Draws variations of textures (S, S, 3), 0 to 1, from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._regions: Regions = mouth_regions()
        columns, rows = np.flatnonzero(self._regions.lips.any(0)), np.flatnonzero(self._regions.lips.any(1))
        self._width = float(len(columns))
        self._middle = np.array([columns.mean(), rows.mean()])

    def uncovered(self, texture: AnyArray) -> AnyArray:
        """Return the face as another photo might show it."""
        chance = self._random.random
        out = texture[:, ::-1] if chance() < 0.5 else texture
        for share, change in (
            (0.35, self._opened),
            (0.35, self._bearded),
            (0.3, self._painted),
            (1.0, self._lit),
            (1.0, self._coloured),
            (1.0, self._misplaced),
            (0.3, self._blurred),
            (0.3, self._noisy),
            (0.25, self._smeared),
        ):
            if chance() < share:
                out = change(out)
        return np.asarray(np.clip(out, 0, 1), np.float32)

    def covered(self, texture: AnyArray) -> AnyArray:
        """Return the face with a mask, a hand, a microphone or something else over all of the mouth or a part of it."""
        draw = self._random
        kind = draw.integers(6)
        out = self._hand(texture, kind == 4) if kind >= 4 else self._object(texture, int(kind))
        out = self._blurred(out) if draw.random() < 0.3 else out
        return np.asarray(np.clip(out, 0, 1), np.float32)

    def _opened(self, texture: AnyArray) -> AnyArray:
        """Open the mouth: a dark gap, with a row of teeth or without."""
        draw, width = self._random, self._width
        height = draw.uniform(0.05, 0.5) * width
        x, y = self._middle + width * np.array([draw.normal(0, 0.03), draw.uniform(-0.05, 0.15)])
        gap = ((_X - x) / (draw.uniform(0.2, 0.42) * width)) ** 2 + ((_Y - y) / (height / 2 + 0.5)) ** 2 < 1
        out = _over(texture, gap, draw.uniform(0.02, 0.25) * np.array([1.1, 0.8, 0.8]), 0.8)
        if draw.random() < 0.6:
            teeth = gap & (y - height * draw.uniform(-0.1, 0.25) > _Y)
            level = draw.uniform(0.4, 1.1) * self._brightness(texture) / 0.5
            out = _over(out, teeth, level * np.array([0.75, 0.73, 0.68]), 0.7)
        return out

    def _bearded(self, texture: AnyArray) -> AnyArray:
        draw, regions = self._random, self._regions
        hair = np.zeros((SIDE, SIDE), np.bool_)
        if draw.random() < 0.8:
            hair |= regions.chin & ~regions.lips
        if draw.random() < 0.8:
            hair |= regions.around_lips & (self._middle[1] > _Y)
        soft = _soft(hair, 1.5)
        if draw.random() < 0.2:  # white
            return texture + soft * (0.75 * self._brightness(texture) - texture) * 0.6
        grain = cv2.GaussianBlur(draw.normal(0, 1, (SIDE, SIDE)).astype(np.float32), (0, 0), 0.7)
        darker = np.clip(1 - draw.uniform(0.3, 0.9) * np.clip(0.8 + 0.5 * grain, 0, 1.3), 0.08, 1)
        return np.asarray(texture * (1 - soft + soft * darker[..., None]))

    def _painted(self, texture: AnyArray) -> AnyArray:
        """Paint the lips."""
        draw = self._random
        paint = np.array([draw.uniform(0.8, 1.3), draw.uniform(0.5, 1.1), draw.uniform(0.5, 1.1)])
        return _over(texture, self._regions.lips, texture * paint, 0.8)

    def _lit(self, texture: AnyArray) -> AnyArray:
        """Light the face from another side, sometimes with the edge of a shadow; change contrast and brightness."""
        draw = self._random
        a = draw.normal(0, 0.35, 5) * draw.choice([0.3, 1, 1.6])
        light = np.exp(
            2 * a[0] * _ACROSS
            + 2 * a[1] * _DOWN
            + 4 * a[2] * _ACROSS * _DOWN
            + 4 * a[3] * (_ACROSS**2 - 0.08)
            + 4 * a[4] * (_DOWN**2 - 0.08)
        )
        if draw.random() < 0.2:
            angle = draw.uniform(0, 2 * np.pi)
            shadow = np.cos(angle) * _ACROSS + np.sin(angle) * _DOWN <= draw.uniform(-0.2, 0.3)
            light = light * np.where(shadow, draw.uniform(0.3, 0.8), 1)
        lit = (texture * light[..., None]) ** draw.uniform(0.7, 1.5)
        return np.asarray(lit / np.percentile(lit, 95) * draw.uniform(0.3, 1.15))

    def _coloured(self, texture: AnyArray) -> AnyArray:
        if self._random.random() < 0.2:
            return np.repeat(texture.mean(2, keepdims=True), 3, axis=2)
        return np.asarray(texture * np.exp(self._random.normal(0, 0.12, 3)))

    def _misplaced(self, texture: AnyArray) -> AnyArray:
        """Move the face a little, as landmarks that are not exact do."""
        draw = self._random
        matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), draw.normal(0, 2), 1 + draw.normal(0, 0.04))
        matrix[:, 2] += draw.normal(0, 1.2, 2)
        picture = np.asarray(texture, np.float32)
        return np.asarray(cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE))

    def _blurred(self, texture: AnyArray) -> AnyArray:
        blur = self._random.uniform(0.5, 2)
        return np.asarray(cv2.GaussianBlur(np.asarray(texture, np.float32), (0, 0), blur))

    def _noisy(self, texture: AnyArray) -> AnyArray:
        return np.asarray(texture + self._random.normal(0, self._random.uniform(0.01, 0.05), texture.shape))

    def _smeared(self, texture: AnyArray) -> AnyArray:
        """Stretch the columns of one side, as the far side of a turned face is."""
        draw = self._random
        count, shrink = int(draw.integers(4, 26)), draw.uniform(0.2, 0.6)
        columns = np.arange(SIDE, dtype=np.float32)
        columns[:count] = count - (count - columns[:count]) * shrink
        picture = np.asarray(texture, np.float32)
        picture = picture[:, ::-1].copy() if draw.random() < 0.5 else picture
        return np.asarray(cv2.remap(picture, np.tile(columns, (SIDE, 1)), _Y, cv2.INTER_LINEAR))

    def _object(self, texture: AnyArray, kind: int) -> AnyArray:
        """Cover by something of one colour with folds: from above, from a side, from below, or a round thing."""
        draw, width, (x, y) = self._random, self._width, self._middle
        right, down = _X - x, _Y - y
        if kind == 0:
            region = down > -draw.uniform(0.15, 0.45) * width + draw.normal(0, 0.15) * right
        elif kind == 1:
            side = draw.choice([-1, 1])
            region = side * right > draw.uniform(-0.15, 0.12) * width + draw.normal(0, 0.2) * down
        elif kind == 2:
            region = down > draw.uniform(-0.12, 0.04) * width + draw.normal(0, 0.1) * right
        else:
            region = self._round_thing(right, down)
        angle, period = draw.uniform(0, 2 * np.pi), draw.uniform(0.1, 0.6)
        folds = np.sin(period * (np.cos(angle) * _X + np.sin(angle) * _Y) + draw.uniform(0, 6))
        surface = 1 + draw.uniform(0, 0.2) * folds[..., None] + draw.normal(0, draw.uniform(0, 0.06), (SIDE, SIDE, 1))
        return _over(texture, region, np.clip(self._colour(texture) * surface, 0.01, 1), 0.6)

    def _round_thing(self, right: AnyArray, down: AnyArray) -> Booleans:
        """Return a microphone or a glass: a disc and what it stands on."""
        draw, width = self._random, self._width
        radius = draw.uniform(0.22, 0.5) * width
        x, y = draw.uniform(-0.25, 0.25) * width, draw.uniform(-0.1, 0.25) * width
        disc = (right - x) ** 2 + (down - y) ** 2 < radius**2
        return np.asarray(disc | ((np.abs(right - x) < 0.6 * radius) & (down > y)))

    def _hand(self, texture: AnyArray, across: bool) -> AnyArray:
        """Lay fingers over the mouth, from a side or from below."""
        draw, (x, y) = self._random, self._middle
        angle = draw.uniform(-0.9, 0.9) if across else draw.uniform(0.9, 2.2)
        right, down = _X - x, _Y - y
        along, beside = np.cos(angle) * right + np.sin(angle) * down, np.cos(angle) * down - np.sin(angle) * right
        count, finger = draw.integers(2, 5), draw.uniform(0.15, 0.24) * self._width
        place = (beside + draw.uniform(-0.4, 0.4) * finger) / finger
        region = (np.abs(place) < count / 2) & (draw.choice([-1, 1]) * along > -draw.uniform(0.2, 0.6) * self._width)
        share = (place + count / 2) % 1
        between = np.exp(-((np.minimum(share, 1 - share) / 0.12) ** 2))
        skin = self._skin(texture) * draw.uniform(0.75, 1.15)
        return _over(texture, region, skin * (1 - 0.35 * between[..., None]), 0.6)

    def _colour(self, texture: AnyArray) -> AnyArray:
        draw = self._random
        choice = draw.random()
        if choice < 0.35:
            return np.asarray(self._skin(texture) * draw.uniform(0.65, 1.15))
        if choice < 0.6:
            return np.asarray(draw.uniform(0.03, 0.95, 3))
        return np.full(3, draw.uniform(0.03, 0.95), np.float32)

    def _skin(self, texture: AnyArray) -> AnyArray:
        return np.asarray(texture[self._regions.cheeks].mean(0))

    def _brightness(self, texture: AnyArray) -> float:
        return float(texture[self._regions.cheeks].mean())


def _soft(region: Booleans, blur: float) -> AnyArray:
    return np.asarray(cv2.GaussianBlur(region.astype(np.float32), (0, 0), blur))[..., None]


def _over(texture: AnyArray, region: Booleans, content: AnyArray, blur: float) -> AnyArray:
    """Lay something over a region, with a soft edge."""
    soft = _soft(region, blur)
    return np.asarray(texture * (1 - soft) + soft * content)
