"""Register pairs: from the faces of a pair to the textures that a regressor learns from, one pair at a time.

A `RegistrationPlan` holds what depends on all pairs. With it every pair is registered alone, so shards can be formed in
any way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats
from pixelfes.expression.displacement import OPEN_MOUTH, Displacement, PairStates
from pixelfes.expression.pairs_to_faces import UNUSABLE, Errors, FacePair, Skipped, Tick, no_tick
from pixelfes.expression.synthesis import BRIGHTEST
from pixelfes.face.appearance.light import LUMINANCE, Light
from pixelfes.face.grid import GridRegistration
from pixelfes.face.mesh import GRID_SUPERSAMPLING, MeshRegistration
from pixelfes.face.teeth_alignment import TeethTemplate, warped_by_flow
from pixelfes.photos.reading import PhotoSource, read_photo

_WEAKEST = 0.3
"""Smallest strength that a target is extrapolated from."""
_STRONGEST_WEIGHT = 1.2
"""Strength from which on a pair's weight grows no more."""


@dataclass(frozen=True)
class RegistrationPlan:
    """What the registration of one pair needs to know about all pairs.

    Attributes
    ----------
    registration : MeshRegistration or GridRegistration
    displacement : Displacement, or None
        None for the grid.
    template : TeethTemplate, or None
        What open mouths are aligned with; None for the grid, or if fewer than two mouths open.
    """

    registration: MeshRegistration | GridRegistration
    displacement: Displacement | None = None
    template: TeethTemplate | None = None

    def is_open(self, states: PairStates) -> npt.NDArray[np.bool_]:
        """Return which targets open their mouth, (N,)."""
        gap = self.displacement.full_gap if self.displacement else 0.0
        return np.asarray(states.openness * gap > OPEN_MOUTH)


@dataclass(frozen=True)
class RegisteredTextures:
    """The registered pairs of a shard, a weight for every pixel, and the pairs left out.

    Attributes
    ----------
    X, T : (N, S, S, 3) float32
    weight : (N, S, S) float64
    """

    X: Floats
    T: Floats
    weight: Array
    skipped: list[Skipped] = field(default_factory=list)

    def samples(self, mirrored: bool) -> tuple[Floats, Floats, Array]:
        """Return X, T and weights for a regressor; ``mirrored`` adds the mirror images as three more channels."""
        if not mirrored:
            return self.X, self.T, self.weight
        X, T = (np.concatenate([a, a[:, :, ::-1]], axis=3) for a in (self.X, self.T))
        return X, T, self.weight


def register(
    faces: Sequence[FacePair],
    states: PairStates,
    plan: RegistrationPlan,
    unusable: Errors = UNUSABLE,
    tick: Tick = no_tick,
) -> RegisteredTextures:
    """Register the pairs of a shard.

    Parameters
    ----------
    faces : list of FacePair
    states : PairStates
        The states of these pairs, in their order.
    plan : RegistrationPlan
    unusable, tick
        See `find_pairs`.
    """
    size = plan.registration.size
    X, T = (np.empty((len(faces), size, size, 3), np.float32) for _ in range(2))
    weight = np.empty((len(faces), size, size))
    skipped: list[Skipped] = []
    is_open, used = plan.is_open(states), 0
    for n, face in enumerate(faces):
        try:
            if isinstance(plan.registration, MeshRegistration):
                strength = float(states.strength[n])
                X[used], T[used], weight[used] = _on_mesh(face, plan.registration, strength, is_open[n], plan.template)
            else:
                X[used], T[used], weight[used] = _on_grid(face, plan.registration)
            used += 1
        except unusable as error:
            skipped.append(Skipped.after(face.pair.name, error))
        tick(n + 1)
    return RegisteredTextures(X[:used], T[:used], weight[:used] if used else np.empty((0, size, size)), skipped)


def mouth_pictures(faces: Sequence[FacePair], plan: RegistrationPlan, unusable: Errors = UNUSABLE) -> list[Floats]:
    """Return the mouths of the targets for `TeethTemplate`: luminance in units of white, on the fine model grid."""
    pictures: list[Floats] = []
    registration = plan.registration
    if not isinstance(registration, MeshRegistration):
        return pictures
    for face in faces:
        try:
            mouth = _LitTexture.of(face.pair.target, face.target, registration)
            pictures.append(mouth.teeth(registration))
        except unusable:
            continue  # `register` reports it
    return pictures


