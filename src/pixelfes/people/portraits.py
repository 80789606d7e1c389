"""Render portraits of drawn people: warp their textures to their faces, in front of a studio background.

Convention: canonical coordinates have their origin between the eyes and the distance between them as the unit. Portrait
pixels are x right, y down, pixel centres at whole numbers. Textures are on the atlas of `pixelfes.people.portrait_mesh`, in
YCrCb from 0 to 1.
"""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.people.appearance_model import PORTRAIT_EYE_DISTANCE, PORTRAIT_EYES, values_to_texture
from pixelfes.people.sampling import DrawnPerson, PortableRandom

_BACKGROUND = (0.846, 0.858, 0.86)  # RGB, 0 to 1
_VIGNETTE = 0.07  # how much darker the background is away from its middle
_BACKGROUND_SCATTER = 0.03  # standard deviation of the background's brightness between people
_LEAST_SCALE = 0.3  # of light and shade on dark skin
_SHARPENING, _SHARPENING_REACH = 0.3, 1.0  # the reach is in pixels of a portrait of `_NATIVE_SIZE`
_GRAIN = 0.9 / 255 * 1.6  # before a blur that divides it by 1.6
_NATIVE_SIZE = 256  # side of portraits as detailed as the textures


def canonical_to_portrait(points: Array, size: int) -> Array:
    """Convert canonical points (K, 2 or 3) to pixels of a portrait of this side; z is in the same unit."""
    out = points * (PORTRAIT_EYE_DISTANCE * size)
    out[:, :2] += np.array(PORTRAIT_EYES) * size - 0.5
    return out


def render_portraits(person: DrawnPerson, size: int, key: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Render the neutral and the smiling portrait of a person.

    Parameters
    ----------
    person : DrawnPerson
    size : int
        Side of the portraits; beyond 256 they have no more detail.
    key : (int, int)
        Selects the random stream of the grain and of the background's brightness.

    Returns
    -------
    neutral, smiling : (size, size, 3) uint8, RGB
    """
    model, random = person.model, PortableRandom(*key, 2**31)
    opacity = model.opacity.astype(np.float32) / np.float32(255)
    texture, scale = _texture(person)
    change = scale * values_to_texture(model.change.values(person.latent_part("change")), model.masks.face)
    smiling = texture + change * (model.face.astype(np.float32) / np.float32(255))[..., None]
    if person.traits.opens:
        smiling = _with_teeth(person, smiling)
    background = _background(size, random)
    portraits = []
    for layer, points, mouth in (
        (texture, person.neutral, False),
        (smiling, person.smiling, person.traits.opens),
    ):
        vertices = canonical_to_portrait(person.vertices(points), size)
        drawn = model.atlas.to_portrait(np.dstack([layer * opacity[..., None], opacity]), vertices, size, mouth)
        portraits.append(_finished(drawn, background, random))
    return portraits[0], portraits[1]


def _texture(person: DrawnPerson) -> tuple[Floats, Floats]:
    """Return the texture (A, A, 3) of the neutral face, and the scale (A, A, 1) of light and shade on it.

    Shading multiplies: on skin that reflects half the light, freckles, wrinkles and make-up change half as much. So the
    person's deviation from the mean of the same origin is scaled, pixel by pixel. The scale is the brightness of that mean
    relative to the mean of all people.
    """
    components, masks = person.model.texture, person.model.masks.person
    expected = components.values(person.latent_part("texture", person.expected))
    own = components.deviation(person.latent_part("texture") - person.latent_part("texture", person.expected))
    typical, everybody = values_to_texture(expected, masks), values_to_texture(components.mean, masks)
    ratio = cv2.GaussianBlur(typical[..., 0], (0, 0), 3.0) / np.maximum(
        cv2.GaussianBlur(everybody[..., 0], (0, 0), 3.0), 1e-3
    )
    face = person.model.face.astype(np.float32)
    skin = float((ratio * face).sum() / face.sum())  # where hair recedes, skin shows: nowhere brighter than this
    scale = np.clip(np.minimum(ratio, skin), _LEAST_SCALE, 1)[..., None]
    return typical + scale * values_to_texture(own, masks), scale


def _with_teeth(person: DrawnPerson, texture: Floats) -> Floats:
    """Return a texture (A, A, 3) with the person's teeth between the lips."""
    model = person.model
    teeth = texture.copy()
    teeth[model.masks.mouth] = model.teeth.values(person.teeth).reshape(-1, 3)
    share = (model.mouth.astype(np.float32) / 255)[..., None]
    return np.asarray(texture + share * (teeth - texture), np.float32)


def _background(size: int, random: PortableRandom) -> Floats:
    """Return a background (size, size, 3), RGB, of random brightness."""
    y, x = (np.mgrid[:size, :size].astype(np.float32) + 0.5) / size
    light = 1 + _BACKGROUND_SCATTER * random.normal(1)[0] - _VIGNETTE * (2 * (x - 0.5) ** 2 + (y - 0.35) ** 2)
    return np.asarray(np.minimum(light, 1.1)[..., None] * np.array(_BACKGROUND, np.float32), np.float32)


def _finished(drawn: Floats, background: Floats, random: PortableRandom) -> Pixels:
    """Put a drawn person in front of the background, sharpen the portrait, and add grain.

    Parameters
    ----------
    drawn : (2 size, 2 size, 4)
        YCrCb multiplied by the opacity, and the opacity.
    background : (size, size, 3) RGB
    """
    size = len(background)
    over = cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)
    share = np.clip(over[..., 3:], 0, 1)
    behind = cv2.cvtColor(background, cv2.COLOR_RGB2YCrCb)
    picture = over[..., :3] + (1 - share) * behind
    luminance = picture[..., 0]
    reach = _SHARPENING_REACH * size / _NATIVE_SIZE
    luminance += _SHARPENING * share[..., 0] * (luminance - cv2.GaussianBlur(luminance, (0, 0), reach))
    noise = random.normal(size * size).reshape(size, size).astype(np.float32)
    luminance += _GRAIN * cv2.GaussianBlur(noise, (0, 0), 0.5)
    rgb = cv2.cvtColor(picture.astype(np.float32), cv2.COLOR_YCrCb2RGB)
    return np.asarray(np.clip(255 * rgb + 0.5, 0, 255), np.uint8)
