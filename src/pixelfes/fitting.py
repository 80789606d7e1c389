"""Fitting: from pairs of photos to the three parts of a model."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.data.pairs import Pair
from pixelfes.displacement import OPEN_MOUTH, Displacement, PairStates
from pixelfes.errors import FaceNotFoundError, InputError, PhotoError
from pixelfes.face.congeal import congeal, moved
from pixelfes.face.grid import GridRegistration
from pixelfes.face.landmarks import LandmarkProvider, check_landmarks, find_faces
from pixelfes.face.light import LUMINANCE, Light
from pixelfes.face.mesh import SUPERSAMPLING, MeshRegistration
from pixelfes.photo import PhotoSource, read_photo
from pixelfes.regress import PixelRegressor
from pixelfes.synthesis import BRIGHTEST, Learned

Array = npt.NDArray[np.float64]
Texture = npt.NDArray[np.float32]
Progress: TypeAlias = Callable[[str, int, int], None]

SKIN_BIAS_PENALTY = 1e12
"""Factor on the penalty of the bias outside the mouth: skin has no light of its own to add, only shading, which multiplies."""

_WEAKEST = 0.3
_STRONGEST_WEIGHT = 1.2


@dataclass(frozen=True)
class Skipped:
    """A pair that could not be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class FacePair:
    """A pair whose faces have been found; the photos are read again when their pixels are needed."""

    pair: Pair
    input: Array
    target: Array


def fit_parts(
    pairs: list[Pair],
    registration: Literal["mesh", "grid"],
    size: int,
    regressor: PixelRegressor,
    provider: LandmarkProvider,
    progress: Progress,
) -> tuple[Learned, int, list[Skipped]]:
    """Find the faces, learn how they move, register them, and fit a copy of the regressor.

    Returns
    -------
    learned : Learned
    n_pairs : int
        Pairs that were used.
    skipped : list of Skipped
    """
    faces, skipped = _find_pairs(pairs, provider, progress)
    regressor = deepcopy(regressor)
    if registration == "grid":
        learned = _fit_grid(faces, GridRegistration(size), regressor, progress)
    else:
        learned = _fit_mesh(faces, size, regressor, progress)
    return learned, len(faces), skipped


def _find_pairs(
    pairs: list[Pair], provider: LandmarkProvider, progress: Progress
) -> tuple[list[FacePair], list[Skipped]]:
    faces, skipped = [], []
    for done, pair in enumerate(pairs, start=1):
        try:
            before = _landmarks(pair.input, pair.input_landmarks, provider, "input")
            after = _landmarks(pair.target, pair.target_landmarks, provider, "target")
            faces.append(FacePair(pair, before, after))
        except (PhotoError, FaceNotFoundError) as error:
            skipped.append(Skipped(pair.name, str(error)))
        progress("landmarks", done, len(pairs))
    if not faces:
        reason = f"; the first one: {skipped[0].reason}" if skipped else ""
        raise InputError(f"none of {len(pairs)} pairs can be used{reason}")
    return faces, skipped


def _landmarks(photo: PhotoSource, given: npt.ArrayLike | None, provider: LandmarkProvider, role: str) -> Array:
    pixels = read_photo(photo).pixels
    if given is not None:
        points = check_landmarks(given)
        if not ((points[:, :2] >= 0) & (points[:, :2] < pixels.shape[1::-1])).all(1).any():
            raise FaceNotFoundError(f"the landmarks lie outside the {role} photo")
        return points
    try:
        return find_faces(provider, pixels, "largest")[0]
    except FaceNotFoundError as error:
        raise FaceNotFoundError(f"no face was found in the {role} photo") from error


def _fit_grid(
    faces: list[FacePair], registration: GridRegistration, regressor: PixelRegressor, progress: Progress
) -> Learned:
    shape = (len(faces), registration.size, registration.size, 3)
    X, T = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for n, face in enumerate(faces):
        X[n] = registration.texture(read_photo(face.pair.input).pixels, face.input)
        T[n] = registration.texture(read_photo(face.pair.target).pixels, face.target)
        progress("registration", n + 1, len(faces))
    regressor.fit(X, T, np.array([face.pair.weight for face in faces]))
    return Learned(registration, None, regressor)


def _fit_mesh(faces: list[FacePair], size: int, regressor: PixelRegressor, progress: Progress) -> Learned:
    displacement, states = Displacement.fit([face.input for face in faces], [face.target for face in faces])
    registration = MeshRegistration(displacement.reference + displacement.full, size)
    textures = _Textures.of(faces, registration, progress)
    quality = np.ones(len(faces))
    is_open = states.openness * displacement.full_gap > OPEN_MOUTH
    if is_open.sum() >= 2:
        progress("teeth", 0, 1)
        quality[is_open] = textures.align_mouths(registration, np.flatnonzero(is_open))
        progress("teeth", 1, 1)
    pair_weights = np.array([face.pair.weight for face in faces])
    weights = _weights(registration.mouth, states, is_open, quality) * pair_weights[:, None, None]
    textures.even_exposure(registration)
    targets = _at_full_strength(textures, registration.mouth, states)
    _fit_regressor(regressor, textures.inputs, targets, weights, registration.mouth)
    return Learned(registration, displacement, regressor)


