"""Register the training portraits on one atlas, and fill in the pixels that a portrait does not show.

Convention: atlas pixels and frame pixels (see `people_photos`) are x right, y down, pixel centres at whole numbers. A is the
side of the atlas, `SIZE`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from people_contours import BOTTOM_Y, HAIR_IN_FACE, LOOSE_HAIR, patch
from people_photos import EYE_DISTANCE, EYES_MIDDLE, Person, Portrait, lab, person_mask
from pixelfes.arrays import Array, Floats
from pixelfes.face.alignment import symmetric
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.mesh import GRID_SUPERSAMPLING, MeshRegistration
from pixelfes.face.smooth import magnified, smoothstep
from pixelfes.face.teeth_alignment import TeethTemplate, warped_by_flow
from pixelfes.face.topology import INNER_LIPS, N_POINTS, OVAL, Region
from pixelfes.people.portrait_mesh import FOREHEAD, N_RING, N_VERTICES, Atlas, mirror_vertices

SIZE = 256
# Magnification of the face in the atlas: gain, and reach in distances between the eyes.
_MAGNIFY_COLUMNS = (1.0, 0.9)  # around the middle
_MAGNIFY_MOUTH = (1.2, 0.35)  # rows
_MAGNIFY_EYES = (0.5, 0.4)  # rows
_LEFT, _TOP = 1.7, 2.05  # extent of the atlas beyond the eyes, in distances between them
_FACE_FADES = 14  # atlas pixels inwards from the oval
_EDGE = (0.45, 0.85)  # shares of people between which the outline goes from transparent to opaque
_NECK_EDGE = (0.65, 0.95)
_FEATHER = 2.0  # atlas pixels of the transition from visible to filled-in texture
_SKIN_DIFFERENCE = (-40.0, 12.0, 16.0)  # of a neck from the face: least and greatest L*, greatest distance in a* b*
_MIDDLE = 42  # atlas pixels from the middle of the neck without hair, where the chin's shadow may be darker
_FEWEST = 8  # people who must show a pixel
_CHEEKS = (50, 280, 101, 330, 36, 266)
_COMPONENTS, _ROUNDS = 10, 6


def mean_atlas(vertices: Array) -> Atlas:
    """Return the atlas: a portrait mesh (540, 2; frame pixels) made symmetric, with the face magnified."""
    across = vertices[mirror_vertices()] * [-1, 1] + [2 * EYES_MIDDLE[0], 0]
    mean = (vertices + across) / 2
    mouth = float(mean[list(INNER_LIPS), 1].mean())

    def rows(y: Array) -> Array:
        y = magnified(y, mouth, _MAGNIFY_MOUTH[0], _MAGNIFY_MOUTH[1] * EYE_DISTANCE)
        eyes = magnified(np.array([EYES_MIDDLE[1]]), mouth, _MAGNIFY_MOUTH[0], _MAGNIFY_MOUTH[1] * EYE_DISTANCE)
        return magnified(y, float(eyes[0]), _MAGNIFY_EYES[0], _MAGNIFY_EYES[1] * EYE_DISTANCE)

    def columns(x: Array) -> Array:
        return magnified(x, float(EYES_MIDDLE[0]), _MAGNIFY_COLUMNS[0], _MAGNIFY_COLUMNS[1] * EYE_DISTANCE)

    left, right = columns(EYES_MIDDLE[0] + EYE_DISTANCE * np.array([-_LEFT, _LEFT]))
    top, bottom = rows(np.array([EYES_MIDDLE[1] - _TOP * EYE_DISTANCE, BOTTOM_Y - 0.04 * EYE_DISTANCE]))
    x = (columns(mean[:, 0]) - left) / (right - left)
    y = (rows(mean[:, 1]) - top) / (bottom - top)
    return Atlas(np.column_stack([x, y]).astype(np.float64) * (SIZE - 1), SIZE)


@dataclass(frozen=True)
class AtlasMasks:
    """Shares of the atlas pixels, (A, A) from 0 to 1.

    Attributes
    ----------
    oval : 1 inside the oval of the face
    face : 1 on the face, falling to 0 towards the oval; a smile may change this
    mouth : between the lips
    calm : skin that a smile does not change
    """

    oval: Floats
    face: Floats
    mouth: Floats
    calm: Floats

    @classmethod
    def of(cls, atlas: Atlas) -> AtlasMasks:
        """Draw the masks of an atlas."""
        oval = _filled(atlas.vertices[list(OVAL)])
        inside = cv2.distanceTransform(oval, cv2.DIST_L2, 5)
        face = smoothstep(inside, 0, _FACE_FADES).astype(np.float32)
        cheeks = atlas.vertices[[50, 280], 1].mean()
        calm = (face > 0.9) & (np.arange(SIZE)[:, None] < cheeks) & (atlas.coverage(Region.EYE) < 0.01)
        return cls(oval.astype(np.float32), face, atlas.coverage(Region.MOUTH), calm.astype(np.float32))


def _filled(outline: Array) -> npt.NDArray[np.uint8]:
    """Return a mask (A, A) of the inside of an outline (K, 2)."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    return mask


