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
    from pixelfes.arrays import Pixels
    from pixelfes.cli.apply.settings import ApplySettings
    from pixelfes.cli.apply.targets import PhotoJob
    from pixelfes.expression.base import JudgedFace, Model
    from pixelfes.photos.reading import Photo


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
        from pixelfes.cli.apply.targets import safe_name
        from pixelfes.face.detector.face_detector import FaceDetector
        from pixelfes.loading import load

        model = load(settings.model)
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
            data, faces = self.encoded(job.source, job.format)
            make_folder(job.target.parent)
            write_file(job.target, data)
        except (PhotoError, FaceNotFoundError) as error:
            return Outcome(source, Status.FAILED, reason=str(error), seconds=time.perf_counter() - start)
        return Outcome(
            source, Status.WRITTEN, str(job.target), faces=_outcomes(faces), seconds=time.perf_counter() - start
        )

    def encoded(self, source: Path | None, format: str | None = None) -> tuple[bytes, list[JudgedFace]]:
        """Return the changed photo as a file, and its faces.

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
        from pixelfes.photos.reading import read_photo

        try:
            photo = read_photo(stdin() if source is None else source, max_pixels=self.settings.max_pixels)
            pixels, faces = self._changed(photo.pixels)
            made = _beside(photo, pixels) if self.settings.compare else replace(photo, pixels=pixels)
            return self._encode(made, format or photo.format), faces
        except (PhotoError, FaceNotFoundError) as error:
            if source is None or str(source) in str(error):
                raise
            raise type(error)(f"{source}: {error}") from error

    def _changed(self, pixels: Pixels) -> tuple[Pixels, list[JudgedFace]]:
        faces = self.settings.faces
        result = self.model.change(
            pixels, self.settings.intensity, face=faces.choice, insist=faces.insist, teeth=faces.teeth
        )
        return result.pixels, result.faces

    def _encode(self, photo: Photo, format: str) -> bytes:
        from pixelfes.photos.writing import encode_photo

        settings = self.settings
        return encode_photo(
            photo, format, made_by=self.mark, keep_metadata=settings.keep_metadata, quality=settings.quality
        )


def _outcomes(faces: list[JudgedFace]) -> tuple[FaceOutcome, ...]:
    middles = [face.landmarks[:, :2].mean(0).round(1).tolist() for face in faces]
    return tuple(
        FaceOutcome(x, y, str(face.verdict), face.is_changed) for (x, y), face in zip(middles, faces, strict=True)
    )


def stdin() -> BinaryIO:
    """Return the binary standard input."""
    if sys.stdin is None:
        raise PhotoError("stdin is closed")
    return sys.stdin.buffer


def _beside(photo: Photo, pixels: Pixels) -> Photo:
    """Return the photo and its changed pixels side by side, as one photo."""
    import numpy as np

    from pixelfes.photos.writing import side_by_side

    opacity = photo.opacity
    if opacity is not None:
        rgb = np.stack([opacity] * 3, axis=-1)
        opacity = side_by_side(rgb, rgb)[..., 0]
    return replace(photo, pixels=side_by_side(photo.pixels, pixels), opacity=opacity)
