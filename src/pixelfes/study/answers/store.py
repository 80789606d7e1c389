"""Participants and their answers. Every write is checked against the study's design first.

A method that saves returns after its transaction is committed. Saving the same answer again changes nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from pixelfes.errors import InputError, PixelfesError
from pixelfes.study.answers.database import Database
from pixelfes.study.answers.schema import AnswerRow, ParticipantRow, StudyRow
from pixelfes.study.design.study import Study
from pixelfes.study.design.tokens import hash_token, new_token
from pixelfes.study.design.trials import Trial, TrialKind, draw_trials, trials_from_json, trials_to_json

MAX_MILLISECONDS = 24 * 3600 * 1000
_MAX_CACHED_PARTICIPANTS = 4096
# Statements of every answer. Building them for each answer would take longer than running them.
_LOCK_PARTICIPANT = select(ParticipantRow.id).where(ParticipantRow.id == bindparam("participant")).with_for_update()
_COUNT_ANSWERS = select(func.count()).select_from(AnswerRow).where(AnswerRow.participant == bindparam("participant"))
_INSERT_ANSWER = insert(AnswerRow)


class Refusal(PixelfesError):  # noqa: N818 (a reply to a request, and no error of the program)
    """A request that does not fit the study. ``status`` is the HTTP status of the reply."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Participant:
    """A participant: the key in the database, the number in the order of consent from 0, and the trials."""

    id: int
    number: int
    trials: list[Trial]


@dataclass(frozen=True)
class Answer:
    """An answer and its question.

    Attributes
    ----------
    participant : int
        The participant's number in the order of consent, from 0.
    trial : int
        The trial's number among those of the participant, from 0.
    kind, item, question
        The same as in `Trial`.
    order : tuple of str
        The options from the first position to the last.
    choice : str
        The chosen option.
    milliseconds : int
        Time from showing the pictures to the answer, measured by the participant's device.
    answered_at : datetime
        In UTC.
    """

    participant: int
    trial: int
    kind: TrialKind
    item: str
    question: str
    order: tuple[str, ...]
    choice: str
    milliseconds: int
    answered_at: datetime


