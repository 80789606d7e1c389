"""Portraits of drawn people: textures of the atlas, warped to each face, before a studio's background."""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.people.appearance_model import PORTRAIT_EYE_DISTANCE, PORTRAIT_EYES, values_to_texture
from pixelfes.people.sampling import DrawnPerson, PortableRandom

_BACKGROUND = (0.846, 0.858, 0.86)
_VIGNETTE = 0.07
_SHADE = 0.03  # standard deviation of the background's brightness from person to person
_LEAST_SHADE = 0.3
_SHARPEN, _SHARPEN_REACH = 0.3, 1.0
_GRAIN = 0.9 / 255 * 1.6  # before the blur, which leaves 1 / 1.6 of it
_NATIVE = 256  # side of the portraits whose detail sharpening and grain bring back


def canonical_to_portrait(points: Array, size: int) -> Array:
    """Take canonical points (K, 2 or 3) to the pixels of a portrait of this side, z in the same unit."""
    out = points * (PORTRAIT_EYE_DISTANCE * size)
    out[:, :2] += np.array(PORTRAIT_EYES) * size - 0.5
    return out


def render_portraits(person: DrawnPerson, size: int, key: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Return the neutral and the smiling portrait, (size, size, 3) each.

    Parameters
    ----------
    person : DrawnPerson
    size : int
        Side of the portraits; beyond 256 they get larger, not more detailed.
    key : (int, int)
        Names the grain and the shade of the background.
    """
    model, random = person.model, PortableRandom(*key, 2**31)
    opacity = model.opacity.astype(np.float32) / 255
    texture, scale = _texture(person)
    change = scale * values_to_texture(model.change.value(person.part("change")), model.masks.face)
    smiling = texture + change * (model.face.astype(np.float32) / 255)[..., None]
    if person.traits.opens:
        smiling = _with_teeth(person, smiling)
    background = _background(size, random)
    pictures = []
    for layer, points, mouth in (
        (texture, person.neutral, False),
        (smiling, person.smiling, person.traits.opens),
    ):
        vertices = canonical_to_portrait(person.vertices(points), size)
        drawn = model.atlas.to_portrait(np.dstack([layer * opacity[..., None], opacity]), vertices, size, mouth)
        pictures.append(_finished(drawn, background, random))
    return pictures[0], pictures[1]


def _texture(person: DrawnPerson) -> tuple[Floats, Floats]:
    """Return the texture (A, A, 3) of the neutral face, and how strongly light and shade show on it, (A, A, 1).

    Shading multiplies: on skin that reflects half the light, freckles, wrinkles and make-up change half as much. So what is
    the person's own is scaled by how bright people like this are, pixel by pixel, beside all people.
    """
    block, masks = person.model.texture, person.model.masks.person
    expected = block.value(person.part("texture", person.expected))
    own = block.step(person.part("texture") - person.part("texture", person.expected))
    typical, everybody = values_to_texture(expected, masks), values_to_texture(block.mean, masks)
    ratio = cv2.GaussianBlur(typical[..., 0], (0, 0), 3.0) / np.maximum(
        cv2.GaussianBlur(everybody[..., 0], (0, 0), 3.0), 1e-3
    )
    face = person.model.face.astype(np.float32)
    skin = float((ratio * face).sum() / face.sum())  # where hair recedes, it is skin like the rest that shows
    scale = np.clip(np.minimum(ratio, skin), _LEAST_SHADE, 1)[..., None]
    return typical + scale * values_to_texture(own, masks), scale


def _with_teeth(person: DrawnPerson, texture: Floats) -> Floats:
    model = person.model
    teeth = texture.copy()
    teeth[model.masks.mouth] = model.teeth.value(person.teeth).reshape(-1, 3)
    share = (model.mouth.astype(np.float32) / 255)[..., None]
    return np.asarray(texture + share * (teeth - texture), np.float32)


def _background(size: int, random: PortableRandom) -> Floats:
    y, x = (np.mgrid[:size, :size].astype(np.float32) + 0.5) / size
    light = 1 + _SHADE * random.normal(1)[0] - _VIGNETTE * (2 * (x - 0.5) ** 2 + (y - 0.35) ** 2)
    return np.asarray(np.minimum(light, 1.1)[..., None] * np.array(_BACKGROUND, np.float32), np.float32)


def _finished(drawn: Floats, background: Floats, random: PortableRandom) -> Pixels:
    """Lay a drawn person over the background, sharpen, and add grain.

    Parameters
    ----------
    drawn : (2 size, 2 size, 4)
        YCrCb, each times the opacity, and the opacity.
    background : (size, size, 3) RGB
    """
    size = len(background)
    over = cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)
    share = np.clip(over[..., 3:], 0, 1)
    behind = cv2.cvtColor(background, cv2.COLOR_RGB2YCrCb)
    picture = over[..., :3] + (1 - share) * behind
    luminance = picture[..., 0]
    reach = _SHARPEN_REACH * size / _NATIVE
    luminance += _SHARPEN * share[..., 0] * (luminance - cv2.GaussianBlur(luminance, (0, 0), reach))
    noise = random.normal(size * size).reshape(size, size).astype(np.float32)
    luminance += _GRAIN * cv2.GaussianBlur(noise, (0, 0), 0.5)
    rgb = cv2.cvtColor(picture.astype(np.float32), cv2.COLOR_YCrCb2RGB)
    return np.asarray(np.clip(255 * rgb + 0.5, 0, 255), np.uint8)