def _opacity(atlas: Atlas, seen: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_]) -> Floats:
    """Return the common opacity (A, A) of all people: the mean outline with a sharpened edge.

    Parameters
    ----------
    seen, inside : (N, A, A)
        Pixels that show the person, and pixels inside the photo, of people with tidy hair.
    """
    share = (seen & inside).sum(0) / np.maximum(inside.sum(0), 1)
    within = atlas.coverage(Region.SKIN, Region.EYE, Region.MOUTH, Region.RING)
    share = np.where(inside.sum(0) < _FEWEST, within, share).astype(np.float32)
    share = cv2.GaussianBlur(share, (0, 0), 0.7)
    below_ears = np.arange(SIZE)[:, None] > atlas.vertices[N_POINTS + 9, 1]
    opaque = np.where(below_ears, smoothstep(share, *_NECK_EDGE), smoothstep(share, *_EDGE))
    return opaque.astype(np.float32)


@dataclass(frozen=True)
class RegisteredPortraits:
    """The registered portraits of N people, YCrCb from 0 to 1, (N, A, A, 3).

    Attributes
    ----------
    opacity : (A, A)
        Share of each atlas pixel that shows the person.
    neutral
        Textures of the neutral portraits, with hidden pixels filled in.
    change
        What the smile adds to the face; 0 between the lips.
    teeth : (M, A, A, 3)
        Textures of the smiles with an open mouth, their teeth aligned.
    """

    opacity: Floats
    neutral: Floats
    change: Floats
    teeth: Floats


def register_portraits(
    people: list[Person], meshes: tuple[Array, Array], atlas: Atlas, masks: AtlasMasks, is_open: npt.NDArray[np.bool_]
) -> RegisteredPortraits:
    """Register all portraits on the atlas.

    Parameters
    ----------
    people : list of N Person
    meshes : two (N, 540, 2), frame pixels
        Of the neutral and of the smiling portraits.
    atlas : Atlas
    masks : AtlasMasks
    is_open : (N,)
        Whether the smile opens the mouth.
    """
    neutral = np.array(
        [_ycrcb(atlas.from_portrait(p.neutral.pixels, v)) for p, v in zip(people, meshes[0], strict=True)]
    )
    smiling = np.array(
        [_ycrcb(atlas.from_portrait(p.smiling.pixels, v)) for p, v in zip(people, meshes[1], strict=True)]
    )
    inside = np.array([_inside(p.neutral, v, atlas) for p, v in zip(people, meshes[0], strict=True)])
    seen = np.array([_seen(p, v, atlas, masks) for p, v in zip(people, meshes[0], strict=True)])
    tidy = np.array([person.name not in LOOSE_HAIR | HAIR_IN_FACE for person in people])
    seen_or_mirrored, inside_or_mirrored = (np.concatenate([m[tidy], m[tidy, :, ::-1]]) for m in (seen, inside))
    smiling = np.array([_evened(a, b, masks.calm) for a, b in zip(neutral, smiling, strict=True)])
    change = (smiling - neutral) * (masks.face * (1 - masks.mouth))[..., None]
    hidden = np.array([person.name in HAIR_IN_FACE for person in people])
    change[hidden, : int(_brow_row(atlas))] = 0
    teeth = _teeth([p for p, opens in zip(people, is_open, strict=True) if opens], atlas)
    opacity = _opacity(atlas, seen_or_mirrored, inside_or_mirrored)
    return RegisteredPortraits(opacity, _filled_in(neutral, seen & inside), change.astype(np.float32), teeth)