class AnswerStore:
    """The answers of one study in a database.

    Parameters
    ----------
    study : Study
    url : str
        The URL of the database, as for `Database`. Its tables are migrated to the latest version.
    simulated : bool
        Whether the answers are simulated. Answers of people and simulated ones never share a database.
    make : bool
        Whether to make a SQLite file that does not exist.

    Raises
    ------
    InputError
        If the database holds answers to another design of this study, or answers of people where ``simulated`` is true.
    """

    def __init__(self, study: Study, url: str, *, simulated: bool = False, make: bool = True) -> None:
        self.study = study
        self._database = Database(url, make=make)
        self._cache: OrderedDict[str, Participant] = OrderedDict()
        self._cache_lock = threading.Lock()
        try:
            self.simulated = self._database.write(lambda connection: _register_study(connection, study, simulated))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def add_participant(self) -> tuple[str, Participant]:
        """Add a participant who has consented; return the token, of which only a hash is stored, and the participant."""
        token = new_token()
        return token, self._database.write(lambda connection: _add_participant(connection, self.study, token))

    def participant(self, token: str) -> Participant:
        """Return the participant who has a token.

        Raises
        ------
        Refusal
            401 if no participant of this study has the token.
        """
        hashed = hash_token(token)
        with self._cache_lock:
            found = self._cache.get(hashed)
        if found is None:
            found = self._read_participant(hashed)
            with self._cache_lock:
                self._cache[hashed] = found
                while len(self._cache) > _MAX_CACHED_PARTICIPANTS:
                    self._cache.popitem(last=False)
        return found

    def _read_participant(self, hashed: str) -> Participant:
        query = select(ParticipantRow.id, ParticipantRow.number, ParticipantRow.plan).where(
            ParticipantRow.token_hash == hashed, ParticipantRow.study == self.study.id
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise Refusal(401, "this link does not belong to a participant of this study")
        return Participant(row.id, row.number, trials_from_json(row.plan))

    def count_answers(self, participant: Participant) -> int:
        """Return the number of answers of a participant, which is also the number of the next trial."""
        with self._database.read() as connection:
            return _count_answers(connection, participant.id)

    def save_answer(self, participant: Participant, trial: int, choice: str, milliseconds: int) -> int:
        """Save an answer, and return the number of the participant's answers when it is on disk.

        Raises
        ------
        Refusal
            404 if the participant has no such trial. 422 if the trial does not offer the choice, or the time is
            impossible. 409 if the trial has another answer, or an earlier trial has none.
        """
        if not 0 <= trial < len(participant.trials):
            n_trials = len(participant.trials)
            raise Refusal(404, f"there is no question {trial}: this participant has {n_trials}, counted from 0")
        if choice not in participant.trials[trial].order:
            raise Refusal(422, f"the choice is not one of the pictures of question {trial}")
        if not 0 <= milliseconds <= MAX_MILLISECONDS:
            raise Refusal(422, f"milliseconds must be from 0 to {MAX_MILLISECONDS}")
        values = {
            "participant": participant.id,
            "trial": trial,
            "choice": choice,
            "milliseconds": milliseconds,
            "answered_at": datetime.now(UTC),
        }
        return self._database.write(lambda connection: _save_answer(connection, values))

    def read_participants(self) -> list[Participant]:
        """Return all participants, in the order of consent."""
        query = (
            select(ParticipantRow.id, ParticipantRow.number, ParticipantRow.plan)
            .where(ParticipantRow.study == self.study.id)
            .order_by(ParticipantRow.number)
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
        return [Participant(row.id, row.number, trials_from_json(row.plan)) for row in found]

    def read_answers(self) -> tuple[list[Participant], list[Answer]]:
        """Return all participants, and all answers sorted by participant and trial."""
        participants = self.read_participants()
        by_id = {participant.id: participant for participant in participants}
        query = (
            select(AnswerRow.__table__)
            .join(ParticipantRow, ParticipantRow.id == AnswerRow.participant)
            .where(ParticipantRow.study == self.study.id)
            .order_by(ParticipantRow.number, AnswerRow.trial)
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
        return participants, [_answer(by_id[row.participant], row) for row in found if row.participant in by_id]


def _register_study(connection: Connection, study: Study, simulated: bool) -> bool:
    """Add the study, or check that it is the same; return whether its answers are simulated."""
    row = connection.execute(
        select(StudyRow.fingerprint, StudyRow.simulated).where(StudyRow.id == study.id)
    ).one_or_none()
    if row is None:
        connection.execute(
            insert(StudyRow).values(id=study.id, fingerprint=study.fingerprint, simulated=simulated, next_number=0)
        )
        return simulated
    if row.fingerprint != study.fingerprint:
        raise InputError(
            "study.json has changed since the answers in this database were given; make a new study instead"
        )
    if simulated and not row.simulated:
        raise InputError("the database holds answers of people; simulated answers need another database")
    return bool(row.simulated)


def _add_participant(connection: Connection, study: Study, token: str) -> Participant:
    next_number = connection.execute(
        update(StudyRow)
        .where(StudyRow.id == study.id)
        .values(next_number=StudyRow.next_number + 1)
        .returning(StudyRow.next_number)
    ).scalar_one()
    number = next_number - 1
    trials = draw_trials(study, number)
    values = {
        "study": study.id,
        "token_hash": hash_token(token),
        "number": number,
        "plan": trials_to_json(trials),
        "consented_at": datetime.now(UTC),
    }
    id = connection.execute(insert(ParticipantRow).values(values).returning(ParticipantRow.id)).scalar_one()
    return Participant(id, number, trials)


def _save_answer(connection: Connection, values: dict[str, Any]) -> int:
    """Insert an answer unless it exists, and return the number of the participant's answers; refuse before writing."""
    participant, trial = values["participant"], values["trial"]
    if connection.dialect.name != "sqlite":  # SQLite runs one write at a time
        connection.execute(_LOCK_PARTICIPANT, {"participant": participant}).one()
    count = _count_answers(connection, participant)
    if trial > count:
        raise Refusal(409, f"question {trial} is not next: question {count} has no answer yet")
    if trial < count:
        _check_same_choice(connection, participant, trial, values["choice"])
        return count
    connection.execute(_INSERT_ANSWER, values)
    return count + 1


def _count_answers(connection: Connection, participant: int) -> int:
    return int(connection.execute(_COUNT_ANSWERS, {"participant": participant}).scalar_one())


def _check_same_choice(connection: Connection, participant: int, trial: int, choice: str) -> None:
    query = select(AnswerRow.choice).where(AnswerRow.participant == participant, AnswerRow.trial == trial)
    if connection.execute(query).scalar_one() != choice:
        raise Refusal(409, f"question {trial} already has another answer, which cannot be changed")


def _answer(participant: Participant, row: Row[Any]) -> Answer:
    trial = participant.trials[row.trial]
    # SQLite drops the time zone of the UTC time that was written.
    when = row.answered_at.replace(tzinfo=UTC) if row.answered_at.tzinfo is None else row.answered_at.astimezone(UTC)
    return Answer(
        participant.number,
        row.trial,
        trial.kind,
        trial.item,
        trial.question,
        trial.order,
        row.choice,
        row.milliseconds,
        when,
    )
