"""The whole comparison: people, candidates and judges brought together, and all that the tables are made from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from pixelfes.errors import InputError
from pixelfes.evaluate.judges.expression import KeptOut, kept_out
from pixelfes.evaluate.run.candidates import Candidate, curve_candidates
from pixelfes.evaluate.run.costs import Count, Stages, count_parameters, time_stages
from pixelfes.evaluate.run.crossvalidate import FoldResult, Outcome, Setup, cross_validate
from pixelfes.evaluate.run.folds import FoldFaces, find_people
from pixelfes.evaluate.run.intensity_control import ControlScores
from pixelfes.evaluate.run.measures import Real, Row
from pixelfes.evaluate.run.people_facts import PersonFacts
from pixelfes.expression.base import Progress
from pixelfes.expression.pairs import Pair
from pixelfes.expression.pairs_to_faces import Skipped
from pixelfes.face.landmarks import LandmarkProvider

Extent: TypeAlias = Literal["full", "plain", "quick"]

QUICK_PEOPLE = 21
QUICK_FOLDS = 3
QUICK_JUDGED_FOLDS = 2
QUICK_CONTROL_PEOPLE = 4
QUICK_METHODS = ("pixel-rr", "mr", "copy", "average")


@dataclass(frozen=True)
class Comparison:
    """Results of a comparison.

    Attributes
    ----------
    title : str
        What the pairs are called.
    candidates : list of Candidate
    folds : list of FoldResult
    setup : Setup
    facts : dict
        By name, what people say of themselves.
    skipped : list of Skipped
        Pairs that could not be used.
    left_out : list of str
        Sentences on what a quick run has left out.
    counts : list of Count
    stages : Stages
    seconds : float
        How long it took.
    """

    title: str
    candidates: list[Candidate]
    folds: list[FoldResult]
    setup: Setup
    facts: dict[str, PersonFacts]
    skipped: list[Skipped]
    left_out: list[str]
    counts: list[Count]
    stages: Stages
    seconds: float

    def of(self, purpose: str) -> list[Candidate]:
        """Return the candidates of a purpose."""
        return [candidate for candidate in self.candidates if candidate.purpose == purpose]

    def outcomes(self, candidate: Candidate, folds: int | None = None) -> list[Outcome]:
        """Return what came of a candidate in every fold, or in the first ones."""
        return [fold.outcomes[candidate.name] for fold in self.folds[:folds] if candidate.name in fold.outcomes]

    def rows(self, candidate: Candidate, folds: int | None = None) -> list[Row]:
        """Return what was measured of a candidate, fold by fold."""
        return [row for outcome in self.outcomes(candidate, folds) for row in outcome.rows]

    def control(self, candidate: Candidate) -> ControlScores | None:
        """Return what was tried of intensities, of all folds together."""
        parts = [outcome.control for outcome in self.outcomes(candidate) if outcome.control is not None]
        if not parts:
            return None
        distances = [part.distances for part in parts if part.distances is not None]
        unchanged = [part.unchanged for part in parts if part.unchanged is not None]
        return ControlScores(
            parts[0].intensities,
            np.concatenate([part.scores for part in parts]),
            np.concatenate(distances) if distances else None,
            np.concatenate(unchanged) if unchanged else None,
        )

    @property
    def real(self) -> list[Real]:
        """Scores of the real photos, in the order of `rows`."""
        return [real for fold in self.folds for real in fold.real]

    @property
    def different(self) -> list[float]:
        """Distances of identity between different people of one fold."""
        return [distance for fold in self.folds for distance in fold.different]

    def stated(self, name: str) -> PersonFacts:
        """Return what is stated under the name of a pair, or of its photo."""
        return self.facts.get(name) or self.facts.get(Path(name).stem) or PersonFacts()

    def judge_figures(self) -> KeptOut:
        """Measure the judge of expression on the real photos of people that it has not seen."""
        scores = [score for real in self.real for score in (real.neutral_score, real.smiling_score)]
        people = [real.person for real in self.real for _ in range(2)]
        kinds = [kind for real in self.real for kind in (None, self.stated(real.person).smile_mouth)]
        return kept_out(scores, np.tile([0, 1], len(self.real)), people=people, kinds=kinds)


def run_comparison(
    pairs: Sequence[Pair],
    candidates: Sequence[Candidate],
    setup: Setup,
    photos: LandmarkProvider,
    *,
    title: str = "",
    facts: dict[str, PersonFacts] | None = None,
    extent: Extent = "full",
    progress: Progress = lambda stage, done, total: None,
) -> Comparison:
    """Find the people, try every candidate on everybody, and count what they cost.

    Parameters
    ----------
    pairs : list of Pair
    candidates : list of Candidate
    setup : Setup
    photos : LandmarkProvider
        Finds faces in the photos themselves.
    title, facts
        See `Comparison`.
    extent : {"full", "plain", "quick"}
        "full" also tries Pixel-RR on fewer pairs and in smaller sizes; "plain" does not; "quick" takes some of the
        people only, and says so.

    Raises
    ------
    InputError
        If no pair can be used, or there are too few people for the folds.
    """
    start = time.perf_counter()
    quick = extent == "quick"
    chosen = _some(pairs) if quick else list(pairs)
    people, skipped = find_people(chosen, photos, progress)
    if not people:
        reason = f"; the first one: {skipped[0].reason}" if skipped else ""
        raise InputError(f"none of {len(chosen)} pairs can be used{reason}")
    listed = list(candidates)
    if extent == "full":
        listed += _curves(candidates, _n_train(len(people), setup))
    folds = cross_validate(people, listed, setup, progress)
    progress("costs", 0, 1)
    counts = count_parameters(FoldFaces(folds[0].split.train), setup.cache)
    stages = time_stages(folds[0].split.test, setup.detector, setup.cache)
    progress("costs", 1, 1)
    left_out = _left_out(len(pairs), len(chosen), setup) if quick else []
    seconds = time.perf_counter() - start
    return Comparison(title, listed, folds, setup, facts or {}, skipped, left_out, counts, stages, seconds)


def _n_train(n_people: int, setup: Setup) -> int:
    """Return how many people each fold learns from, at least."""
    if setup.test_people:
        return n_people - len(setup.test_people)
    return n_people * (setup.folds - 1) // setup.folds


def _curves(candidates: Sequence[Candidate], n_train: int) -> list[Candidate]:
    """Return Pixel-RR from fewer pairs at the size that it has in the comparison, and in the smaller ones of the sizes."""
    listed = []
    for whole in (candidate for candidate in candidates if candidate.method == "pixel-rr"):
        curves = curve_candidates([whole.registration], n_train)
        listed += [replace(curve, size=whole.size) for curve in curves if curve.purpose == "pairs"]
        listed += [curve for curve in curves if curve.purpose == "size" and curve.size < whole.size]
    return listed


def _some(pairs: Sequence[Pair]) -> list[Pair]:
    """Return some of the pairs, spread evenly over their list."""
    places = np.linspace(0, len(pairs) - 1, min(QUICK_PEOPLE, len(pairs))).round().astype(int)
    return [pairs[n] for n in places]


def _left_out(n_pairs: int, n_chosen: int, setup: Setup) -> list[str]:
    sentences = []
    if n_chosen < n_pairs:
        sentences.append(f"{n_pairs - n_chosen} of {n_pairs} pairs were not looked at.")
    if setup.n_folds < setup.folds:
        sentences.append(f"{setup.n_folds} of {setup.folds} folds were done, so not everybody is judged.")
    sentences.append("Learning curve and smaller sizes were left out, and so were methods, unless they were asked for.")
    return sentences