def _brow_row(atlas: Atlas) -> float:
    """Return the row of the atlas, in pixels, above which hair may cover the face."""
    return float(atlas.vertices[[107, 336], 1].min())


def _ycrcb(texture: Floats) -> Floats:
    """Convert RGB from 0 to 255 to YCrCb from 0 to 1."""
    return np.asarray(cv2.cvtColor(np.clip(texture / 255, 0, 1), cv2.COLOR_RGB2YCrCb), np.float32)


def _evened(before: Floats, after: Floats, calm: Floats) -> Floats:
    """Scale a smiling texture so that calm skin has the mean colour of the neutral one: two photos differ in exposure."""
    rgb = [cv2.cvtColor(texture, cv2.COLOR_YCrCb2RGB) for texture in (before, after)]
    means = [(calm[..., None] * texture).sum((0, 1)) for texture in rgb]
    return np.asarray(
        cv2.cvtColor((rgb[1] * (means[0] / means[1])).astype(np.float32), cv2.COLOR_RGB2YCrCb), np.float32
    )


def _inside(portrait: Portrait, vertices: Array, atlas: Atlas) -> npt.NDArray[np.bool_]:
    """Return which atlas pixels (A, A) are inside the photo."""
    return np.asarray(atlas.from_portrait(portrait.inside.astype(np.uint8), vertices) > 0.99)


def _seen(person: Person, vertices: Array, atlas: Atlas, masks: AtlasMasks) -> npt.NDArray[np.bool_]:
    """Return which atlas pixels (A, A) are visible: the face and, if the hair is tidy, hair, ears and bare neck."""
    portrait = person.neutral
    solid = cv2.erode(person_mask(portrait).astype(np.uint8), np.ones((3, 3), np.uint8))
    outside = atlas.from_portrait(solid, vertices) > 0.9
    below_ears = np.arange(SIZE)[:, None] > atlas.vertices[N_POINTS + 9, 1]
    like_skin, darker = (mask.astype(np.uint8) for mask in _like_skin(portrait))
    middle = np.abs(np.arange(SIZE) - (SIZE - 1) / 2) < _MIDDLE
    bare = (
        np.where(middle, atlas.from_portrait(like_skin | darker, vertices), atlas.from_portrait(like_skin, vertices))
        > 0.9
    )
    seen = masks.oval > 0
    if person.name not in LOOSE_HAIR:
        seen = seen | (outside & (bare | ~below_ears))
    if person.name in HAIR_IN_FACE:
        seen = seen & (np.arange(SIZE)[:, None] > _brow_row(atlas))
    return np.asarray(seen)


def _like_skin(portrait: Portrait) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which frame pixels have the colour of the face's skin, not of hair or shirt, and which are darker."""
    colours = lab(portrait.pixels)
    skin = np.median([patch(colours, point) for point in portrait.points[list(_CHEEKS)]], axis=0)
    dark, bright, tint = _SKIN_DIFFERENCE
    lighter = colours[..., 0] - skin[0]
    tinted = np.linalg.norm((colours - skin)[..., 1:], axis=2) < tint
    return np.asarray((lighter > dark) & (lighter < bright) & tinted), np.asarray(lighter < 0)


