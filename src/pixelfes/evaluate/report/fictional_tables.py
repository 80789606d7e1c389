"""Tables of `evaluate.run.fictional_people`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pixelfes.evaluate.judges.expression import CALLED
from pixelfes.evaluate.run.fictional_people import PortraitMeasures, identity_distances
from pixelfes.evaluate.run.intensity_control import log_odds
from pixelfes.evaluate.run.measures import Row
from pixelfes.reporting.bootstrap import bootstrap_difference
from pixelfes.reporting.tables import Cell, Number, Table

_PERCENTILES = {"least": 0, "1 %": 1, "5 %": 5, "median": 50, "95 %": 95}


def likeness_table(real: PortraitMeasures, drawn: PortraitMeasures) -> Table:
    """Return percentiles of the distances between face embeddings."""
    rows: list[list[Cell]] = [
        [name, *(Number(float(v), digits=3) for v in np.percentile(values, list(_PERCENTILES.values())))]
        for name, values in identity_distances(real, drawn).items()
    ]
    return Table("people", "Likeness", "", ["distance of face embeddings", *_PERCENTILES], rows)


def portrait_sentence(drawn: PortraitMeasures, count: int) -> str:
    """Return what detector and judge say of the portraits, in words."""
    happy = [100 * float(np.mean(np.array(s) > CALLED)) for s in (drawn.neutral_score, drawn.smiling_score)]
    return (
        f"Found by the detector in both portraits: {count - drawn.lost} of {count}. Its landmarks lie "
        f"{np.mean(drawn.landmark_error):.2f} % of the distance between the eyes from the exact ones (95 % of portraits: "
        f"below {np.percentile(drawn.landmark_error, 95):.2f} %). The shipped judge of smiles calls {happy[0]:.1f} % of the "
        f"neutral portraits happy and {happy[1]:.1f} % of the smiling ones."
    )


def training_table(rows: dict[str, list[Row]], titles: dict[str, str], is_open: Callable[[str], bool]) -> Table:
    """Return what the judges say of models by their training; errors count for people who smile with open mouths."""
    columns = [
        "judged on people that neither has seen",
        "called happy",
        "mean score",
        "evidence (log odds)",
        "identity distance",
        "squared error on open smiles",
    ]
    return Table("fictional", "Training", "", columns, [_training(t, rows[n], is_open) for n, t in titles.items()])


def _training(title: str, rows: Sequence[Row], is_open: Callable[[str], bool]) -> list[Cell]:
    found = [row for row in rows if row.found]
    scores = np.array([row.score for row in found], np.float64)
    errors = [row.mse for row in found if row.mse is not None and is_open(row.person)]
    return [
        f"{title} ({len(rows) - len(found)} faces lost)" if len(found) < len(rows) else title,
        f"{100 * float(np.mean(scores > CALLED)):.1f} %",
        Number(float(scores.mean()), digits=3),
        Number(float(log_odds(scores).mean())),
        Number(float(np.mean([row.identity for row in found if row.identity is not None])), digits=3),
        Number(float(np.mean(errors)), digits=0) if errors else "",
    ]


def training_sentence(fictional: Sequence[Row], real: Sequence[Row]) -> str:
    """Return the difference between fictional and real training, in words; nothing if a face was lost."""
    if not all(row.found for row in (*fictional, *real)):
        return ""
    distances = [[row.identity for row in rows if row.identity is not None] for rows in (fictional, real)]
    scores = [[row.score for row in rows if row.score is not None] for rows in (fictional, real)]
    difference = bootstrap_difference(*distances)
    return (
        f"Fictional against real training: {100 * np.mean(scores[0]) / np.mean(scores[1]):.1f} % of the expression score; "
        f"identity distance {difference.estimate:+.3f} (95 % interval by person {difference.low:+.3f} to "
        f"{difference.high:+.3f})."
    )
