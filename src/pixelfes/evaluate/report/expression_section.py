"""The section of a report on expressions by name: drawn on the people's neutral photos, and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import ChoiceError, FaceNotFoundError
from pixelfes.evaluate.judges.identity import IdentityJudge
from pixelfes.evaluate.judges.onnx_expression import OnnxExpressionJudge
from pixelfes.evaluate.report.expression_tables import CLASS_OF, expression_table
from pixelfes.evaluate.report.html import Section
from pixelfes.evaluate.run.expressions import Face, measure_expressions
from pixelfes.expression.actions.mix import Mix, presets
from pixelfes.expression.base import Progress
from pixelfes.expression.pairs import Pair
from pixelfes.expression.synthesis import Learned
from pixelfes.face.landmarks import LandmarkProvider, find_faces
from pixelfes.photos.reading import read_photo


def named_mixes(names: Sequence[str]) -> dict[str, Mix]:
    """Return the presets of these names, or all for ["all"].

    Raises
    ------
    ChoiceError
        If a name is none of a preset.
    """
    known = presets()
    wanted = list(known) if list(names) == ["all"] else list(names)
    unknown = next((name for name in wanted if name not in known), None)
    if unknown is not None:
        raise ChoiceError(f"{unknown!r} is none of {', '.join(known)}")
    return {name: known[name].mix for name in wanted}


def expression_section(
    pairs: Sequence[Pair],
    mixes: Mapping[str, Mix],
    learned: Learned,
    provider: LandmarkProvider,
    judges: tuple[OnnxExpressionJudge | None, IdentityJudge],
    progress: Progress,
) -> Section:
    """Draw expressions on the neutral photos of pairs, judge them, and return what came of it.

    Parameters
    ----------
    pairs : list of Pair
    mixes : dict from the name of an expression to its mix
    learned : Learned
        The smile that takes part.
    provider : LandmarkProvider
    judges : (judge of expression or None, judge of identity)
    progress : callable
    """
    faces = _neutral_faces(pairs, provider)
    expression, identity = judges
    judged: dict[tuple[str, str], dict[str, Any]] = {}

    def judge(person: str, name: str, picture: Pixels, landmarks: Array) -> None:
        answer: dict[str, Any] = {"identity": identity.embed(picture, landmarks)}
        if expression is not None:
            probabilities = expression.probabilities(picture, landmarks).tolist()
            answer[expression.info.name] = dict(zip(expression.labels, probabilities, strict=True))
        judged[person, name] = answer
        progress("expressions", len(judged), len(faces) * (len(mixes) + 1))

    for face in faces:
        judge(face.name, "", face.pixels, face.landmarks)
    measures = measure_expressions(learned, faces, mixes, provider, judge)
    table = expression_table(measures, judged, [face.name for face in faces])
    return Section("expressions", "Expressions by name", _sentences(expression, len(faces)), [table])


def _neutral_faces(pairs: Sequence[Pair], provider: LandmarkProvider) -> list[Face]:
    faces = []
    for pair in pairs:
        pixels = read_photo(pair.input).pixels
        try:
            faces.append(Face(pair.name, pixels, find_faces(provider, pixels, "largest")[0]))
        except FaceNotFoundError:
            continue  # the list of pairs that could not be used names it
    return faces


def _sentences(expression: OnnxExpressionJudge | None, n_people: int) -> list[str]:
    first = (
        f"The expressions of pixelfes, drawn on the neutral photos of {n_people} people. Moved: how far the landmarks were "
        "meant to go on average, in percent of the distance between the eyes. From plan: how far those that are found are "
        "from there. Nothing of it was learnt from these pairs."
    )
    if expression is None:
        return [
            first,
            "The judges of the folds know one expression; name a classifier of more with --expression-judge.",
        ]
    unknown = sorted({one for one in CLASS_OF.values() if one not in expression.labels})
    lacks = [f"{expression.info.name} has no class {', '.join(unknown)}."] if unknown else []
    return [first, *lacks]
