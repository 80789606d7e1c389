"""Change one photo of ``pixelfes apply``: read it, change its faces, encode it, write it."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pixelfes.cli.apply.outcomes import FaceOutcome, Outcome, Status
from pixelfes.errors import FaceNotFoundError, PhotoError

if TYPE_CHECKING:
    from pixelfes.arrays import Deep, DeepPixels, Pixels
    from pixelfes.cli.apply.settings import ApplySettings
    from pixelfes.cli.apply.targets import PhotoJob
    from pixelfes.expression.base import ChangedPhoto, JudgedFace, Model
    from pixelfes.photos.frames import Frames
    from pixelfes.photos.reading import Photo
    from pixelfes.tracking.frame_change import Draw, FrameChange


@dataclass(frozen=True)
class ChangedFile:
    """A changed photo as a file, its faces, and what of the given file it does not hold."""

    data: bytes
    faces: list[JudgedFace]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhotoChange:
    """A loaded model with the settings.

    Attributes
    ----------
    model : Model
    settings : ApplySettings
    mark : str
        The text in the metadata of the outputs.
    """

    model: Model
    settings: ApplySettings
    mark: str

    @classmethod
    def load(cls, settings: ApplySettings) -> PhotoChange:
        """Load the model of the settings."""
        from pixelfes.cli.apply.expressions import load_for
        from pixelfes.cli.apply.targets import safe_name
        from pixelfes.face.detector.face_detector import FaceDetector

        model = load_for(settings)
        if settings.faces.small_faces:
            model.landmarks = FaceDetector(small_faces=True)
        return cls(model, settings, settings.mark(safe_name(model.info_.expression)))

    @property
    def label(self) -> str:
        """The part of output names that says what was done: "smile", "smile-compare"."""
        from pixelfes.cli.apply.targets import safe_name

        expression = safe_name(self.model.info_.expression)
        return f"{expression}-compare" if self.settings.compare else expression

    def run(self, job: PhotoJob) -> Outcome:
        """Change a photo and write the output; an error becomes a failed outcome."""
        from pixelfes.cli.outputs import make_folder
        from pixelfes.file_writing import write_file

        start = time.perf_counter()
        source = "stdin" if job.source is None else str(job.source)
        try:
            changed = self.encoded(job.source, job.format)
            make_folder(job.target.parent)
            write_file(job.target, changed.data)
        except (PhotoError, FaceNotFoundError) as error:
            return Outcome(source, Status.FAILED, reason=str(error), seconds=time.perf_counter() - start)
        return Outcome(
            source,
            Status.WRITTEN,
            str(job.target),
            faces=_outcomes(changed.faces),
            notes=changed.notes,
            seconds=time.perf_counter() - start,
        )

    def encoded(self, source: Path | None, format: str | None = None) -> ChangedFile:
        """Return the changed photo as a file.

        Parameters
        ----------
        source : Path, or None for stdin
        format : str, optional
            Of the file; by default that of the photo.

        Raises
        ------
        PhotoError
            If the photo cannot be read or encoded.
        FaceNotFoundError
            If it has no face that can be changed.
        """
        from pixelfes.photos.reading import MAX_BYTES

        try:
            given = stdin().read(MAX_BYTES + 1) if source is None else source
            frames = _frames(given, format, self.settings.max_pixels)
            return self._of_frames(frames, format) if frames else self._of_photo(given, format)
        except (PhotoError, FaceNotFoundError) as error:
            if source is None:
                raise type(error)(str(error).replace("the photo cannot be read", "stdin cannot be read")) from error
            if str(source) in str(error):
                raise
            raise type(error)(f"{source}: {error}") from error

    def frame_change(self) -> FrameChange:
        """Return what changes the frames of one film."""
        from pixelfes.tracking.frame_change import FrameChange

        faces = self.settings.faces
        return FrameChange(self.model.provider(None), faces.choice, insist=faces.insist)

    def drawing(self) -> Draw:
        """Return what draws a face of a film."""
        return self.model.drawing(self.settings.intensity, self.settings.faces.teeth)

    def changed(self, pixels: Pixels, deep: DeepPixels | None = None) -> ChangedPhoto:
        """Return changed pixels (H, W, 3), and the faces.

        Raises
        ------
        FaceNotFoundError
            If there is no face that can be changed.
        """
        faces = self.settings.faces
        return self.model.change(
            pixels, self.settings.intensity, face=faces.choice, insist=faces.insist, teeth=faces.teeth, deep=deep
        )

    def _of_photo(self, given: Path | bytes, format: str | None) -> ChangedFile:
        from pixelfes.photos.deep import DEEP_FORMATS
        from pixelfes.photos.reading import CUT_TO_8_BITS, read_photo
        from pixelfes.photos.writing import check_size, encode_photo

        settings = self.settings
        photo = read_photo(given, max_pixels=settings.max_pixels, keep_depth=True)
        height, width = photo.pixels.shape[:2]
        check_size(format or photo.format, height, side_by_side_width(width, height) if settings.compare else width)
        made, faces = self._made(photo)
        data = encode_photo(
            made,
            format or photo.format,
            made_by=self.mark,
            keep_metadata=settings.keep_metadata,
            quality=settings.quality,
        )
        cut = photo.deep is not None and (format or photo.format) not in DEEP_FORMATS
        return ChangedFile(data, faces, (*photo.notes, *[CUT_TO_8_BITS] * cut))

    def _of_frames(self, frames: Frames, format: str | None) -> ChangedFile:
        """Change every picture of a file; pictures without a face stay as they are, unless none has one."""
        from pixelfes.photos.frames import encode_frames

        made, faces, errors = self._shown_in_order(frames) if frames.durations else self._pages(frames)
        if len(errors) == len(made):
            raise errors[0]
        settings = self.settings
        data = encode_frames(
            replace(frames, photos=made),
            format or made[0].format,
            made_by=self.mark,
            keep_metadata=settings.keep_metadata,
            quality=settings.quality,
        )
        notes = (f"{len(errors)} of its {len(made)} pictures have no face that can be changed",) * bool(errors)
        return ChangedFile(data, faces, (*frames.photos[0].notes, *notes))

    def _pages(self, frames: Frames) -> tuple[list[Photo], list[JudgedFace], list[FaceNotFoundError]]:
        """Change pictures that have nothing to do with each other."""
        made, faces, errors = [], [], []
        for photo in frames.photos:
            try:
                changed, seen = self._made(photo)
                faces += seen
            except FaceNotFoundError as error:
                errors.append(error)
                changed = _beside(photo, photo) if self.settings.compare else photo
            made.append(changed)
        return made, faces, errors

    def _shown_in_order(self, frames: Frames) -> tuple[list[Photo], list[JudgedFace], list[FaceNotFoundError]]:
        """Change the frames of an animation, with steady faces."""
        from pixelfes.expression.base import JudgedFace

        stream, at = self.frame_change(), 0.0
        made, faces, errors = [], [], []
        for photo, duration in zip(frames.photos, frames.durations, strict=True):
            pixels = stream.changed(photo.pixels, at, self.drawing())
            if pixels is photo.pixels:
                errors.append(FaceNotFoundError("no face that can be changed was found"))
            faces += [JudgedFace(face.landmarks, face.verdict, face.share > 0) for face in stream.faces]
            changed = replace(photo, pixels=pixels)
            made.append(_beside(photo, changed) if self.settings.compare else changed)
            at += max(duration, 10) / 1000
        return made, faces, errors

    def _made(self, photo: Photo) -> tuple[Photo, list[JudgedFace]]:
        """Return the changed photo, beside the given one if asked for, and its faces."""
        result = self.changed(photo.pixels, photo.deep)
        changed = replace(photo, pixels=result.pixels, deep=result.deep)
        return _beside(photo, changed) if self.settings.compare else changed, result.faces


def _outcomes(faces: list[JudgedFace]) -> tuple[FaceOutcome, ...]:
    middles = [face.landmarks[:, :2].mean(0).round(1).tolist() for face in faces]
    return tuple(
        FaceOutcome(x, y, str(face.verdict), face.is_changed) for (x, y), face in zip(middles, faces, strict=True)
    )


def _frames(given: Path | bytes, format: str | None, max_pixels: int) -> Frames | None:
    """Return all pictures of a file that has several, if the format to write holds them; else None."""
    from pixelfes.photos.frames import FRAMED, frame_count, read_frames

    if format not in (None, *FRAMED) or frame_count(given, max_pixels) == 1:
        return None
    frames = read_frames(given, max_pixels=max_pixels)
    return frames if (format or frames.photos[0].format) in FRAMED else None


def side_by_side_width(width: int, height: int) -> int:
    """Return the width of two photos of a size side by side."""
    return 2 * width + max(2, height // 50)


def stdin() -> BinaryIO:
    """Return the binary standard input."""
    if sys.stdin is None:
        raise PhotoError("stdin is closed")
    return sys.stdin.buffer


def _beside(photo: Photo, changed: Photo) -> Photo:
    """Return a photo and its changed form side by side, as one photo."""
    from pixelfes.photos.writing import side_by_side

    deep = None if photo.deep is None or changed.deep is None else side_by_side(photo.deep, changed.deep)
    return replace(
        photo,
        pixels=side_by_side(photo.pixels, changed.pixels),
        opacity=None if photo.opacity is None else _twice(photo.opacity),
        deep=deep,
        deep_opacity=None if photo.deep_opacity is None else _twice(photo.deep_opacity),
    )


def _twice(opacity: Deep) -> Deep:
    """Return an opacity (H, W) beside itself."""
    import numpy as np

    from pixelfes.photos.writing import side_by_side

    colours = np.stack([opacity] * 3, axis=-1)
    return side_by_side(colours, colours)[..., 0]
