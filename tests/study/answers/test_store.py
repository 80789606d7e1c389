from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from pixelfes.errors import InputError, PixelfesError
from pixelfes.study.answers.database import Database, DatabaseError, sqlite_url
from pixelfes.study.answers.schema import Base
from pixelfes.study.answers.store import MAX_MILLISECONDS, AnswerStore, Participant, Refusal
from tests.study.small_study import SmallStudy


def answer_all(store: AnswerStore, person: Participant) -> None:
    for n, trial in enumerate(person.trials):
        assert store.save_answer(person, n, trial.order[0], 1000 + n) == n + 1


def refused(
    status: int, store: AnswerStore, person: Participant, trial: int, choice: str, milliseconds: int = 1000
) -> str:
    with pytest.raises(Refusal) as caught:
        store.save_answer(person, trial, choice, milliseconds)
    assert caught.value.status == status
    return str(caught.value)


def test_what_is_answered_is_there_when_the_database_is_opened_again(small: SmallStudy, database: str) -> None:
    with closing(AnswerStore(small.study, database)) as store:
        token = store.add_participant()[0]
        answer_all(store, store.participant(token))
    with closing(AnswerStore(small.study, database)) as store:
        person = store.participant(token)
        people, answers = store.read_answers()
        assert people == [person]
        assert [a.choice for a in answers] == [trial.order[0] for trial in person.trials]
        assert [a.milliseconds for a in answers] == [1000 + n for n in range(len(person.trials))]
        assert all(a.answered_at.tzinfo is not None for a in answers)


def test_the_same_answer_sent_again_is_the_same_answer(store: AnswerStore) -> None:
    person = store.participant(store.add_participant()[0])
    first = person.trials[0].order
    assert store.save_answer(person, 0, first[1], 1000) == 1
    assert store.save_answer(person, 0, first[1], 2000) == 1
    _, answers = store.read_answers()
    assert [(a.choice, a.milliseconds) for a in answers] == [(first[1], 1000)]


def test_an_answer_is_never_changed(store: AnswerStore) -> None:
    person = store.participant(store.add_participant()[0])
    first = person.trials[0].order
    store.save_answer(person, 0, first[1], 1000)
    assert "already has another answer, which cannot be changed" in refused(409, store, person, 0, first[0])
    assert [a.choice for a in store.read_answers()[1]] == [first[1]]


def test_only_the_next_question_is_answered(store: AnswerStore) -> None:
    person = store.participant(store.add_participant()[0])
    assert "question 0 has no answer yet" in refused(409, store, person, 1, person.trials[1].order[0])
    assert "there is no question 99" in refused(404, store, person, 99, "mr")
    assert "not one of the pictures" in refused(422, store, person, 0, "somebody else")
    assert "milliseconds" in refused(422, store, person, 0, person.trials[0].order[0], MAX_MILLISECONDS + 1)
    assert store.read_answers()[1] == []


def test_one_answer_of_many_sent_at_once_counts(store: AnswerStore) -> None:
    person = store.participant(store.add_participant()[0])
    options = person.trials[0].order
    barrier = threading.Barrier(12)

    def send(n: int) -> str:
        barrier.wait()
        try:
            store.save_answer(person, 0, options[n % len(options)], n)
        except Refusal as refusal:
            return f"refused {refusal.status}"
        return options[n % len(options)]

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(send, range(12)))
    kept = [a.choice for a in store.read_answers()[1]]
    assert len(kept) == 1
    assert {choice for choice in told if choice != "refused 409"} == set(kept)


def test_people_who_come_at_once_get_numbers_of_their_own(store: AnswerStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: store.add_participant()[0], range(24)))
    assert len(set(tokens)) == 24
    assert sorted(store.participant(token).number for token in tokens) == list(range(24))


def test_a_token_of_nobody_opens_nothing(store: AnswerStore) -> None:
    store.add_participant()[0]
    for token in ("", "x", "é" * 40, "\udce9"):
        with pytest.raises(Refusal) as caught:
            store.participant(token)
        assert caught.value.status == 401


def test_a_token_opens_its_own_study_only(small: SmallStudy, database: str) -> None:
    other = replace(small.study, id="other")
    with closing(AnswerStore(small.study, database)) as store, closing(AnswerStore(other, database)) as elsewhere:
        token = store.add_participant()[0]
        with pytest.raises(Refusal):
            elsewhere.participant(token)
        assert elsewhere.read_answers() == ([], [])


def test_the_database_holds_no_token(store: AnswerStore, small: SmallStudy, database: str) -> None:
    token = store.add_participant()[0]
    answer_all(store, store.participant(token))
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        rows = [
            str(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in connection.execute(text(f"SELECT * FROM {table.name}"))  # noqa: S608 (names of our own)
        ]
    engine.dispose()
    assert len(rows) == 2 + len(store.read_participants()[0].trials)
    assert not any(secret in row for row in rows for secret in (token, small.token))


def test_migrations_make_the_tables_that_the_code_knows(store: AnswerStore, database: str) -> None:
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    found = inspect(engine)
    for table in Base.metadata.sorted_tables:
        columns = {column["name"]: column for column in found.get_columns(table.name)}
        assert set(columns) == {column.name for column in table.columns}
        for column in table.columns:
            assert columns[column.name]["nullable"] == column.nullable
        primary = found.get_pk_constraint(table.name)["constrained_columns"]
        assert set(primary) == {column.name for column in table.primary_key}
    engine.dispose()


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    with closing(Database(sqlite_url(tmp_path / "a.sqlite3"))) as opened, opened.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2


def test_answers_to_a_changed_study_are_not_mixed(small: SmallStudy, database: str) -> None:
    AnswerStore(small.study, database).close()
    AnswerStore(replace(small.study, title="Another title"), database).close()
    with pytest.raises(InputError, match="has changed since the answers"):
        AnswerStore(replace(small.study, seed=1), database)


def test_simulated_answers_do_not_go_among_those_of_people(small: SmallStudy, database: str) -> None:
    AnswerStore(small.study, database).close()
    with pytest.raises(InputError, match="answers of people"):
        AnswerStore(small.study, database, simulated=True)


def test_tables_of_a_later_version_are_left_alone(small: SmallStudy, database: str) -> None:
    AnswerStore(small.study, database).close()
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseError, match="later version"):
        AnswerStore(small.study, database)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "must be a URL such as"),
        ("mysql://localhost/x", "PostgreSQL or a SQLite file"),
        ("sqlite://", "PostgreSQL or a SQLite file"),
        ("postgresql://u:secret@127.0.0.1:1/x", "cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_is_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(PixelfesError, match=sentence) as caught:
        Database(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_one_sentence_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite3"
    path.write_text("a letter to a friend, and a long one at that; " * 20)
    with pytest.raises(DatabaseError, match="not a database"):
        Database(sqlite_url(path))
    assert path.read_text().startswith("a letter")
