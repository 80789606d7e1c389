"""Tables of `evaluate.run.expressions`: expressions by name, and single actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pixelfes.evaluate.run.expressions import ActionMeasures, ExpressionMeasures
from pixelfes.reporting.tables import Cell, Number, Table, mean, share

CLASS_OF = {
    "smile": "happy",
    "closed smile": "happy",
    "surprised": "surprised",
    "sad": "sad",
    "angry": "angry",
    "disgusted": "disgusted",
    "fearful": "fearful",
    "neutral": "neutral",
}
"""What a judge of seven expressions should call an expression; the others have no class."""
Judged = Mapping[tuple[str, str], Mapping[str, Any]]
"""By person and expression ("" for the photo itself): network, and its probability of each class; "identity", and a vector."""


def expression_table(measures: Mapping[str, ExpressionMeasures], judged: Judged, people: Sequence[str]) -> Table:
    """Return what was measured of each expression, with what independent judges say."""
    networks = _networks(judged)
    columns = ["expression", "moved, %", "from plan, %", "skin, levels", "identity (farthest)"]
    columns += [f"called so by {network}" for network in networks]
    rows: list[list[Cell]] = []
    for name, found in measures.items():
        answers = {person: judged[person, name] for person in people if (person, name) in judged}
        row: list[Cell] = [f"{name} ({found.lost} faces lost)" if found.lost else name]
        row += [Number(float(np.mean([*values.values()]))) for values in (found.moved, found.from_plan, found.skin)]
        row.append(_identity(answers, judged))
        row += [_called(answers, network, CLASS_OF.get(name)) for network in networks]
        rows.append(row)
    return Table("expressions", "Expressions", "", columns, rows)


def group_table(
    measures: Mapping[str, ExpressionMeasures], judged: Judged, groups: Mapping[str, Mapping[str, Sequence[str]]]
) -> Table:
    """Return the same for groups of people, over all expressions: property -> group -> names of people."""
    networks = _networks(judged)
    rows: list[list[Cell]] = []
    for title, members in groups.items():
        for group, people in members.items():
            plan, skin = (
                [
                    values[person]
                    for found in measures.values()
                    for person in people
                    if person in (values := getattr(found, name))
                ]
                for name in ("from_plan", "skin")
            )
            row: list[Cell] = [
                f"{title}: {group}",
                str(len(people)),
                Number(float(np.mean(plan))),
                Number(float(np.mean(skin))),
            ]
            row.append(_mean_identity(judged, people))
            row += [_called_in_group(judged, network, people) for network in networks]
            rows.append(row)
    columns = ["group", "people", "from plan, %", "skin, levels", "identity"]
    return Table("expressions-groups", "Groups", "", columns + [f"called so by {name}" for name in networks], rows)


def action_table(measures: Mapping[str, ActionMeasures]) -> Table:
    """Return how each action is controlled and read."""
    rows: list[list[Cell]] = [
        [
            name,
            Number(found.planned, digits=3),
            Number(found.read) if found.read is not None else "cannot be read",
            Number(found.others) if found.others is not None else "",
        ]
        for name, found in measures.items()
    ]
    columns = [
        "action",
        "planned against asked (correlation)",
        "read against asked (correlation)",
        "others move, in its units",
    ]
    return Table("actions", "Actions", "", columns, rows)


def _identity(answers: Mapping[str, Mapping[str, Any]], judged: Judged) -> Cell:
    distances = [
        _distance(answer, judged[person, ""])
        for person, answer in answers.items()
        if (person, "") in judged and "identity" in answer
    ]
    return f"{np.mean(distances):.2f} ({max(distances):.2f})" if distances else ""


def _distance(answer: Mapping[str, Any], neutral: Mapping[str, Any]) -> float:
    return float(np.linalg.norm(np.subtract(answer["identity"], neutral["identity"])))


def _is_called(answer: Mapping[str, Any], network: str, wanted: str) -> bool:
    """Return whether the class that a network finds most probable is the wanted one."""
    return bool(max(answer[network], key=answer[network].__getitem__) == wanted)


def _called(answers: Mapping[str, Mapping[str, Any]], network: str, wanted: str | None) -> Cell:
    if wanted is None or not answers or any(wanted not in answer[network] for answer in answers.values()):
        return ""
    return share([_is_called(answer, network, wanted) for answer in answers.values()])


def _networks(judged: Judged) -> list[str]:
    return sorted({name for answer in judged.values() for name in answer if name != "identity"})


def _mean_identity(judged: Judged, people: Sequence[str]) -> Cell:
    distances = [
        _distance(answer, judged[person, ""]) for (person, name), answer in judged.items() if name and person in people
    ]
    return Number(float(np.mean(distances))) if distances else ""


def _called_in_group(judged: Judged, network: str, people: Sequence[str]) -> Cell:
    """Return how often pictures of these people are called what they should be, over all expressions that have a class."""
    known = [
        (person, _is_called(answer, network, CLASS_OF[name]))
        for (person, name), answer in judged.items()
        if person in people and name in CLASS_OF
    ]
    return mean([hit for _, hit in known], [person for person, _ in known], digits=0, percent=True) if known else ""
