from __future__ import annotations

from pixelfes.evaluate.report.expression_tables import action_table, expression_table, group_table
from pixelfes.evaluate.run.expressions import ActionMeasures, ExpressionMeasures

PEOPLE = ["anna", "ben"]
MEASURES = {
    "sad": ExpressionMeasures(dict.fromkeys(PEOPLE, 1.5), dict.fromkeys(PEOPLE, 6.0), {"anna": 0.2, "ben": 0.4}),
    "wink": ExpressionMeasures({"anna": 1.0}, {"anna": 2.0}, {"anna": 0.1}, lost=1),
}
JUDGED = {
    ("anna", ""): {"net": {"neutral": 0.9, "sad": 0.1}, "identity": [0.0, 0.0]},
    ("ben", ""): {"net": {"neutral": 0.9, "sad": 0.1}, "identity": [1.0, 0.0]},
    ("anna", "sad"): {"net": {"neutral": 0.1, "sad": 0.9}, "identity": [0.3, 0.4]},
    ("ben", "sad"): {"net": {"neutral": 0.6, "sad": 0.4}, "identity": [1.1, 0.0]},
    ("anna", "wink"): {"net": {"neutral": 0.6, "sad": 0.4}, "identity": [0.0, 0.1]},
}


def test_an_expression_has_its_measures_and_what_every_judge_calls_it() -> None:
    table = expression_table(MEASURES, JUDGED, PEOPLE)
    assert table.columns[-2:] == ["identity (farthest)", "called so by net"]
    sad, wink = table.texts()
    assert sad[:5] == ["sad", "6.00", "1.50", "0.30", "0.30 (0.50)"]
    assert sad[5].startswith("50 %")
    assert wink[0] == "wink (1 faces lost)"
    assert wink[5] == ""  # no judge has a class for it


def test_a_judge_without_the_class_says_nothing() -> None:
    judged = {key: {"net": {"happy": 1.0}, "identity": [0.0]} for key in JUDGED}
    assert [row[5] for row in expression_table(MEASURES, judged, PEOPLE).texts()] == ["", ""]


def test_groups_are_measured_over_all_expressions() -> None:
    table = group_table(MEASURES, JUDGED, {"gender": {"female": ["anna"], "male": ["ben"]}})
    female, male = table.texts()
    assert female[:3] == ["gender: female", "1", "1.25"]
    assert male[3] == "0.40"
    assert female[5].startswith("100 %")
    assert male[5].startswith("0 %")


def test_an_action_that_cannot_be_read_says_so() -> None:
    table = action_table({"jawOpen": ActionMeasures(1.0, 0.9, 0.1), "cheekPuff": ActionMeasures(1.0, None, None)})
    assert table.texts() == [["jawOpen", "1.000", "0.90", "0.10"], ["cheekPuff", "1.000", "cannot be read", ""]]
