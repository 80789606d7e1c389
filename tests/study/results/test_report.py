from __future__ import annotations

import csv
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pixelfes.errors import InputError
from pixelfes.reporting.style_sheets import token_values
from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.simulation import normalised_strengths, simulate
from pixelfes.study.answers.store import Answer, AnswerStore
from pixelfes.study.design.study import COPIED_INPUT
from pixelfes.study.design.wording import read_study_texts
from pixelfes.study.results.analysis import StudyResults, analyse
from pixelfes.study.results.bar_chart import bar_chart
from pixelfes.study.results.report import html_report, markdown_report, warning_sentences, write_study_report
from tests.study.small_study import SmallStudy, small_study
from tests.study.study_client import study_client

STRENGTHS = {"pixel-rr": 0.57, "mr": 0.17, "ganimation": 0.26}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallStudy, StudyResults, list[Answer]]:
    folder: Path = tmp_path_factory.mktemp("simulated")
    small = small_study(folder, n_items=6, questions=("overall", "identity"), title="Smiles, <b>")
    with closing(AnswerStore(small.study, sqlite_url(folder / "a.sqlite3"), simulated=True)) as store:
        simulate(store, STRENGTHS, 40, careless=0.2, seed=1)
        people, answers = store.read_answers()
        return small, analyse(small.study, people, answers, simulated=True, attentive_only=True), answers


def test_known_strengths_are_recovered(simulated: tuple[SmallStudy, StudyResults, list[Answer]]) -> None:
    for question in simulated[1].questions:
        for standing in question.standings:
            true = STRENGTHS[standing.candidate]
            # An interval of 95 % misses in one of twenty; one half as wide again misses in one of three hundred.
            half = 0.75 * (standing.strength.high - standing.strength.low)
            assert abs(standing.strength.estimate - true) < half
            assert half < 0.12


def test_careless_participants_fail_the_attention_checks(
    simulated: tuple[SmallStudy, StudyResults, list[Answer]],
) -> None:
    _, results, _ = simulated
    failed = {person.number for person in results.participants if person.copies_failed}
    assert failed == set(results.left_out)
    assert 2 <= len(failed) <= 14  # 8 are careless, and one in three of those hits the copy by chance


def test_nobody_takes_part_among_simulated_answers(small: SmallStudy, tmp_path: Path) -> None:
    with closing(AnswerStore(small.study, sqlite_url(tmp_path / "b.sqlite3"), simulated=True)) as store:
        store.add_participant()[0]
    with (
        closing(AnswerStore(small.study, sqlite_url(tmp_path / "b.sqlite3"))) as store,
        study_client(small, store) as client,
    ):
        reply = client.post("/api/participants", json={"consent": True})
        assert (reply.status_code, len(store.read_participants())) == (403, 1)


def test_drawn_answers_never_go_among_those_of_people(small: SmallStudy, store: AnswerStore) -> None:
    with pytest.raises(InputError, match="need a separate database"):
        simulate(store, STRENGTHS, 1)
    assert store.read_participants() == []


@pytest.mark.parametrize(
    "strengths",
    [{}, {"pixel-rr": 1.0}, STRENGTHS | {"mr": 0.0}, STRENGTHS | {"mr": float("nan")}, STRENGTHS | {"other": 1.0}],
)
def test_strengths_are_positive_and_of_every_candidate(small: SmallStudy, strengths: dict[str, float]) -> None:
    with pytest.raises(InputError):
        normalised_strengths(small.study, strengths)


def test_a_report_needs_nothing_else_and_names_are_no_markup(
    simulated: tuple[SmallStudy, StudyResults, list[Answer]],
) -> None:
    small, results, _ = simulated
    page = html_report(small.study, read_study_texts(small.folder), results)
    assert "Smiles, &lt;b&gt;" in page
    assert "<script" not in page
    assert not re.search(r'(src|href)="', page)
    for words in (
        "Simulated answers",
        "Left out, because they missed a copied input",
        "Krippendorff",
        "Time per answer",
        "<svg",
    ):
        assert words in page


def test_all_parts_of_a_report_are_written(
    simulated: tuple[SmallStudy, StudyResults, list[Answer]], tmp_path: Path
) -> None:
    small, results, answers = simulated
    written = write_study_report(small.study, read_study_texts(small.folder), results, answers, tmp_path / "report")
    assert {str(path.relative_to(tmp_path / "report")) for path in written} == {
        *("index.html", "report.md", "answers.csv", "chart.svg"),
        *(f"tables/{name}.csv" for name in ("shares", "agreement", "attention", "times", "places", "participants")),
    }
    with (tmp_path / "report" / "answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(int(row["participant"]) - 1, row["choice"]) for row in rows] == [
        (a.participant, a.choice) for a in answers
    ]
    assert all(row["order"].split(";")[int(row["place"]) - 1] == row["choice"] for row in rows)
    markdown = markdown_report(small.study, read_study_texts(small.folder), results)
    shares = results.questions[0].standings[0]
    assert f"| overall | pixel-rr | {shares.chosen} | {100 * shares.share.estimate:.1f} %" in markdown


