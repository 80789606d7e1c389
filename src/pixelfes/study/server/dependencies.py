"""What the routes share: the running study, the participant of a request, refusals and rate limits."""

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
from pixelfes.study.page_files import template_environment
from pixelfes.study.server.rate_limits import RateLimiter, TokenBuckets


class RefusalReply(BaseModel):
    """The reason for a refusal."""

    detail: str


def refusals(**reasons: str) -> dict[int | str, dict[str, Any]]:
    """Describe refusals for OpenAPI. Each argument is a status with an underscore, such as ``_404``."""
    return {int(name.lstrip("_")): {"model": RefusalReply, "description": text} for name, text in reasons.items()}


REFUSALS_OF_ALL_ROUTES = refusals(
    _400="Unreadable request",
    _403="Request from another site",
    _408="Request too slow",
    _413="Body too long",
    _415="Body is not JSON",
    _422="Request does not match the description",
    _429="Too many requests",
    _503="Database unavailable",
)


@dataclass
class RunningStudy:
    """A study that the server runs."""

    study: Study
    folder: Path
    texts: Texts
    store: AnswerStore
    limiter: RateLimiter
    templates: Any = field(default_factory=template_environment)


class TooManyRequests(Refusal):
    """A request above a rate limit. ``retry_after`` is the number of seconds to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(429, "too many requests: wait a moment")
        self.retry_after = math.ceil(seconds)


async def running_study(request: Request) -> RunningStudy:
    """Return the study that the server runs. It is async because FastAPI runs other dependencies in a thread."""
    running: RunningStudy = request.app.state.running
    return running


def check_rate(buckets: TokenBuckets, key: str) -> None:
    """Count a request against a rate limit.

    Raises
    ------
    TooManyRequests
        If the bucket of the key is empty.
    """
    if wait := buckets.take(key):
        raise TooManyRequests(wait)


def client_key(request: Request, running: RunningStudy) -> str:
    """Return the rate-limit key of the client, a hash of its address."""
    return running.limiter.client_key(request.client.host if request.client else None)


Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))]
CurrentStudy = Annotated[RunningStudy, Depends(running_study)]


def current_participant(request: Request, running: CurrentStudy, bearer: Bearer) -> Participant:
    """Return the participant who sent the request.

    Raises
    ------
    Refusal
        401 if no participant has the token, 429 after many unknown tokens.
    """
    try:
        return running.store.participant(bearer.credentials if bearer else "")
    except Refusal:
        check_rate(running.limiter.wrong_tokens, client_key(request, running))
        raise


CurrentParticipant = Annotated[Participant, Depends(current_participant)]
