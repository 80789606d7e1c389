"""Cross-validate by person: in every fold, candidates and judges learn from the same people and are tried on the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from pixelfes.arrays import Array
from pixelfes.errors import PixelfesError
from pixelfes.evaluate.judges.classifier import ExpressionClassifier
from pixelfes.evaluate.judges.expression import ExpressionJudge
from pixelfes.evaluate.judges.identity import IdentityJudge, reference_distances
from pixelfes.evaluate.judges.pixels import comparison_frame
from pixelfes.evaluate.run.candidates import Candidate, Made, make
from pixelfes.evaluate.run.folds import FoldFaces, Person, Split, split_by_names, split_by_person
from pixelfes.evaluate.run.intensity_control import INTENSITIES, ControlScores, control_scores
from pixelfes.evaluate.run.measures import Judges, Real, Row, Subject, measure
from pixelfes.evaluate.run.results_cache import ResultsCache, key_of
from pixelfes.expression.base import Progress
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.photos.reading import read_photo

CONTROL_PEOPLE = 15


@dataclass(frozen=True)
class Setup:
    """Settings of a cross-validation: judges, folds, and the cache of results.

    Attributes
    ----------
    identity : IdentityJudge
    detector : LandmarkProvider
        Finds faces in the pictures that are made.
    cache : ResultsCache
    expression : ExpressionJudge, or None
        None trains a judge in every fold, on the people of the fold alone.
    judge_keys : tuple of str
        What the judges are, for the cache.
    folds, seed : int
    test_people : tuple of str
        Names of pairs: these are kept out together, once, in the place of folds.
    judged_folds : int, or None
        How many of the folds are done; None for all.
    control_people : int
        How many people the intensities are tried on, over all folds.
    intensities : tuple of float
    """

    identity: IdentityJudge
    detector: LandmarkProvider
    cache: ResultsCache
    expression: ExpressionJudge | None = None
    judge_keys: tuple[str, ...] = ()
    folds: int = 5
    seed: int = 0
    test_people: tuple[str, ...] = ()
    judged_folds: int | None = None
    control_people: int = CONTROL_PEOPLE
    intensities: tuple[float, ...] = INTENSITIES

    @property
    def n_folds(self) -> int:
        """Number of folds that are done."""
        return 1 if self.test_people else min(self.folds, self.judged_folds or self.folds)


@dataclass(frozen=True)
class Cost:
    """Costs of a candidate in a fold; None if it has none of that kind.

    Attributes
    ----------
    parameters, bytes : int
        Fitted numbers, and bytes of the file that was written (in the first fold).
    alpha : float
    n_pairs : int
    fit_seconds, registration_seconds : float
    """

    parameters: int | None = None
    bytes: int | None = None
    alpha: float | None = None
    n_pairs: int | None = None
    fit_seconds: float | None = None
    registration_seconds: float | None = None


@dataclass(frozen=True)
class Outcome:
    """Results of a candidate in a fold.

    Attributes
    ----------
    rows : list of Row
        One a kept-out pair.
    control : ControlScores, or None
        None where no intensities were tried.
    cost : Cost
    key : str
        Under which the cache has it, and in the first fold its model.
    """

    rows: list[Row]
    control: ControlScores | None
    cost: Cost
    key: str = ""


@dataclass(frozen=True)
class FoldResult:
    """Results of a fold: the kept-out people's real photos, and every candidate by name."""

    split: Split
    real: list[Real]
    different: list[float]
    outcomes: dict[str, Outcome] = field(default_factory=dict)


def cross_validate(
    people: Sequence[Person], candidates: Sequence[Candidate], setup: Setup, progress: Progress
) -> list[FoldResult]:
    """Try every candidate on everybody by judges and fits that have not seen them.

    Raises
    ------
    InputError
        If there are too few people for the folds.
    """
    splits = _splits(people, setup)
    total = sum(candidate.takes_part(split.number) for split in splits for candidate in candidates)
    done, results = 0, []
    progress("candidates", 0, total)
    for split in splits:
        fold = _Fold(split, setup)
        result = fold.real_photos()
        for candidate in candidates:
            if candidate.takes_part(split.number):
                result.outcomes[candidate.name] = fold.outcome(candidate)
                done += 1
                progress("candidates", done, total)
        results.append(result)
    return results


def _splits(people: Sequence[Person], setup: Setup) -> list[Split]:
    if setup.test_people:
        return [split_by_names(people, setup.test_people)]
    return split_by_person(people, setup.folds, setup.seed)[: setup.n_folds]


