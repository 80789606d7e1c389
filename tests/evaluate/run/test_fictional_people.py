"""Fictional people measured beside others, here other fictional people instead of real ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from pixelfes import ExpressionModel, Pair
from pixelfes.arrays import Array, Pixels
from pixelfes.evaluate.judges.classifier_file import load_judge
from pixelfes.evaluate.judges.identity import OnnxIdentity
from pixelfes.evaluate.judges.pixels import comparison_frame
from pixelfes.evaluate.report.fictional_tables import (
    likeness_table,
    portrait_sentence,
    training_sentence,
    training_table,
)
from pixelfes.evaluate.run.fictional_people import (
    FoldModels,
    PortraitMeasures,
    compare_training,
    identity_distances,
    measure_fictional_people,
    measure_real_people,
)
from pixelfes.evaluate.run.folds import Person, Split, find_people, split_in_turn
from pixelfes.evaluate.run.measures import Judges
from pixelfes.expression.base import no_progress
from pixelfes.face.detector.face_detector import FaceDetector
from pixelfes.people.people import each_person
from tests.evaluate.judges.onnx_files import pixels_network


class Blind:
    """Finds nobody."""

    def detect(self, pixels: Pixels) -> list[Array]:
        return []


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> OnnxIdentity:
    return OnnxIdentity(pixels_network(tmp_path_factory.mktemp("net") / "net.onnx"))


@pytest.fixture(scope="module")
def known(people: list[Pair], detector: FaceDetector) -> list[Person]:
    return find_people(people[:4], detector, no_progress)[0]


@pytest.fixture(scope="module")
def drawn(identity: OnnxIdentity, detector: FaceDetector) -> PortraitMeasures:
    return measure_fictional_people(each_person(4, 5, size=192), detector, identity, load_judge())


def test_every_portrait_is_found_where_its_landmarks_are(drawn: PortraitMeasures) -> None:
    assert drawn.lost == 0
    assert len(drawn.landmark_error) == 8
    assert max(drawn.landmark_error) < 6
    assert np.mean(drawn.smiling_score) > np.mean(drawn.neutral_score)
    assert "4 of 4" in portrait_sentence(drawn, 4)


def test_people_without_a_found_face_are_counted(identity: OnnxIdentity) -> None:
    measures = measure_fictional_people(each_person(2, 5, size=96), Blind(), identity, load_judge())
    assert (measures.lost, measures.same) == (2, [])


def test_distances_are_those_of_every_pair(
    drawn: PortraitMeasures, known: list[Person], identity: OnnxIdentity
) -> None:
    real = measure_real_people(known, identity)
    distances = identity_distances(real, drawn)
    assert [len(values) for values in distances.values()] == [4, 4, 4, 4, 6, 6]
    nearest = min(np.linalg.norm(drawn.embeddings[0] - other) for other in real.embeddings)
    assert distances["**a fictional person to the nearest real person**"][0] == pytest.approx(nearest)
    table = likeness_table(real, drawn)
    for row in table.rows:
        values = [cell.value for cell in row[1:]]  # type: ignore[union-attr]
        assert all(a <= b for a, b in pairwise(values))  # type: ignore[operator]


def test_a_model_beside_the_real_smile(
    known: list[Person], identity: OnnxIdentity, detector: FaceDetector, smile: ExpressionModel
) -> None:
    def prepare(split: Split) -> FoldModels:
        frame = comparison_frame([person.face.target for person in split.train])
        return FoldModels(Judges(load_judge(), identity, detector, frame), {"real": smile, "fictional": smile})

    rows = compare_training(split_in_turn(known, 2), prepare)
    assert {name: len(listed) for name, listed in rows.items()} == {"photo": 4, "real": 4, "fictional": 4}
    assert [row.person for row in rows["photo"]] == [row.person for row in rows["real"]]
    titles = {"photo": "the photo", "real": "the model"}
    table = training_table(rows, titles, lambda name: True)
    assert [row[0] for row in table.rows] == ["the photo", "the model"]
    assert table.rows[0][-1] == ""  # the photo is not compared with itself
    assert "100.0 % of the expression score; identity distance +0.000" in training_sentence(
        rows["fictional"], rows["real"]
    )
