"""Fictional people beside real ones: who is found, who looks like whom, and how well models trained on them do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import FaceNotFoundError
from pixelfes.evaluate.judges.expression import ExpressionJudge
from pixelfes.evaluate.judges.identity import IdentityJudge
from pixelfes.evaluate.run.folds import Person, Split
from pixelfes.evaluate.run.intensity_control import Synthesize
from pixelfes.evaluate.run.measures import Judges, Row, Subject, measure
from pixelfes.expression.base import Model
from pixelfes.face.landmarks import LandmarkProvider, eye_distance, find_faces
from pixelfes.people.people import FictionalPerson
from pixelfes.photos.reading import read_photo


@dataclass
class PortraitMeasures:
    """Measures of people, one value each; of the landmarks one for each portrait.

    Attributes
    ----------
    embeddings : list of (D,)
        Of the neutral photo.
    same : list of float
        Identity distance between the neutral and the smiling photo.
    landmark_error : list of float
        Distance of the detected landmarks from the exact ones, % of the distance between the eyes.
    neutral_score, smiling_score : list of float
        Of the expression, 0 to 1.
    lost : int
        People with a portrait in which no face is found.
    """

    embeddings: list[Array] = field(default_factory=list)
    same: list[float] = field(default_factory=list)
    landmark_error: list[float] = field(default_factory=list)
    neutral_score: list[float] = field(default_factory=list)
    smiling_score: list[float] = field(default_factory=list)
    lost: int = 0

    def add_identity(self, identity: IdentityJudge, faces: Sequence[tuple[Pixels, Array]]) -> None:
        """Add the identity of a person's neutral and smiling photo."""
        embeddings = [identity.embed(pixels, points) for pixels, points in faces]
        self.embeddings.append(embeddings[0])
        self.same.append(identity.distance(*embeddings))


def measure_real_people(people: Iterable[Person], identity: IdentityJudge) -> PortraitMeasures:
    """Return the identity of real people in two photos each."""
    measures = PortraitMeasures()
    for person in people:
        face = person.face
        photos = ((face.pair.input, face.input), (face.pair.target, face.target))
        measures.add_identity(identity, [(read_photo(photo).pixels, points) for photo, points in photos])
    return measures


def measure_fictional_people(
    people: Iterable[FictionalPerson], detector: LandmarkProvider, identity: IdentityJudge, judge: ExpressionJudge
) -> PortraitMeasures:
    """Return what detector and judges say of fictional people, whose landmarks are known exactly."""
    measures = PortraitMeasures()
    for person in people:
        faces = ((person.neutral, person.neutral_landmarks), (person.smiling, person.smiling_landmarks))
        try:
            found = [find_faces(detector, pixels, "largest")[0] for pixels, _ in faces]
        except FaceNotFoundError:
            measures.lost += 1
            continue
        for detected, (_, exact) in zip(found, faces, strict=True):
            away = np.linalg.norm((detected - exact)[:, :2], axis=1).mean() / eye_distance(exact)
            measures.landmark_error.append(float(100 * away))
        measures.add_identity(identity, faces)
        scores = [judge.score(pixels, points) for pixels, points in faces]
        measures.neutral_score.append(scores[0])
        measures.smiling_score.append(scores[1])
    return measures


def identity_distances(real: PortraitMeasures, drawn: PortraitMeasures) -> dict[str, Array]:
    """Return distances of face embeddings by kind of comparison: with oneself, with the nearest other, of any two."""
    people, known = np.array(drawn.embeddings), np.array(real.embeddings)
    among_real, among_drawn = _distances(known, known), _distances(people, people)
    np.fill_diagonal(among_real, np.inf)
    return {
        "a real person, neutral and smiling": np.array(real.same),
        "a fictional person, neutral and smiling": np.array(drawn.same),
        "a real person to the nearest other real person": among_real.min(1),
        "**a fictional person to the nearest real person**": _distances(people, known).min(1),
        "two real people": among_real[np.triu_indices(len(known), 1)],
        "two fictional people": among_drawn[np.triu_indices(len(people), 1)],
    }


def _distances(first: Array, second: Array) -> Array:
    return np.asarray(np.linalg.norm(first[:, None] - second[None], axis=2))


@dataclass(frozen=True)
class FoldModels:
    """The judges of a fold, and the models to compare, by name."""

    judges: Judges
    models: dict[str, Model]


def compare_training(splits: Iterable[Split], prepare: Callable[[Split], FoldModels]) -> dict[str, list[Row]]:
    """Return what the judges say of every kept-out person under every model, and of the person's real smile ("photo").

    Parameters
    ----------
    splits : iterable of Split
    prepare : callable
        Makes judges and models from the training people of a split.
    """
    rows: dict[str, list[Row]] = {"photo": []}
    for split in splits:
        fold = prepare(split)
        for person in split.test:
            subject = Subject.of(person, fold.judges)
            real = subject.real
            rows["photo"].append(Row(person.name, 0.0, found=True, score=real.smiling_score, identity=real.distance))
            for name, model in fold.models.items():
                rows.setdefault(name, []).append(measure(_synthesis(model), subject, fold.judges))
    return rows


def _synthesis(model: Model) -> Synthesize:
    return lambda pixels, points, intensity: model.synthesize_pixels(pixels, intensity, landmarks=points)
