"""Routes of participants: the pages, the pictures, consent, progress and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from pixelfes.study.answers.store import MAX_MILLISECONDS, Participant, Refusal
from pixelfes.study.design.study import MEDIA_TYPES, Study, StudyPicture
from pixelfes.study.design.trials import Trial
from pixelfes.study.design.wording import count_text, question_text
from pixelfes.study.server.dependencies import (
    CurrentParticipant,
    CurrentStudy,
    RunningStudy,
    check_rate,
    client_key,
    refusals,
)

router = APIRouter()

_LETTERS = "ABCDEFGH"
_SECONDS_PER_QUESTION = 9
_SMALL_FILE_BYTES = 1 << 20  # a thread costs more than reading a file of this size
_UNKNOWN_TOKEN = refusals(_401="Unknown participant's token")


class _StrictRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ConsentRequest(_StrictRequest):
    """A person agrees to take part."""

    consent: Literal[True]

    @field_validator("consent", mode="before")
    @classmethod
    def _is_true(cls, value: object) -> object:
        if value is not True:  # 1 and 1.0 equal True in Python, but are other values in JSON
            raise ValueError("consent must be true")
        return value


class AnswerRequest(_StrictRequest):
    """An answer: the number of the trial from 0, the id of the chosen picture, and the time in milliseconds."""

    trial: int = Field(ge=0, le=100_000)
    choice: str = Field(pattern=r"^[0-9a-f]{32}$")
    milliseconds: int = Field(ge=0, le=MAX_MILLISECONDS)


class TokenReply(BaseModel):
    """A participant's token. It is sent once."""

    token: str


class PictureReply(BaseModel):
    """A picture: its id, and width and height in pixels."""

    id: str
    width: int
    height: int


class QuestionReply(BaseModel):
    """A question: the input, and the options from the first position to the last."""

    trial: int
    text: str
    original: PictureReply
    options: list[PictureReply]


class ProgressReply(BaseModel):
    """A participant's progress: ``question`` is None at the end, ``ahead`` lists the pictures of the next question."""

    answered: int
    total: int
    question: QuestionReply | None
    ahead: list[str]


@router.get("/", response_class=HTMLResponse)
def start_page(running: CurrentStudy) -> HTMLResponse:
    """Return the page that asks for consent."""
    return _page(running, "start.html.jinja")


@router.get("/take", response_class=HTMLResponse)
def task_page(running: CurrentStudy) -> HTMLResponse:
    """Return the page that asks the questions. The token follows the # of its address, which browsers do not send."""
    return _page(running, "take.html.jinja")


@router.get("/images/{picture}", response_class=FileResponse, responses=refusals(_404="No such picture"))
async def image(picture: Annotated[str, Path(max_length=32)], running: CurrentStudy) -> Response:
    """Return a picture of the study by its id."""
    found = running.study.pictures_by_id.get(picture)
    if found is None:
        raise Refusal(404, "there is no such picture in this study")
    path = running.study.picture_path(running.folder, found)
    options: dict[str, Any] = {
        "media_type": MEDIA_TYPES[running.study.suffix],
        "headers": {"cache-control": "private, max-age=86400, immutable"},
    }
    try:
        if path.stat().st_size <= _SMALL_FILE_BYTES:
            return Response(path.read_bytes(), **options)
    except OSError as error:
        raise Refusal(404, "the file of this picture is missing") from error
    return FileResponse(path, **options)


@router.post("/api/participants", status_code=201)
def enter(consent: ConsentRequest, request: Request, running: CurrentStudy) -> TokenReply:
    """Add a participant who consents."""
    if running.store.simulated:
        raise Refusal(403, "this study has simulated answers: nobody can take part")
    check_rate(running.limiter.entries, client_key(request, running))
    token, _ = running.store.add_participant()
    return TokenReply(token=token)


@router.get("/api/progress", responses=_UNKNOWN_TOKEN)
def progress(participant: CurrentParticipant, running: CurrentStudy) -> ProgressReply:
    """Return a participant's progress and next question."""
    check_rate(running.limiter.answers, str(participant.id))
    return _progress(running, participant, running.store.count_answers(participant))


@router.post(
    "/api/answers",
    responses=_UNKNOWN_TOKEN
    | refusals(_404="No such question", _409="Another answer exists, or not the next question"),
)
def answer(given: AnswerRequest, participant: CurrentParticipant, running: CurrentStudy) -> ProgressReply:
    """Save an answer, and reply when it is on disk. Sending the same answer again changes nothing."""
    check_rate(running.limiter.answers, str(participant.id))
    choice = _option(running.study, participant.trials, given)
    answered = running.store.save_answer(participant, given.trial, choice, given.milliseconds)
    return _progress(running, participant, answered)


def _option(study: Study, trials: list[Trial], given: AnswerRequest) -> str:
    """Return the option of the chosen picture, or an empty string, which the store refuses, if it is not offered."""
    if given.trial >= len(trials):
        return ""
    trial = trials[given.trial]
    item = study.items_by_name[trial.item]
    return next((name for name in trial.order if item.picture(name).id == given.choice), "")


def _progress(running: RunningStudy, participant: Participant, answered: int) -> ProgressReply:
    question = _question(running, participant.trials, answered)
    following = _question(running, participant.trials, answered + 1)
    ahead = [] if following is None else [picture.id for picture in (following.original, *following.options)]
    return ProgressReply(answered=answered, total=len(participant.trials), question=question, ahead=ahead)


def _question(running: RunningStudy, trials: list[Trial], number: int) -> QuestionReply | None:
    if number >= len(trials):
        return None
    study, trial = running.study, trials[number]
    item = study.items_by_name[trial.item]
    return QuestionReply(
        trial=number,
        text=question_text(running.texts, trial.question, study.expression),
        original=_picture(item.input),
        options=[_picture(item.picture(name)) for name in trial.order],
    )


def _picture(picture: StudyPicture) -> PictureReply:
    return PictureReply(id=picture.id, width=picture.width, height=picture.height)


def _page(running: RunningStudy, name: str) -> HTMLResponse:
    study = running.study
    total = study.trials_per_participant
    page = running.templates.get_template(name).render(
        texts=running.texts,
        title=study.title,
        study=study.id,
        script=name.replace(".html.jinja", ".js"),
        questions=count_text(running.texts, "questions", total),
        minutes=count_text(running.texts, "minutes", max(1, round(total * _SECONDS_PER_QUESTION / 60))),
        keys=f"{_LETTERS[0]}–{_LETTERS[len(study.candidates) - 1]}",
    )
    return HTMLResponse(page)
