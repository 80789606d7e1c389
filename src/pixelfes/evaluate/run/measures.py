"""Measure one picture: one kept-out person, one candidate, all judges."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Array
from pixelfes.errors import FaceNotFoundError
from pixelfes.evaluate.judges.expression import ExpressionJudge
from pixelfes.evaluate.judges.identity import IdentityJudge
from pixelfes.evaluate.judges.pixels import compare_textures, face_mask
from pixelfes.evaluate.judges.skin import colour_change, skin_colour, typology_angle
from pixelfes.evaluate.run.folds import Person
from pixelfes.evaluate.run.intensity_control import Synthesize
from pixelfes.face.landmarks import LandmarkProvider, find_faces
from pixelfes.face.mesh import MeshRegistration
from pixelfes.photos.reading import read_photo

BEST_PSNR = 100.0
"""PSNR of equal pictures, dB: infinity has no mean."""


@dataclass(frozen=True)
class Judges:
    """The judges of a fold, and the frame of comparison; no judge has seen the people kept out."""

    expression: ExpressionJudge
    identity: IdentityJudge
    detector: LandmarkProvider
    frame: MeshRegistration


@dataclass(frozen=True)
class Real:
    """Scores of a person's two real photos.

    Attributes
    ----------
    neutral_score, smiling_score : float
        Of the expression, 0 to 1.
    distance : float
        Of identity, between the two.
    skin_angle : float
        Individual typology angle of the neutral photo, degrees.
    """

    person: str
    neutral_score: float
    smiling_score: float
    distance: float
    skin_angle: float


@dataclass(frozen=True)
class Row:
    """Scores of one picture. All fields except `person` and `seconds` are None if no face is detected in it.

    Attributes
    ----------
    mse, psnr, ssim : float
        Against the real expressive photo, in the face.
    score : float
        Of the expression, 0 to 1.
    identity : float
        Distance to the input.
    skin, lightness : float
        Change of the mean colour of skin, and of its L*; see `SkinChange`.
    """

    person: str
    seconds: float
    found: bool = False
    mse: float | None = None
    psnr: float | None = None
    ssim: float | None = None
    score: float | None = None
    identity: float | None = None
    skin: float | None = None
    lightness: float | None = None


@dataclass(frozen=True)
class Subject:
    """A kept-out person as the judges see the real photos.

    Attributes
    ----------
    truth : (S, S, 3)
        The real expressive photo in the frame of comparison, levels.
    skin : (3,)
        Mean colour of the input's skin, levels.
    before, after : (D,)
        Embeddings of the input and of the real expressive photo.
    real : Real
    """

    person: Person
    truth: Array
    skin: Array
    before: Array
    after: Array
    real: Real

    @classmethod
    def of(cls, person: Person, judges: Judges) -> Subject:
        """Look at a person's photos."""
        face, identity = person.face, judges.identity
        before, after = (read_photo(photo).pixels for photo in (face.pair.input, face.pair.target))
        skin = skin_colour(judges.frame, before, face.input)
        embedded = identity.embed(before, face.input), identity.embed(after, face.target)
        real = Real(
            person.name,
            judges.expression.score(before, face.input),
            judges.expression.score(after, face.target),
            identity.distance(*embedded),
            typology_angle(skin),
        )
        truth = 255.0 * judges.frame.texture(after, face.target)
        return cls(person, np.asarray(truth, np.float64), skin, *embedded, real)


def measure(synthesize: Synthesize, subject: Subject, judges: Judges, intensity: float = 1.0) -> Row:
    """Make a picture of a person, detect the face again, and ask the judges."""
    face = subject.person.face
    pixels = read_photo(face.pair.input).pixels
    start = time.perf_counter()
    made = synthesize(pixels, face.input, intensity)
    seconds = time.perf_counter() - start
    try:
        points = find_faces(judges.detector, made, "largest")[0]
    except FaceNotFoundError:
        return Row(subject.person.name, seconds)
    texture = np.asarray(255.0 * judges.frame.texture(made, points), np.float64)
    scores = compare_textures(texture, subject.truth, face_mask(judges.frame))
    skin = colour_change(subject.skin, skin_colour(judges.frame, made, points))
    return Row(
        person=subject.person.name,
        seconds=seconds,
        found=True,
        mse=scores.mse,
        psnr=min(scores.psnr, BEST_PSNR),
        ssim=scores.ssim,
        score=judges.expression.score(made, points),
        identity=judges.identity.distance(subject.before, judges.identity.embed(made, points)),
        skin=skin.levels,
        lightness=skin.lightness,
    )