def _on_grid(face: FacePair, registration: GridRegistration) -> tuple[Floats, Floats, Array]:
    x, t = (
        registration.texture(read_photo(photo).pixels, points)
        for photo, points in ((face.pair.input, face.input), (face.pair.target, face.target))
    )
    return x, t, np.full((registration.size, registration.size), float(face.pair.weight))


def _on_mesh(
    face: FacePair, registration: MeshRegistration, strength: float, is_open: bool, template: TeethTemplate | None
) -> tuple[Floats, Floats, Array]:
    before = _LitTexture.of(face.pair.input, face.input, registration)
    after = _LitTexture.of(face.pair.target, face.target, registration)
    quality = after.align_mouth(registration, template) if is_open and template else float(is_open)
    x, t = before.pixels, after.pixels
    t = _evenly_exposed(x, t, registration)
    weight = _weight(registration.mouth_mask, strength, quality) * face.pair.weight
    return x, _at_full_strength(x, t, registration.mouth_mask, strength), weight


@dataclass(frozen=True)
class _LitTexture:
    """A registered photo divided by its light, (S, S, 3); that light; and its mouth on the fine grid, not divided."""

    pixels: Floats
    light: Light
    mouth: Floats

    @classmethod
    def of(cls, photo: PhotoSource, points: Array, registration: MeshRegistration) -> _LitTexture:
        pixels = read_photo(photo).pixels
        texture = registration.fine_texture(pixels, points)
        light = Light.of(pixels, points)
        lit = np.clip(registration.reduced(texture) / light.on_texture(registration.mouth_mask), 0, BRIGHTEST)
        rows, columns, _ = registration.fine_mouth
        return cls(lit, light, texture[rows, columns].copy())

    def teeth(self, registration: MeshRegistration) -> Floats:
        return np.asarray(self.mouth @ LUMINANCE.astype(np.float32) / np.float32(self.light.white @ LUMINANCE))

    def align_mouth(self, registration: MeshRegistration, template: TeethTemplate) -> float:
        """Align the teeth with the template, in place; return the weight of the aligned teeth, 0 to 1."""
        rows, columns, mask = registration.fine_mouth
        flow, quality = template.align(self.teeth(registration))
        inside = np.clip(2 * cv2.GaussianBlur(mask, (0, 0), 4) - 0.5, 0, 1)[..., None]
        coarse = tuple(slice(s.start // GRID_SUPERSAMPLING, s.stop // GRID_SUPERSAMPLING) for s in (rows, columns))
        size = (coarse[1].stop - coarse[1].start, coarse[0].stop - coarse[0].start)
        aligned = np.clip(warped_by_flow(self.mouth, flow * inside), 0, 1)
        light = self.light.on_texture(registration.mouth_mask)[coarse]
        self.pixels[coarse] = cv2.resize(aligned, size, interpolation=cv2.INTER_AREA) / light
        return quality


def _evenly_exposed(before: Floats, after: Floats, registration: MeshRegistration) -> Floats:
    """Scale the target so that skin which the expression leaves alone has the mean colour of the input.

    Two photos of one sitting differ a little in exposure and distance. The model must not learn that as expression.
    """
    calm, mouth = registration.calm_skin[..., None], registration.mouth_mask[..., None]
    # Plain sums: the sums of a BLAS depend on its number of threads, here and on a worker.
    skin, skin_after = (np.sum(calm * texture, axis=(0, 1), dtype=np.float64) for texture in (before, after))
    ratio = skin / np.maximum(skin_after, 1e-6)
    return np.asarray(after * (mouth + (1 - mouth) * ratio.astype(np.float32)))


def _weight(mouth: Floats, strength: float, quality: float) -> Array:
    """Return the weight of every pixel of a pair, (S, S).

    Inside the mouth only open mouths count: the quality of a closed one is 0. Elsewhere the change of a pair with
    strength s is divided by s, which multiplies its noise by 1/s, so the pair counts s².
    """
    skin = np.clip(strength, 0, _STRONGEST_WEIGHT) ** 2
    return np.asarray((1 - mouth) * skin + mouth * quality, np.float64)


def _at_full_strength(before: Floats, after: Floats, mouth: Floats, strength: float) -> Floats:
    """Return the target at strength 1: skin extrapolated, mouth unchanged."""
    share = mouth[..., None]
    stretch = (1 - share) * np.float32(1 / max(strength, _WEAKEST)) + share
    return np.asarray(np.clip(before + (after - before) * stretch, -BRIGHTEST, 2 * BRIGHTEST), np.float32)
