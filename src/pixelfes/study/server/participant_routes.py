"""What participants see and send."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from pixelfes.study.answers.store import MAX_MILLISECONDS, Participant, Refusal
from pixelfes.study.design.study import MEDIA_TYPES, Study, StudyPicture
from pixelfes.study.design.trials import Trial
from pixelfes.study.design.wording import question_text
from pixelfes.study.server.dependencies import (
    CurrentParticipant,
    CurrentStudy,
    RunningStudy,
    client_key,
    refusals,
    take,
)

router = APIRouter()

_LETTERS = "ABCDEFGH"
_SECONDS_A_QUESTION = 9
_READ_AT_ONCE = 1 << 20  # bytes; a thread for a small file costs more than the file
_NOBODY = refusals(_401="No participant's token")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ConsentRequest(_Strict):
    """Somebody agrees to take part."""

    consent: Literal[True]

    @field_validator("consent", mode="before")
    @classmethod
    def _is_true(cls, value: object) -> object:
        if value is not True:  # 1 and 1.0 are equal to it, and say something else
            raise ValueError("consent must be true")
        return value


class AnswerRequest(_Strict):
    """An answer: to which question (from 0), the id of the picture chosen, and how long it took."""

    trial: int = Field(ge=0, le=100_000)
    choice: str = Field(pattern=r"^[0-9a-f]{32}$")
    milliseconds: int = Field(ge=0, le=MAX_MILLISECONDS)


class TokenReply(BaseModel):
    """A participant's token, told once."""

    token: str


class PictureReply(BaseModel):
    """A picture, by its id."""

    id: str
    width: int
    height: int


class QuestionReply(BaseModel):
    """A question: the input, and the options from the first place to the last."""

    trial: int
    text: str
    original: PictureReply
    options: list[PictureReply]


class ProgressReply(BaseModel):
    """How far a participant is; ``question`` is None at the end, ``ahead`` are pictures to be fetched early."""

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
    """Return the page that asks the questions; whose they are, its address says behind a #, which browsers do not send."""
    return _page(running, "take.html.jinja")


@router.get("/images/{picture}", response_class=FileResponse, responses=refusals(_404="No such picture"))
async def image(picture: Annotated[str, Path(max_length=32)], running: CurrentStudy) -> Response:
    """Return a picture of the study, by its id."""
    found = running.study.pictures_by_id.get(picture)
    if found is None:
        raise Refusal(404, "there is no such picture in this study")
    path = running.study.picture_path(running.folder, found)
    options: dict[str, Any] = {
        "media_type": MEDIA_TYPES[running.study.suffix],
        "headers": {"cache-control": "private, max-age=86400, immutable"},
    }
    try:
        if path.stat().st_size <= _READ_AT_ONCE:
            return Response(path.read_bytes(), **options)
    except OSError as error:
        raise Refusal(404, "this picture is no longer there") from error
    return FileResponse(path, **options)


@router.post("/api/participants", status_code=201)
def enter(consent: ConsentRequest, request: Request, running: CurrentStudy) -> TokenReply:
    """Take up somebody who consents."""
    if running.store.simulated:
        raise Refusal(403, "these are simulated answers: nobody can take part")
    take(running.limits.entries, client_key(request, running))
    return TokenReply(token=running.store.enter())


@router.get("/api/progress", responses=_NOBODY)
def progress(person: CurrentParticipant, running: CurrentStudy) -> ProgressReply:
    """Return how far a participant is, and their next question."""
    take(running.limits.answers, str(person.id))
    return _progress(running, person, running.store.answered(person))


@router.post(
    "/api/answers", responses=_NOBODY | refusals(_404="No such question", _409="Answered otherwise, or not next")
)
def answer(given: AnswerRequest, person: CurrentParticipant, running: CurrentStudy) -> ProgressReply:
    """Keep an answer; the reply comes when it is on disk. The same answer sent again is taken as the same."""
    take(running.limits.answers, str(person.id))
    choice = _option(running.study, person.plan, given)
    return _progress(running, person, running.store.answer(person, given.trial, choice, given.milliseconds))


def _option(study: Study, plan: list[Trial], given: AnswerRequest) -> str:
    """Return the option whose picture was chosen; an empty one, which the store refuses, where it is not on offer."""
    if given.trial >= len(plan):
        return ""
    trial = plan[given.trial]
    item = study.items_by_name[trial.item]
    return next((name for name in trial.order if item.picture(name).id == given.choice), "")


def _progress(running: RunningStudy, person: Participant, answered: int) -> ProgressReply:
    plan = person.plan
    question = _question(running, answered, plan[answered]) if answered < len(plan) else None
    ahead = _question(running, answered + 1, plan[answered + 1]) if answered + 1 < len(plan) else None
    pictures = [] if ahead is None else [shown.id for shown in (ahead.original, *ahead.options)]
    return ProgressReply(answered=answered, total=len(plan), question=question, ahead=pictures)


def _question(running: RunningStudy, number: int, trial: Trial) -> QuestionReply:
    study = running.study
    item = study.items_by_name[trial.item]
    return QuestionReply(
        trial=number,
        text=question_text(running.texts, trial.question, study.expression),
        original=_shown(item.input),
        options=[_shown(item.picture(name)) for name in trial.order],
    )


def _shown(picture: StudyPicture) -> PictureReply:
    return PictureReply(id=picture.id, width=picture.width, height=picture.height)


def _page(running: RunningStudy, name: str) -> HTMLResponse:
    study = running.study
    total = study.per_participant * len(study.questions) + study.copies + study.repeats
    page = running.pages.get_template(name).render(
        texts=running.texts,
        title=study.title,
        study=study.id,
        script=name.replace(".html.jinja", ".js"),
        questions=total,
        minutes=max(1, round(total * _SECONDS_A_QUESTION / 60)),
        keys=f"{_LETTERS[0]}–{_LETTERS[len(study.candidates) - 1]}",
    )
    return HTMLResponse(page)
