"""All that the paper's page needs, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pixelfes.errors import InputError
from pixelfes.evaluate.paper.crops import Crops, paper_crops
from pixelfes.evaluate.paper.page import write_page
from pixelfes.evaluate.paper.pictures import kept_out_sheet
from pixelfes.evaluate.paper.tables import count_parameters, error_table, measure, parameter_table
from pixelfes.expression.base import Progress
from pixelfes.expression.pairs import Pair
from pixelfes.expression.pairs_to_faces import Skipped
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.people.people import fictional_people
from pixelfes.reporting.tables import Table

PEOPLE, QUICK_PEOPLE = 400, 60
FOLDS = 5
SHOWN = 5


@dataclass(frozen=True)
class Extent:
    """How many fictional people are drawn, from which seed, and in how many parts people are split."""

    people: int = PEOPLE
    seed: int = 0
    folds: int = FOLDS


@dataclass(frozen=True)
class Written:
    """The page that was written, and the pairs that could not be used."""

    page: Path
    skipped: list[Skipped]


def reproduce(
    output: Path,
    real: Sequence[Pair],
    provider: LandmarkProvider,
    extent: Extent,
    command: str,
    progress: Progress,
) -> Written:
    """Fit the paper's methods to fictional people, and to real pairs if there are any, and write the page.

    Raises
    ------
    InputError
        If there are fewer people than parts.
    """
    drawn = paper_crops(list(fictional_people(extent.people, seed=extent.seed)), provider, progress)
    tables = [
        parameter_table(count_parameters(drawn), len(drawn)),
        _errors("paper-fictional", f"Errors on {len(drawn)} people who do not exist", drawn, extent.folds, progress),
    ]
    people, skipped = f"{len(drawn)} who do not exist", list(drawn.skipped)
    if real:
        crops = paper_crops(real, provider, progress)
        skipped += crops.skipped
        title = f"Errors on {len(crops)} real pairs"
        tables.append(_errors("paper-real", title, crops, extent.folds, progress))
        people += f", and {len(set(crops.people))} of {len(crops)} real pairs"
    figure = kept_out_sheet(drawn, extent.folds, SHOWN)
    return Written(write_page(output, tables, figure, command, people), skipped)


def _errors(name: str, title: str, crops: Crops, folds: int, progress: Progress) -> Table:
    if len(set(crops.people)) < folds:
        raise InputError(
            f"{folds} parts need {folds} people at least whose faces are found; found {len(set(crops.people))}"
        )
    return error_table(name, title, measure(crops, folds, progress), folds)