@dataclass(frozen=True)
class _Textures:
    """Registered textures in units of their light: (N, S, S, 3); and the targets' mouths on the fine grid."""

    inputs: Texture
    targets: Texture
    mouths: Texture
    target_lights: list[Light]

    @classmethod
    def of(cls, faces: list[FacePair], registration: MeshRegistration, progress: Progress) -> _Textures:
        size, (rows, columns, mask) = registration.size, registration.fine_mouth
        inputs, targets = (np.empty((len(faces), size, size, 3), np.float32) for _ in range(2))
        mouths = np.empty((len(faces), *mask.shape, 3), np.float32)
        lights = []
        for n, face in enumerate(faces):
            for photo, points, out in ((face.pair.input, face.input, inputs), (face.pair.target, face.target, targets)):
                pixels = read_photo(photo).pixels
                texture = registration.fine_texture(pixels, points)
                light = Light.of(pixels, points)
                out[n] = np.clip(registration.reduced(texture) / light.map(registration.mouth), 0, BRIGHTEST)
            mouths[n] = texture[rows, columns]
            lights.append(light)
            progress("registration", n + 1, len(faces))
        return cls(inputs, targets, mouths, lights)

    def even_exposure(self, registration: MeshRegistration) -> None:
        """Scale the skin of each target, in place, to the mean colour of its input where the expression leaves it alone.

        Two photos of a sitting differ a little in exposure and distance; that is not what a smile does to a forehead.
        """
        calm, mouth = registration.calm_skin, registration.mouth[..., None]
        for before, after in zip(self.inputs, self.targets, strict=True):
            ratio = np.tensordot(calm, before, 2) / np.maximum(np.tensordot(calm, after, 2), 1e-6)
            np.multiply(after, mouth + (1 - mouth) * ratio.astype(np.float32), out=after)

    def align_mouths(self, registration: MeshRegistration, chosen: npt.NDArray[np.int64]) -> Array:
        """Align the teeth of the chosen targets with each other, in place; return how much each should count."""
        rows, columns, mask = registration.fine_mouth
        tooth = np.array([self.target_lights[n].white @ LUMINANCE for n in chosen], np.float32)
        luminance = self.mouths[chosen] @ LUMINANCE.astype(np.float32) / tooth[:, None, None]
        flows, quality = congeal(luminance)
        inside = np.clip(2 * cv2.GaussianBlur(mask, (0, 0), 4) - 0.5, 0, 1)[..., None]
        coarse = tuple(slice(s.start // SUPERSAMPLING, s.stop // SUPERSAMPLING) for s in (rows, columns))
        size = (coarse[1].stop - coarse[1].start, coarse[0].stop - coarse[0].start)
        for n, flow in zip(chosen, flows, strict=True):
            aligned = np.clip(moved(self.mouths[n], flow * inside), 0, 1)
            light = self.target_lights[n].map(registration.mouth)[coarse]
            self.targets[n][coarse] = cv2.resize(aligned, size, interpolation=cv2.INTER_AREA) / light
        return quality


def _weights(mouth: Texture, states: PairStates, is_open: npt.NDArray[np.bool_], quality: Array) -> Texture:
    """Return the weight of every pixel of every pair, (N, S, S).

    Inside the mouth only open mouths say anything. Elsewhere a pair of strength s, its change divided by s, has a noise
    1/s times as large, so it counts s².
    """
    skin = np.clip(states.strength, 0, _STRONGEST_WEIGHT)[:, None, None] ** 2
    teeth = (is_open * quality)[:, None, None]
    return np.asarray((1 - mouth) * skin + mouth * teeth, np.float32)


def _at_full_strength(textures: _Textures, mouth: Texture, states: PairStates) -> Texture:
    """Return targets in which every pair shows the expression at strength 1: skin extrapolated, mouths as they are."""
    stretch = 1 / np.maximum(states.strength, _WEAKEST).astype(np.float32)[:, None, None, None]
    stretch = (1 - mouth[..., None]) * stretch + mouth[..., None]
    targets = textures.inputs + (textures.targets - textures.inputs) * stretch
    return np.asarray(np.clip(targets, -BRIGHTEST, 2 * BRIGHTEST), np.float32)


def _fit_regressor(regressor: PixelRegressor, X: Texture, T: Texture, weights: Texture, mouth: Texture) -> None:
    parameters = regressor.get_params()
    if "bias_penalty" in parameters and parameters["bias_penalty"] is None:
        regressor.set_params(bias_penalty=SKIN_BIAS_PENALTY ** (1 - np.clip(1.5 * mouth, 0, 1).astype(np.float64)))
    if parameters.get("channels") == "shared":
        # Faces are symmetric on average: the mirror images are three more channels, left out together with their pair.
        X, T = (np.concatenate([a, a[:, :, ::-1]], axis=3) for a in (X, T))
    regressor.fit(X, T, weights)