def test_bars_are_as_long_as_shares_are_great(simulated: tuple[SmallStudy, StudyResults, list[Answer]]) -> None:
    _, results, _ = simulated
    chart = ElementTree.fromstring(bar_chart(results.questions, standalone=True))  # noqa: S314 (our own)
    bars = [float(rect.attrib["width"]) for rect in chart.iter("{http://www.w3.org/2000/svg}rect")]
    shares = [standing.share.estimate for question in results.questions for standing in question.standings]
    assert len(bars) == len(shares) == 6
    ratios = [bar / share for bar, share in zip(bars, shares, strict=True)]
    assert max(ratios) == pytest.approx(min(ratios), rel=0.01)
    assert bar_chart([]) == ""


def test_failed_checks_stand_out(simulated: tuple[SmallStudy, StudyResults, list[Answer]]) -> None:
    small, results, _ = simulated
    page = html_report(small.study, read_study_texts(small.folder), results)
    failed = sum(person.copies_failed > 0 for person in results.participants)
    assert len(re.findall(r'<td class="failed">\d of \d', page)) == failed
    assert len(re.findall(r'<td class="failed">left out', page)) == len(results.left_out)
    assert len(re.findall(r'<td class="n failed">', page)) == 3  # failed, participants who failed, share failed
    markdown = markdown_report(small.study, read_study_texts(small.folder), results)
    assert markdown.count("**left out**") == len(results.left_out)


def test_participants_who_count_although_they_failed_are_named(
    simulated: tuple[SmallStudy, StudyResults, list[Answer]],
) -> None:
    _, results, _ = simulated
    missed = ", ".join(str(person.number + 1) for person in results.participants if person.copies_failed)
    counted = replace(results, left_out=[])
    assert warning_sentences(counted)[-1] == f"Counted, although they missed a copied input: participants {missed}."
    one = replace(counted, participants=[person for person in results.participants if person.copies_failed][:1])
    assert re.search(r": participant \d+\.$", warning_sentences(one)[-1])


def test_intervals_are_mentioned_only_where_there_are_any(small: SmallStudy, tmp_path: Path) -> None:
    texts = read_study_texts(small.folder)
    with closing(AnswerStore(small.study, sqlite_url(tmp_path / "one.sqlite3"), simulated=True)) as store:
        simulate(store, STRENGTHS, 1, seed=1)
        alone = analyse(small.study, *store.read_answers())
        simulate(store, STRENGTHS, 9, seed=2)
        many = analyse(small.study, *store.read_answers())
    for results, has_intervals in ((alone, False), (many, True)):
        page = html_report(small.study, texts, results)
        assert ("with 95 % bootstrap intervals" in page) == has_intervals
        assert ("In brackets" in page) == has_intervals
        assert ('class="interval"' in page) == has_intervals
        assert ('class="whisker"' in page) == has_intervals


def test_an_interval_without_a_width_is_none(small: SmallStudy, tmp_path: Path) -> None:
    with closing(AnswerStore(small.study, sqlite_url(tmp_path / "alike.sqlite3"))) as store:
        for _ in range(3):
            token, participant = store.add_participant()
            del token
            for number, trial in enumerate(participant.trials):
                choice = COPIED_INPUT if trial.kind == "copy" else "mr"
                store.save_answer(participant, number, choice, 1000)
        results = analyse(small.study, *store.read_answers())
    assert "(100.0 to 100.0)" not in markdown_report(small.study, read_study_texts(small.folder), results)
    assert "| mr | 12 | 100.0 % |" in markdown_report(small.study, read_study_texts(small.folder), results)
    assert "whisker" not in bar_chart(results.questions)


def test_a_chart_by_itself_has_the_colours_of_both_themes(
    simulated: tuple[SmallStudy, StudyResults, list[Answer]],
) -> None:
    chart = bar_chart(simulated[1].questions, standalone=True)
    assert "var(" not in chart
    light, dark = chart.split("@media (prefers-color-scheme: dark)")
    assert f".bar {{ fill: {token_values('light')['accent']}; }}" in light
    assert f".bar {{ fill: {token_values('dark')['accent']}; }}" in dark
