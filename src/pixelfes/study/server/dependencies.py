"""What the routes of the server share: the running study, who asks, and how long they must wait."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from pixelfes.study.answers.store import AnswerStore, Participant, Refusal
from pixelfes.study.design.study import Study
from pixelfes.study.design.wording import Texts
from pixelfes.study.results.report import templates
from pixelfes.study.server.rate_limits import RateLimiter, TokenBuckets


class RefusalReply(BaseModel):
    """Why a request was refused."""

    detail: str


def refusals(**reasons: str) -> dict[int | str, dict[str, Any]]:
    """Describe refusals for OpenAPI; names are statuses, as ``_404``."""
    return {int(name.lstrip("_")): {"model": RefusalReply, "description": text} for name, text in reasons.items()}


ANY_REQUEST = refusals(
    _400="Not readable",
    _403="From another site",
    _408="Too slow",
    _413="Too long",
    _415="Not JSON",
    _422="Not as described",
    _429="Too many requests",
    _503="The answers cannot be reached",
)


@dataclass
class RunningStudy:
    """A study that is being served."""

    study: Study
    folder: Path
    texts: Texts
    store: AnswerStore
    limits: RateLimiter
    pages: Any = field(default_factory=templates)


class TooManyRequests(Refusal):
    """A request that comes too soon after others; says when to come again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(429, "too many requests: wait a moment")
        self.retry_after = math.ceil(seconds)


async def running_study(request: Request) -> RunningStudy:
    """Return the study that the server runs; async, so that no thread is taken for it."""
    running: RunningStudy = request.app.state.running
    return running


def take(buckets: TokenBuckets, name: str) -> None:
    """Take from a bucket.

    Raises
    ------
    TooManyRequests
        Where it is empty.
    """
    if wait := buckets.wait(name):
        raise TooManyRequests(wait)


def client_key(request: Request, running: RunningStudy) -> str:
    """Return the name of the bucket of whoever asks: a hash, not an address."""
    return running.limits.client_key(request.client.host if request.client else None)


Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))]
CurrentStudy = Annotated[RunningStudy, Depends(running_study)]


def current_participant(request: Request, running: CurrentStudy, bearer: Bearer) -> Participant:
    """Return the participant who asks.

    Raises
    ------
    Refusal
        401 where the token is nobody's; 429 after many such.
    """
    try:
        return running.store.participant(bearer.credentials if bearer else "")
    except Refusal:
        take(running.limits.wrong_tokens, client_key(request, running))
        raise


CurrentParticipant = Annotated[Participant, Depends(current_participant)]
