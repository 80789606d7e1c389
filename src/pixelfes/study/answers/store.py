"""What is kept of a study: participants and their answers. Every write is checked against the design first.

An answer is acknowledged by returning; by then its transaction is committed. The same answer sent again is the same answer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from pixelfes.errors import InputError, PixelfesError
from pixelfes.study.answers.database import Database
from pixelfes.study.answers.schema import AnswerRow, ParticipantRow, StudyRow
from pixelfes.study.design.creation import new_token
from pixelfes.study.design.study import Study, hash_token
from pixelfes.study.design.trials import Trial, TrialKind, draw_trials, trials_from_json, trials_to_json

MAX_MILLISECONDS = 24 * 3600 * 1000
_REMEMBERED = 4096
# Built once: of the time that an answer takes, building them anew would be the greater part.
_LOCK = select(ParticipantRow.id).where(ParticipantRow.id == bindparam("participant")).with_for_update()
_COUNT = select(func.count()).select_from(AnswerRow).where(AnswerRow.participant == bindparam("participant"))
_INSERT = insert(AnswerRow)


class Refusal(PixelfesError):  # noqa: N818 (no error of the program: an answer to a request)
    """A request that does not fit the study; ``status`` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Participant:
    """Somebody who takes part, and what they are asked."""

    id: int
    number: int
    plan: list[Trial]