class _Fold:
    """A fold at work: judges are trained, photos looked at and candidates made only if the cache does not know better."""

    def __init__(self, split: Split, setup: Setup) -> None:
        self._split, self._setup = split, setup
        self._faces = FoldFaces(split.train)
        self._key = [
            [person.key for person in split.train],
            [person.key for person in split.test],
            list(setup.judge_keys),
        ]

    @cached_property
    def judges(self) -> Judges:
        setup, faces = self._setup, [person.face for person in self._split.train]
        frame = comparison_frame([face.target for face in faces])
        if setup.expression is not None:
            return Judges(setup.expression, setup.identity, setup.detector, frame)
        photos = (read_photo(photo).pixels for face in faces for photo in (face.pair.input, face.pair.target))
        landmarks = [points for face in faces for points in (face.input, face.target)]
        trained = ExpressionClassifier.fit(photos, landmarks, np.tile([0, 1], len(faces)))
        return Judges(trained, setup.identity, setup.detector, frame)

    @cached_property
    def subjects(self) -> list[Subject]:
        return [Subject.of(person, self.judges) for person in self._split.test]

    def real_photos(self) -> FoldResult:
        """Return what the judges say of the real photos, from the cache where it is known."""
        key = key_of("real", *self._key)
        known = self._setup.cache.read(key)
        if known is not None:
            return FoldResult(self._split, [Real(**row) for row in known["real"]], known["different"])
        real = [subject.real for subject in self.subjects]
        different = self._different()
        self._setup.cache.write(key, {"real": [asdict(row) for row in real], "different": different})
        return FoldResult(self._split, real, different)

    def _different(self) -> list[float]:
        """Return distances between different people; the first pair of each person counts."""
        firsts = {subject.person.name: subject for subject in reversed(self.subjects)}.values()
        if len(firsts) < 2:
            return []
        before, after = [subject.before for subject in firsts], [subject.after for subject in firsts]
        return [float(d) for d in reference_distances(self._setup.identity, before, after).different]

    def outcome(self, candidate: Candidate) -> Outcome:
        """Return the outcome of a candidate, from the cache if it is there."""
        tried = self._n_control if candidate.purpose == "comparison" else 0
        intensities = list(self._setup.intensities) if tried else []
        key = key_of("outcome", candidate.settings(), tried, intensities, self._split.number == 0, *self._key)
        known = self._setup.cache.read(key)
        if known is not None:
            return _outcome(known, key)
        made = make(candidate, self._faces, self._setup.cache.trainings)
        rows = [measure(made.synthesize, subject, self.judges) for subject in self.subjects]
        control = self._control(made, tried)
        result = Outcome(rows, control, self._cost(made, key), key)
        self._setup.cache.write(key, _record(result))
        return result

    @property
    def _n_control(self) -> int:
        share = -(-self._setup.control_people // self._setup.n_folds)
        return min(share, len(self._split.test))

    def _control(self, made: Made, n: int) -> ControlScores | None:
        if n == 0:
            return None
        chosen = [subject.person.face for subject in self.subjects[:n]]
        faces = ((read_photo(face.pair.input).pixels, face.input) for face in chosen)
        judges, setup = self.judges, self._setup
        return control_scores(
            made.synthesize, faces, setup.detector, judges.expression, setup.identity, setup.intensities
        )

    def _cost(self, made: Made, key: str) -> Cost:
        model = made.model
        if model is None:
            return Cost()
        return Cost(
            parameters=model.n_parameters_,
            bytes=self._saved_bytes(made, key),
            alpha=model.describe().alpha,
            n_pairs=model.info_.n_pairs,
            fit_seconds=made.fit_seconds,
            registration_seconds=made.registration_seconds,
        )

    def _saved_bytes(self, made: Made, key: str) -> int | None:
        """Write the model of the first fold, for the figures; return the size of its file."""
        if self._split.number > 0 or made.model is None:
            return None
        path = self._setup.cache.model(key)
        try:
            self._setup.cache.make_folder()
            made.model.save(path)
            return path.stat().st_size
        except (PixelfesError, OSError):
            return None


def _record(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome for JSON: None instead of NaN."""
    control = outcome.control
    table = None
    if control is not None:
        table = {
            "intensities": control.intensities.tolist(),
            "scores": _listed(control.scores),
            "distances": None if control.distances is None else _listed(control.distances),
            "unchanged": None if control.unchanged is None else control.unchanged.tolist(),
        }
    return {"rows": [asdict(row) for row in outcome.rows], "control": table, "cost": asdict(outcome.cost)}


def _outcome(record: dict[str, Any], key: str) -> Outcome:
    table, control = record["control"], None
    if table is not None:
        control = ControlScores(
            np.array(table["intensities"]),
            np.array(table["scores"], np.float64),
            None if table["distances"] is None else np.array(table["distances"], np.float64),
            None if table["unchanged"] is None else np.array(table["unchanged"], np.bool_),
        )
    return Outcome([Row(**row) for row in record["rows"]], control, Cost(**record["cost"]), key)


def _listed(table: Array) -> list[list[float | None]]:
    return [[None if np.isnan(value) else float(value) for value in row] for row in table]
