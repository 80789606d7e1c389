"""The base of every model: photo in, photo out, checked in one place."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, DeepPixels, Pixels
from pixelfes.errors import FaceRefusedError, InputError
from pixelfes.face.landmarks import FaceChoice, FixedLandmarks, LandmarkProvider
from pixelfes.face.trust.judging import judged_faces
from pixelfes.face.trust.verdicts import Verdict
from pixelfes.tracking.readouts import AS_READ, Readouts
from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.expression.pairs import PairLike
    from pixelfes.expression.pairs_to_faces import Skipped
    from pixelfes.tracking.frame_change import Draw
    from pixelfes.tracking.track import TrackedFace

RegistrationName: TypeAlias = Literal["mesh", "grid"]
Precision: TypeAlias = Literal["float16", "float32"]
Progress: TypeAlias = Callable[[str, int, int], None]
"""Called as ``progress(stage, done, total)`` while a model is fitted."""

TeethChoice: TypeAlias = Literal["auto", "closed", "open"]
"""Whether lips part: "auto" keeps those of small children closed."""

LARGEST_INTENSITY = 1.5


def no_progress(stage: str, done: int, total: int) -> None:
    """Ignore the progress of a fit."""


@dataclass(frozen=True)
class ModelInfo:
    """Facts that a model carries beside its numbers: what it was learnt from, and whom to name."""

    expression: str = "expression"
    n_pairs: int = 0
    training_data: str = ""
    licence: str = ""
    attribution: str = ""
    package_version: str = __version__


@dataclass(frozen=True)
class ModelDescription:
    """How a model works.

    Attributes
    ----------
    method : str
        The method's name on the command line: "pixel-rr", "stargan".
    parameters : dict
        The method's settings.
    registration : {"mesh", "grid"}
    size : int
        Side of the model grid, pixels.
    alpha : float or None
        The penalty in use; None if the method has none.
    is_continuous : bool
        Whether intensities between 0 and 1 give something between; False if the model is on or off.
    """

    method: str
    parameters: dict[str, Any]
    registration: RegistrationName
    size: int
    alpha: float | None = None
    is_continuous: bool = True

    def ignores(self, intensity: float) -> bool:
        """Return whether the model treats an intensity other than 0 and 1 like 1."""
        return not self.is_continuous and intensity not in (0, 1)


@dataclass(frozen=True)
class JudgedFace:
    """A face of a photo, and whether a model changes it.

    Attributes
    ----------
    landmarks : (468, 3), image pixels
    verdict : Verdict
        "ok", or the reason to leave the face alone. Landmarks that the caller gives are "ok".
    is_changed : bool
    """

    landmarks: Array
    verdict: Verdict
    is_changed: bool

    @property
    def place(self) -> str:
        """The middle of its landmarks as text: "320, 343"."""
        x, y = self.landmarks[:, :2].mean(0)
        return f"{x:.0f}, {y:.0f}"


@dataclass(frozen=True)
class ChangedPhoto:
    """What a model made of a photo.

    Attributes
    ----------
    pixels : (H, W, 3) uint8
        Faces that are not changed keep every pixel.
    faces : list of JudgedFace
        Every face that was found, largest first.
    deep : (H, W, 3) uint16, optional
        The same in 16 bits, if the photo was given so.
    """

    pixels: Pixels
    faces: list[JudgedFace]
    deep: DeepPixels | None = None


class Model(ABC):
    """A model of one expression: give it a photo of a face, and it returns the same person with that expression.

    A subclass fits, describes and stores itself, and changes one face of an array. This base reads photos, checks
    intensities and finds faces, the same way for all.

    Parameters
    ----------
    landmarks : LandmarkProvider, optional
        What finds faces; a `FaceDetector` by default.

    Attributes
    ----------
    info_ : ModelInfo
        Facts about the fit.
    skipped_ : list of Skipped
        The pairs that could not be used, and why.
    """

    info_: ModelInfo
    skipped_: list[Skipped]

    def __init__(self, landmarks: LandmarkProvider | None = None) -> None:
        self.landmarks = landmarks

    @abstractmethod
    def fit(
        self, pairs: Iterable[PairLike], *, info: ModelInfo | None = None, progress: Progress | None = None
    ) -> Self:
        """Learn an expression from pairs of photos, and return the model itself."""

    @abstractmethod
    def save(self, path: str | Path, precision: Precision = "float32") -> None:
        """Write the model to a safetensors file, completely or not at all."""

    @property
    @abstractmethod
    def n_parameters_(self) -> int:
        """Count of the fitted numbers, the papers' measure of size."""

    @abstractmethod
    def describe(self) -> ModelDescription:
        """Return how the fitted model works."""

    @abstractmethod
    def _change_face(
        self,
        pixels: Pixels,
        landmarks: Array,
        intensity: float,
        teeth: TeethChoice = "auto",
        deep: DeepPixels | None = None,
        readouts: Readouts = AS_READ,
    ) -> None:
        """Change one face of a photo (H, W, 3) in place, and of the same photo in 16 bits; landmarks are in image pixels."""

    @abstractmethod
    def _check_fitted(self) -> None:
        """Raise `InputError` unless the model is fitted."""

    def synthesize(
        self,
        photo: Any,
        intensity: float = 1.0,
        *,
        landmarks: npt.ArrayLike | None = None,
        face: FaceChoice = "all",
        insist: bool = False,
        teeth: TeethChoice = "auto",
        return_faces: bool = False,
    ) -> Any:
        """Return the photo with the expression on its faces.

        Faces that cannot be changed well are left alone: covered mouths, profiles, faces that are too small, not human, or
        uncertain. ``return_faces`` tells which.

        Parameters
        ----------
        photo : (H, W, 3) or (H, W) array of uint8 or uint16, PIL image, path, bytes or binary file
            RGB. Paths, bytes and files are read in 8 bits, and their EXIF orientation is applied.
        intensity : float
            From 0 to 1.5: 0 returns the same pixels, 1 gives the typical expression of the training pairs. A face that
            shows part of the expression gets only what is missing. A model that is on or off (see
            `ModelDescription.is_continuous`) takes every intensity above 0 as 1, and warns if it is another number.
        landmarks : (468, 3) or (K, 468, 3), image pixels, optional
            Used instead of a detector's.
        face : {"all", "largest"}
        insist : bool
            Change every face, whatever its verdict.
        teeth : {"auto", "closed", "open"}
            Whether lips part. "closed" closes parted lips, unless they show teeth. "auto" is "closed" for small children and
            for faces that are not human, "open" for all others. Models without a mesh ignore it.
        return_faces : bool
            Also return the faces.

        Returns
        -------
        picture : uint8 array of the shape of the photo; uint16 or a PIL image if such a photo was given
        faces : list of JudgedFace
            Only with ``return_faces``.

        Raises
        ------
        FaceNotFoundError
            If the photo has no face; a `FaceRefusedError` if it has none that can be changed.
        InputError
            If the intensity, the teeth or the photo is of another kind.
        """
        from pixelfes.photos.reading import pillow_image_like, read_photo

        check_intensity(intensity)
        self._check_fitted()
        self._warn_if_ignored(intensity)
        source = read_photo(photo)
        changed = self.change(
            source.pixels, intensity, landmarks=landmarks, face=face, insist=insist, teeth=teeth, deep=source.deep
        )
        picture: Any = changed.pixels if changed.deep is None else changed.deep
        if _is_pil(photo):
            picture = pillow_image_like(changed.pixels, photo)
        elif isinstance(photo, np.ndarray) and photo.ndim == 2:
            picture = picture[..., 0]
        return (picture, changed.faces) if return_faces else picture

    def synthesize_pixels(
        self,
        pixels: Pixels,
        intensity: float = 1.0,
        *,
        landmarks: npt.ArrayLike | None = None,
        face: FaceChoice = "all",
        insist: bool = False,
        teeth: TeethChoice = "auto",
    ) -> Pixels:
        """Return an (H, W, 3) uint8 RGB array with the expression; read, convert and warn about nothing.

        Parameters, results and errors are those of `synthesize`.
        """
        return self.change(pixels, intensity, landmarks=landmarks, face=face, insist=insist, teeth=teeth).pixels

    def change(
        self,
        pixels: Pixels,
        intensity: float = 1.0,
        *,
        landmarks: npt.ArrayLike | None = None,
        face: FaceChoice = "all",
        insist: bool = False,
        teeth: TeethChoice = "auto",
        deep: DeepPixels | None = None,
    ) -> ChangedPhoto:
        """Return an (H, W, 3) uint8 RGB array with the expression, and the verdict on each face.

        Parameters and errors are those of `synthesize`; ``deep`` is the same photo in 16 bits, (H, W, 3) uint16.
        """
        check_intensity(intensity)
        check_teeth(teeth)
        self._check_fitted()
        judged = judged_faces(self.provider(landmarks), pixels, face)
        faces = [JudgedFace(points, verdict, insist or verdict == Verdict.OK) for points, verdict in judged]
        if not any(one.is_changed for one in faces):
            raise FaceRefusedError(
                f"no face can be changed: {', '.join(f'{one.verdict} (at {one.place})' for one in faces)}"
            )
        out, deep = pixels.copy(), None if deep is None else deep.copy()
        if intensity > 0:
            for one in faces:
                if one.is_changed:
                    closed = teeth == "auto" and one.verdict == Verdict.NOT_HUMAN
                    self._change_face(out, one.landmarks, intensity, "closed" if closed else teeth, deep)
        return ChangedPhoto(out, faces, deep)

    def stream(
        self,
        frames: Iterable[Pixels],
        times: Iterable[float] | None = None,
        intensity: float | Callable[[float], float] = 1.0,
        *,
        face: FaceChoice = "all",
        insist: bool = False,
        teeth: TeethChoice = "auto",
    ) -> Iterator[Pixels]:
        """Yield every frame of a film with the expression on its faces, without flicker.

        Faces are followed from frame to frame, and what is read from them is filtered. Frames without a face that can be
        changed pass as they are. The generator keeps the state of one film.

        Parameters
        ----------
        frames : iterable of (H, W, 3) uint8, RGB
            Each is kept until the next one comes, and not changed.
        times : iterable of float, optional
            Seconds, rising; one for each frame. By default there are 25 frames a second.
        intensity : float, or a function of the time in seconds that returns one
            From 0 to 1.5.
        face, insist, teeth
            As in `synthesize`.

        Yields
        ------
        (H, W, 3) uint8

        Raises
        ------
        InputError
            If a frame, a time or a parameter is wrong.

        Examples
        --------
        >>> import numpy as np
        >>> import pixelfes
        >>> black = [np.zeros((72, 96, 3), np.uint8)] * 3
        >>> [frame.shape for frame in pixelfes.load("smile").stream(black)]
        [(72, 96, 3), (72, 96, 3), (72, 96, 3)]
        """
        from pixelfes.tracking.frame_change import FrameChange, stream_frames

        self._check_fitted()
        check_teeth(teeth)
        change = FrameChange(self.provider(None), face, insist=insist)
        return stream_frames(change, frames, times, lambda time: self.drawing(intensity_at(intensity, time), teeth))

    def drawing(self, intensity: float, teeth: TeethChoice = "auto") -> Draw:
        """Return the function that changes a tracked face of a frame in place, at an intensity."""

        def draw(pixels: Pixels, face: TrackedFace) -> None:
            amount = intensity * face.share
            closed = teeth == "auto" and face.verdict == Verdict.NOT_HUMAN
            if amount > 0:
                self._change_face(pixels, face.landmarks, amount, "closed" if closed else teeth, readouts=face.readouts)

        return draw

    def _warn_if_ignored(self, intensity: float) -> None:
        if self.describe().ignores(intensity):
            message = f"this model is on or off: intensity {intensity:g} is the same as 1"
            warnings.warn(message, UserWarning, stacklevel=3)

    def provider(self, landmarks: npt.ArrayLike | None) -> LandmarkProvider:
        """Return what finds faces: given landmarks, the model's own provider, or a `FaceDetector`."""
        if landmarks is not None:
            given = np.asarray(landmarks)
            return FixedLandmarks(*(given if given.ndim == 3 else [given]))
        if self.landmarks is None:
            from pixelfes.face.detector.face_detector import FaceDetector

            self.landmarks = FaceDetector()
        return self.landmarks


def intensity_at(intensity: float | Callable[[float], float], time: float) -> float:
    """Return the intensity at a time, s, and check it."""
    found = intensity(time) if callable(intensity) else intensity
    check_intensity(found)
    return found


def check_intensity(intensity: float) -> None:
    """Raise `InputError` unless an intensity is a number from 0 to 1.5."""
    number = isinstance(intensity, int | float | np.number) and not isinstance(intensity, bool)
    if not number or not isfinite(intensity) or not 0 <= intensity <= LARGEST_INTENSITY:
        raise InputError(f"intensity must be a number from 0 to {LARGEST_INTENSITY:g}; found {intensity!r}")


def check_precision(precision: str) -> None:
    """Raise `InputError` unless a precision of stored numbers is known."""
    if precision not in get_args(Precision):
        raise InputError(f"precision must be 'float16' or 'float32'; found {precision!r}")


def check_teeth(teeth: str) -> None:
    """Raise `InputError` unless a choice of teeth is known."""
    if teeth not in get_args(TeethChoice):
        raise InputError(f"teeth must be {', '.join(map(repr, get_args(TeethChoice)))}; found {teeth!r}")


def _is_pil(photo: object) -> bool:
    return type(photo).__module__.startswith("PIL.")