@dataclass(frozen=True)
class Answer:
    """An answer, and the question it answers.

    Attributes
    ----------
    participant : int
        Number in the order of consent, from 0.
    trial : int
        Place among the participant's questions, from 0.
    kind, item, question
        As of `Trial`.
    order : tuple of str
        The options, from the first place to the last.
    choice : str
        One of them.
    milliseconds : int
        From the pictures being there to the answer, as the participant's device has measured it.
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
        Of the database, as of `Database`; its tables are brought up to date.
    simulated : bool
        Whether answers are drawn, not given: a study's people and its simulations never share a database.
    make : bool
        Whether to make a SQLite file that is not there.

    Raises
    ------
    InputError
        Where the database holds answers to another design of this study, or of the other sort.
    """

    def __init__(self, study: Study, url: str, *, simulated: bool = False, make: bool = True) -> None:
        self.study = study
        self._database = Database(url, make=make)
        self._known: OrderedDict[str, Participant] = OrderedDict()
        self._known_lock = threading.Lock()
        try:
            self.simulated = self._database.write(lambda connection: _register(connection, study, simulated))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def enter(self) -> str:
        """Take up somebody who has consented, and return their token, of which only a hash is kept."""
        return self.enter_known()[0]

    def enter_known(self) -> tuple[str, Participant]:
        """Do as `enter`, and return the participant as well."""
        token = new_token()
        return token, self._database.write(lambda connection: _enter(connection, self.study, token))

    def participant(self, token: str) -> Participant:
        """Find the participant whose token this is.

        Raises
        ------
        Refusal
            401, where it is nobody's in this study.
        """
        hashed = hash_token(token)
        with self._known_lock:
            found = self._known.get(hashed)
        if found is None:
            found = self._read_participant(hashed)
            with self._known_lock:
                self._known[hashed] = found
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return found

    def _read_participant(self, hashed: str) -> Participant:
        wanted = select(ParticipantRow.id, ParticipantRow.number, ParticipantRow.plan).where(
            ParticipantRow.token_hash == hashed, ParticipantRow.study == self.study.id
        )
        with self._database.read() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            raise Refusal(401, "this link does not belong to a participant of this study")
        return Participant(row.id, row.number, trials_from_json(row.plan))

    def answered(self, participant: Participant) -> int:
        """Return how many questions a participant has answered: the number of the next one."""
        with self._database.read() as connection:
            return _count(connection, participant.id)

    def answer(self, participant: Participant, trial: int, choice: str, milliseconds: int) -> int:
        """Keep an answer, and return how many there are of this participant when it is on disk.

        Raises
        ------
        Refusal
            404 for a question that is not among theirs, 422 for a choice that it does not offer or an impossible time, 409 for
            a question answered otherwise before, or one that is not next.
        """
        if not 0 <= trial < len(participant.plan):
            raise Refusal(404, f"there is no question {trial}: this participant has {len(participant.plan)}, from 0")
        if choice not in participant.plan[trial].order:
            raise Refusal(422, f"the choice is not one of the pictures of question {trial}")
        if not 0 <= milliseconds <= MAX_MILLISECONDS:
            raise Refusal(422, f"milliseconds must be from 0 to {MAX_MILLISECONDS}")
        row = {
            "participant": participant.id,
            "trial": trial,
            "choice": choice,
            "milliseconds": milliseconds,
            "answered_at": datetime.now(UTC),
        }
        return self._database.write(lambda connection: _keep(connection, row))

    def participants(self) -> list[Participant]:
        """List everybody who has consented."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(ParticipantRow.id, ParticipantRow.number, ParticipantRow.plan)
                .where(ParticipantRow.study == self.study.id)
                .order_by(ParticipantRow.number)
            ).all()
        return [Participant(row.id, row.number, trials_from_json(row.plan)) for row in rows]

    def read_answers(self) -> tuple[list[Participant], list[Answer]]:
        """List participants and all their answers, by participant and question."""
        people = self.participants()
        by_id = {person.id: person for person in people}
        with self._database.read() as connection:
            rows = connection.execute(
                select(AnswerRow.__table__)
                .join(ParticipantRow, ParticipantRow.id == AnswerRow.participant)
                .where(ParticipantRow.study == self.study.id)
                .order_by(ParticipantRow.number, AnswerRow.trial)
            ).all()
        return people, [_answer(by_id[row.participant], row) for row in rows if row.participant in by_id]


def _register(connection: Connection, study: Study, simulated: bool) -> bool:
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
            "the database holds answers to this study as it was before study.json was changed; make a new study"
        )
    if simulated and not row.simulated:
        raise InputError("the database holds answers of people; simulated ones go to another")
    return bool(row.simulated)


def _enter(connection: Connection, study: Study, token: str) -> Participant:
    number = connection.execute(
        update(StudyRow)
        .where(StudyRow.id == study.id)
        .values(next_number=StudyRow.next_number + 1)
        .returning(StudyRow.next_number)
    ).scalar_one()
    number -= 1
    plan = draw_trials(study, number)
    row = {
        "study": study.id,
        "token_hash": hash_token(token),
        "number": number,
        "plan": trials_to_json(plan),
        "consented_at": datetime.now(UTC),
    }
    id = connection.execute(insert(ParticipantRow).values(row).returning(ParticipantRow.id)).scalar_one()
    return Participant(id, number, plan)


def _keep(connection: Connection, row: dict[str, Any]) -> int:
    """Keep an answer unless it is there already, and return how many its participant has given; refuse before writing."""
    person, trial = row["participant"], row["trial"]
    if connection.dialect.name != "sqlite":  # which has one writer anyway
        connection.execute(_LOCK, {"participant": person}).one()
    count = _count(connection, person)
    if trial > count:
        raise Refusal(409, f"question {trial} is not next: question {count} has no answer yet")
    if trial < count:
        _check_same(connection, person, trial, row["choice"])
        return count
    connection.execute(_INSERT, row)
    return count + 1


def _count(connection: Connection, participant: int) -> int:
    return int(connection.execute(_COUNT, {"participant": participant}).scalar_one())


def _check_same(connection: Connection, participant: int, trial: int, choice: str) -> None:
    wanted = select(AnswerRow.choice).where(AnswerRow.participant == participant, AnswerRow.trial == trial)
    if connection.execute(wanted).scalar_one() != choice:
        raise Refusal(409, f"question {trial} has another answer already, and answers are not changed")


def _answer(person: Participant, row: Any) -> Answer:
    trial = person.plan[row.trial]
    # SQLite forgets the zone; what was written is UTC.
    when = row.answered_at.replace(tzinfo=UTC) if row.answered_at.tzinfo is None else row.answered_at.astimezone(UTC)
    return Answer(
        person.number,
        row.trial,
        trial.kind,
        trial.item,
        trial.question,
        trial.order,
        row.choice,
        row.milliseconds,
        when,
    )
