"""What ``pixelfes apply`` is asked to do with a photo, and the text in its output's metadata that says so."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.expression.actions.mix import Mix
    from pixelfes.expression.base import TeethChoice
    from pixelfes.face.landmarks import FaceChoice
    from pixelfes.video.keys import Timeline

_DIGEST_LENGTH = 8


@dataclass(frozen=True)
class FaceSettings:
    """The options that concern the faces."""

    choice: FaceChoice = "all"
    insist: bool = False
    small_faces: bool = False
    teeth: TeethChoice = "auto"


@dataclass(frozen=True)
class ClipPart:
    """The options that concern clips: from when to when, seconds, and what is shown over time."""

    start: float | None = None
    stop: float | None = None
    keys: Timeline | None = None

    @property
    def is_given(self) -> bool:
        """Whether any of them was given."""
        return self != ClipPart()

    def marks(self) -> list[str]:
        """Return the parts of the text in an output's metadata."""
        marks = [f"{word} {time:g} s" for word, time in (("from", self.start), ("to", self.stop)) if time is not None]
        if self.keys is not None:
            marks.append(f"keys {hashlib.sha256(repr(self.keys).encode()).hexdigest()[:_DIGEST_LENGTH]}")
        return marks


@dataclass(frozen=True)
class ApplySettings:
    """The options that concern the picture.

    Attributes
    ----------
    model : str
        A name or a path.
    intensity : float
    compare : bool
        Write input and output side by side.
    keep_metadata : bool
    quality : int
    max_pixels : int
    faces : FaceSettings
    mix : Mix, optional
        What faces are to show; None for the model's own expression.
    clip : ClipPart
    """

    model: str
    intensity: float
    compare: bool
    keep_metadata: bool
    quality: int
    max_pixels: int
    faces: FaceSettings
    mix: Mix | None = None
    clip: ClipPart = ClipPart()

    def mark(self, expression: str) -> str:
        """Return the text that an output's metadata carry; two outputs of the same settings have the same text."""
        faces = self.faces
        parts = [f"pixelfes {__version__}", f"model {expression} {model_digest(self.model)}"]
        if self.mix is not None:
            parts.append(f"sizes {hashlib.sha256(repr(self.mix).encode()).hexdigest()[:_DIGEST_LENGTH]}")
        parts += [f"intensity {self.intensity:g}", f"teeth {faces.teeth}"]
        parts += ["largest face"] * (faces.choice == "largest")
        parts += [name for name, is_set in self._switches() if is_set]
        return ", ".join(parts + self.clip.marks())

    def _switches(self) -> list[tuple[str, bool]]:
        faces = self.faces
        return [("insisting", faces.insist), ("small faces", faces.small_faces), ("compared", self.compare)]


def model_digest(name: str) -> str:
    """Return the first digits of the SHA-256 of a model's file, or of a shipped model."""
    from pixelfes.assets import SHA256

    path = Path(name)
    shipped = SHA256.get(f"{name}.safetensors", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else shipped
    return digest[:_DIGEST_LENGTH]