def _filled_in(pictures: Floats, seen: npt.NDArray[np.bool_]) -> Floats:
    """Fill in hidden pixels by principal components of the visible ones, or from their neighbours if few people show them."""
    weight = np.array([_feathered(mask) for mask in seen])[..., None]
    mean = (pictures * weight).sum(0) / np.maximum(weight.sum(0), 1e-3)
    mean = _inpainted(mean, seen.sum(0) >= _FEWEST)
    full = weight * pictures + (1 - weight) * mean
    for _ in range(_ROUNDS):
        centre = full.mean(0)
        rows = (full - centre).reshape(len(full), -1)
        _, axes = np.linalg.eigh(rows @ rows.T)
        axes = axes[:, -_COMPONENTS:]
        guess = (axes @ (axes.T @ rows)).reshape(full.shape) + centre
        full = weight * pictures + (1 - weight) * guess
    return np.asarray(full, np.float32)


def _feathered(mask: npt.NDArray[np.bool_]) -> Floats:
    """Return weights (A, A) of a mask that fall to 0 towards its edge, from the inside."""
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    return smoothstep(inside, 0.5, 0.5 + 2 * _FEATHER).astype(np.float32)


def _inpainted(picture: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """Fill in unknown pixels with the colours of known ones, nearest first."""
    share = known.astype(np.float32)
    out = picture * share[..., None]
    done = known.copy()
    for reach in (2.0, 4.0, 8.0, 16.0, 64.0):
        near = cv2.GaussianBlur(share, (0, 0), reach)
        spread = cv2.GaussianBlur(picture * share[..., None], (0, 0), reach) / np.maximum(near, 1e-6)[..., None]
        now = ~done & (near > 0.02)
        out[now] = spread[now]
        done |= now
    out[~done] = out[done].mean(0)
    return np.asarray(out, np.float32)


def _teeth(people: list[Person], atlas: Atlas) -> Floats:
    """Return the textures (M, A, A, 3) of open mouths, aligned so that the gaps between the teeth coincide."""
    mesh = MeshRegistration(_mean_smile(people), 112)
    rows, columns, inside = mesh.fine_mouth
    reach = np.clip(2 * cv2.GaussianBlur(inside, (0, 0), 4) - 0.5, 0, 1)[..., None]
    fine = [mesh.fine_texture(person.smiling.pixels, person.smiling.points) for person in people]
    grey = [np.asarray(texture[rows, columns] @ LUMINANCE.astype(np.float32)) for texture in fine]
    template = TeethTemplate.of(np.array(grey))
    vertices = np.zeros((N_VERTICES, 2))
    vertices[: N_POINTS + N_RING] = (mesh.vertices + 0.5) * GRID_SUPERSAMPLING - 0.5
    aligned = []
    for texture, luminance in zip(fine, grey, strict=True):
        flow, _ = template.align(luminance)
        texture[rows, columns] = np.clip(warped_by_flow(texture[rows, columns].copy(), flow * reach), 0, 1)
        aligned.append(_ycrcb(255 * atlas.from_portrait(texture, vertices)))
    return np.array(aligned)


def _mean_smile(people: list[Person]) -> Array:
    """Return the symmetric mean shape (468, 3), canonical, of the smiling faces."""
    points = np.mean([person.smiling.points for person in people], axis=0)
    shape = np.column_stack([(points[:, :2] - EYES_MIDDLE) / EYE_DISTANCE, points[:, 2] / EYE_DISTANCE])
    return symmetric(shape)


def fitted_vertices(vertices: Array) -> Array:
    """Return the vertices of portrait meshes (N, 540, 2) that are fitted to contours: forehead, outline, halo, (N, 94, 2)."""
    return np.concatenate([vertices[:, list(FOREHEAD)], vertices[:, N_POINTS:]], axis=1)
