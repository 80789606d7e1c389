"""What a comparison needs, made from the options of ``pixelfes evaluate``: candidates, judges and caches."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from pixelfes.baselines.settings import NETWORK_TITLES
from pixelfes.cli.evaluate.options import BudgetOptions, CandidateOptions, JudgeOptions, RunOptions
from pixelfes.evaluate.judges.expression import ExpressionJudge
from pixelfes.evaluate.judges.identity import IdentityJudge, OnnxIdentity
from pixelfes.evaluate.run.candidates import TITLES, Candidate, list_candidates
from pixelfes.evaluate.run.comparison import QUICK_CONTROL_PEOPLE, QUICK_FOLDS, QUICK_JUDGED_FOLDS, QUICK_METHODS
from pixelfes.evaluate.run.crossvalidate import CONTROL_PEOPLE, Setup
from pixelfes.evaluate.run.folds import pairs_named
from pixelfes.evaluate.run.network_candidates import NetworkBudget
from pixelfes.evaluate.run.results_cache import ResultsCache
from pixelfes.expression.base import RegistrationName
from pixelfes.face.detector.landmark_cache import photo_detector
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.loading import load_expression_model, load_model
from pixelfes.user_cache import cache_folder

if TYPE_CHECKING:
    from pixelfes.evaluate.report.html import Section
    from pixelfes.expression.actions.mix import Mix
    from pixelfes.expression.base import Progress
    from pixelfes.expression.pairs import Pair


def make_candidates(options: CandidateOptions, budget: BudgetOptions, quick: bool) -> list[Candidate]:
    """Return the candidates, after checking that their models can be loaded and their networks trained.

    Raises
    ------
    PixelfesError
        If nothing is left to compare, a name is unknown, a model cannot be loaded, or the budget is wrong.
    """
    networks = _network_budget(budget)
    if networks is None and any(name in NETWORK_TITLES for name in options.methods or ()):
        raise typer.BadParameter("networks need a number of steps", param_hint="'--network-steps'")
    methods = list(QUICK_METHODS if quick else TITLES) if options.methods is None else options.methods
    registrations = cast("list[RegistrationName]", options.registrations)
    candidates = list_candidates(methods, registrations, options.size, options.models, networks)
    if not candidates:
        raise typer.BadParameter("there is nothing to compare: name methods with their registrations, or models")
    for model in options.models:
        load_model(model)
    if networks is not None and any(candidate.kind == "network" for candidate in candidates):
        networks.check()
    return candidates


def _network_budget(options: BudgetOptions) -> NetworkBudget | None:
    if options.steps is None:
        return None
    return NetworkBudget(options.steps, options.batch, options.size, options.width, options.device, options.folds)


def make_expression_judge(options: JudgeOptions) -> tuple[ExpressionJudge | None, str]:
    """Return the judge of expression and its key in the cache; None for judges that every fold trains.

    Raises
    ------
    PixelfesError
        If classifier and labels do not come together, or the classifier cannot be used.
    """
    path, labels = options.expression, options.labels
    if path is None:
        if labels is not None:
            raise typer.BadParameter(
                "it names the classes of an --expression-judge, and none is given", param_hint="'--labels'"
            )
        return None, "fold judges"
    from pixelfes.evaluate.judges.onnx_expression import OnnxExpressionJudge

    if labels is None:
        raise typer.BadParameter(
            "it needs --labels: the names of its classes in their order", param_hint="'--expression-judge'"
        )
    return OnnxExpressionJudge(path, labels, options.happy), f"{_sha256(path)} {labels} {options.happy}"


def make_identity_judge(options: JudgeOptions) -> tuple[IdentityJudge, str]:
    """Return the judge of identity and its key in the cache."""
    if options.identity is not None:
        return OnnxIdentity(options.identity), _sha256(options.identity)
    from pixelfes.evaluate.judges.dlib_identity import DlibIdentity

    judge = DlibIdentity(points=5)
    return judge, judge.name


def make_mixes(options: JudgeOptions) -> dict[str, Mix]:
    """Return the expressions by name that are to be judged.

    Raises
    ------
    ChoiceError
        If a name is none of an expression.
    """
    from pixelfes.evaluate.report.expression_section import named_mixes

    return named_mixes(options.expressions) if options.expressions else {}


def make_section(pairs: Sequence[Pair], mixes: Mapping[str, Mix], setup: Setup, progress: Progress) -> list[Section]:
    """Draw and judge expressions by name; return their section of the report, none without names."""
    if not mixes:
        return []
    from pixelfes.evaluate.judges.onnx_expression import OnnxExpressionJudge
    from pixelfes.evaluate.report.expression_section import expression_section

    judge = setup.expression if isinstance(setup.expression, OnnxExpressionJudge) else None
    learned = load_expression_model("smile").learned_
    return [expression_section(pairs, mixes, learned, setup.detector, (judge, setup.identity), progress)]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pairs_without(pairs: Sequence[Pair], names: Sequence[str]) -> list[Pair]:
    """Return the pairs but those of the named people.

    Raises
    ------
    InputError
        If there is no pair of a name.
    """
    out = {pair.name for pair in pairs_named(pairs, names)}
    return [pair for pair in pairs if pair.name not in out]


def make_setup(
    pairs: Sequence[Pair],
    results: ResultsCache,
    expression: tuple[ExpressionJudge | None, str],
    identity: tuple[IdentityJudge, str],
    options: RunOptions,
) -> Setup:
    """Return the setup of the cross-validation; a quick one has fewer folds, and fewer people for intensities."""
    quick = options.quick
    test_people = tuple(dict.fromkeys(pair.name for pair in pairs_named(pairs, options.test_people)))
    return Setup(
        identity[0],
        photo_detector(cached=False),
        results,
        expression[0],
        (expression[1], identity[1]),
        folds=min(options.folds, QUICK_FOLDS) if quick else options.folds,
        test_people=test_people,
        judged_folds=QUICK_JUDGED_FOLDS if quick else None,
        control_people=QUICK_CONTROL_PEOPLE if quick else CONTROL_PEOPLE,
    )


@contextmanager
def open_caches(no_cache: bool) -> Iterator[tuple[ResultsCache, LandmarkProvider]]:
    """Give the cache of results, and the detector of the photos with its cache.

    Without caching, results are kept in a temporary folder, and landmarks nowhere.
    """
    detector = photo_detector(cached=not no_cache)
    if not no_cache:
        yield ResultsCache(cache_folder() / "evaluate"), detector
        return
    with tempfile.TemporaryDirectory(prefix="pixelfes-") as name:
        yield ResultsCache(Path(name)), detector
