"""A client of a study's server in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi.testclient import TestClient

from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.server.app import create_app
from pixelfes.study.server.rate_limits import Rate, RateLimits
from tests.study.small_study import SmallStudy

NO_LIMIT = Rate(1e9, 1e9)
NO_LIMITS = RateLimits(NO_LIMIT, NO_LIMIT, NO_LIMIT, NO_LIMIT, NO_LIMIT)


@contextmanager
def study_client(small: SmallStudy, store: AnswerStore, limits: RateLimits = NO_LIMITS) -> Iterator[TestClient]:
    """Give a client of the study's server."""
    with TestClient(create_app(small.study, small.folder, store, limits)) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    """Return the header with a token."""
    return {"authorization": f"Bearer {token}"}


def enter(client: TestClient) -> str:
    """Consent, and return the participant's token."""
    reply = client.post("/api/participants", json={"consent": True})
    assert reply.status_code == 201
    return str(reply.json()["token"])


def progress(client: TestClient, token: str) -> Any:
    """Return a participant's progress."""
    reply = client.get("/api/progress", headers=bearer(token))
    assert reply.status_code == 200
    return reply.json()


def send(client: TestClient, token: str, trial: int, choice: str, milliseconds: Any = 1500) -> Any:
    """Send an answer, and return the reply."""
    body = {"trial": trial, "choice": choice, "milliseconds": milliseconds}
    return client.post("/api/answers", json=body, headers=bearer(token))
