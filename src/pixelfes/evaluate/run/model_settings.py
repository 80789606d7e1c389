"""Settings of one model compared on people kept out: displacement, read-out of strength, size, penalty."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.evaluate.judges.pixels import FRAME, face_mask
from pixelfes.evaluate.judges.skin import CALM_SKIN
from pixelfes.evaluate.run.folds import Person, Split
from pixelfes.expression.displacement import Displacement, lip_gap
from pixelfes.expression.model import ExpressionModel
from pixelfes.expression.synthesis import plan_in_light
from pixelfes.face.alignment import HeadPose, mean_shape, symmetric
from pixelfes.face.appearance.light import Light
from pixelfes.face.landmarks import LandmarkProvider, eye_distance
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.topology import MOUTH_CORNERS
from pixelfes.photos.reading import read_photo

COMPONENTS = (2, 5, 10, 20)
_RIDGE = 0.3
"""Penalty of the regression on shape components, in variances of the first one."""

IsOpen = Callable[[Person], bool]


def displacement_errors(splits: Sequence[Split], is_open: IsOpen) -> dict[str, list[float]]:
    """Return how far predicted expressive landmarks lie from the real ones, by prediction.

    Only open smiles count, in training and test.

    Returns
    -------
    dict from the prediction's name to a list over people
        Mean distance of the 468 points, % of the distance between the eyes.
    """
    errors: dict[str, list[float]] = {}
    for split in splits:
        train, test = ([person for person in group if is_open(person)] for group in (split.train, split.test))
        mean = mean_shape([person.face.input for person in train])
        (before, after), (unseen, wanted) = _shapes(train, mean), _shapes(test, mean)
        for name, predicted in _predictions(before, after, unseen).items():
            distance = np.linalg.norm((predicted - wanted)[..., :2], axis=2).mean(1) * 100
            errors.setdefault(name, []).extend(distance.tolist())
    return errors


def _shapes(people: Sequence[Person], mean: Array) -> tuple[Array, Array]:
    before, after = (
        np.array([HeadPose.of(face, mean).to_canonical(face) for face in side])
        for side in zip(*((person.face.input, person.face.target) for person in people), strict=True)
    )
    return before, after


def _predictions(before: Array, after: Array, unseen: Array) -> dict[str, Array]:
    predictions = {"none": unseen, "mean displacement": unseen + symmetric((after - before).mean(0))}
    flat = before.reshape(len(before), -1)
    mean, moved = flat.mean(0), (after - before).reshape(len(before), -1)
    _, _, components = np.linalg.svd(flat - mean, full_matrices=False)
    for count in (count for count in COMPONENTS if count <= len(components)):
        scores = (flat - mean) @ components[:count].T
        penalty = np.eye(count) * _RIDGE * (scores**2).sum(0)[0]
        weights = np.linalg.solve(scores.T @ scores + penalty, scores.T @ (moved - moved.mean(0)))
        own = (unseen.reshape(len(unseen), -1) - mean) @ components[:count].T
        step = (moved.mean(0) + own @ weights).reshape(unseen.shape)
        predictions[f"ridge on {count} components of the neutral shape"] = unseen + step
    return predictions


@dataclass
class ReadOuts:
    """Read-outs of one kind of photo: strength of the expression, and gap between the lips."""

    strength: list[float] = field(default_factory=list)
    gap: list[float] = field(default_factory=list)


def read_outs(splits: Sequence[Split], is_open: IsOpen) -> dict[str, ReadOuts]:
    """Return the read-outs of unseen faces: neutral photos, open smiles, closed smiles."""
    kinds = {name: ReadOuts() for name in ("neutral photos", "open smiles", "closed smiles")}
    for split in splits:
        displacement = _displacement(split.train)
        for person in split.test:
            smile = "open smiles" if is_open(person) else "closed smiles"
            for points, kind in ((person.face.input, "neutral photos"), (person.face.target, smile)):
                shape = HeadPose.of(points, displacement.reference).to_canonical(points)
                kinds[kind].strength.append(displacement.state(shape).strength)
                kinds[kind].gap.append(float(lip_gap(shape[None])[0]))
    return kinds


@dataclass
class SettingMeasures:
    """Measures of one setting, each a list over kept-out people.

    Attributes
    ----------
    error : list of float
        Mean squared error against the real open smile, levels².
    landmark_error : list of float
        Distance of the landmarks found again from the planned ones, % of the distance between the eyes.
    widening : list of float
        Width of the mouth after the change, in widths before.
    skin : list of float
        Change of the mean colour of skin far from the mouth, in the channel where it is largest, levels.
    seconds : list of float
        Duration of the fit, one for each fold.
    lost : int
        Faces that were not found again.
    """

    error: list[float] = field(default_factory=list)
    landmark_error: list[float] = field(default_factory=list)
    widening: list[float] = field(default_factory=list)
    skin: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    lost: int = 0


def compare_settings(
    splits: Sequence[Split],
    settings: dict[str, Callable[[], ExpressionModel]],
    provider: LandmarkProvider,
    is_open: IsOpen,
    report: Callable[[int, str], None] = lambda fold, name: None,
) -> tuple[dict[str, SettingMeasures], list[float]]:
    """Fit every setting on the training people of each split, and measure it on the others.

    Returns
    -------
    measures : dict from setting to SettingMeasures
    unchanged : list of float
        The error of the neutral photos themselves, over open smiles.
    """
    measures = {name: SettingMeasures() for name in settings}
    unchanged: list[float] = []
    for split in splits:
        displacement = _displacement(split.train)
        frame = MeshRegistration(displacement.reference + displacement.full, FRAME)
        unchanged += [
            _error(frame, read_photo(person.face.pair.input).pixels, person.face.input, person)
            for person in split.test
            if is_open(person)
        ]
        for name, make in settings.items():
            report(split.number, name)
            model = make()
            model.landmarks = provider
            start = time.perf_counter()
            model.fit([person.face.pair for person in split.train])
            measures[name].seconds.append(time.perf_counter() - start)
            for person in split.test:
                _measure(model, person, frame, is_open(person), measures[name])
    return measures, unchanged


def _displacement(people: Sequence[Person]) -> Displacement:
    displacement, _ = Displacement.fit([p.face.input for p in people], [p.face.target for p in people])
    return displacement


def _measure(
    model: ExpressionModel, person: Person, frame: MeshRegistration, is_open: bool, measures: SettingMeasures
) -> None:
    before, points = read_photo(person.face.pair.input).pixels, person.face.input
    out = model.synthesize_pixels(before, landmarks=points)
    found = model.landmarks.detect(out) if model.landmarks else []
    if not found:
        measures.lost += 1
        return
    widths = [np.linalg.norm(np.diff(face[list(MOUTH_CORNERS), :2], axis=0)) for face in (points, found[0])]
    measures.widening.append(float(widths[1] / widths[0]))
    if is_open:
        measures.error.append(_error(frame, out, found[0], person))
    planned = points
    if model.learned_.displacement is not None:
        light = Light.of(before, points)
        planned = plan_in_light(model.learned_.displacement, before, points, light, 1.0).moved
        distance = np.linalg.norm((found[0] - planned)[:, :2], axis=1).mean()
        measures.landmark_error.append(float(100 * distance / eye_distance(points)))
    calm = frame.calm_skin > CALM_SKIN
    colours = [frame.texture(p, x)[calm].mean(0) for p, x in ((before, points), (out, planned))]
    measures.skin.append(float(255 * np.abs(colours[1] - colours[0]).max()))


def _error(frame: MeshRegistration, pixels: Pixels, points: Array, person: Person) -> float:
    """Return the mean squared error over the face between a picture and the real expressive photo, levels²."""
    truth = read_photo(person.face.pair.target).pixels
    difference = frame.texture(pixels, points) - frame.texture(truth, person.face.target)
    return float(np.square(255 * difference[face_mask(frame)], dtype=np.float64).mean())
