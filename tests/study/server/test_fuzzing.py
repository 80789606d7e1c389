"""Random requests to every endpoint, generated from the server's OpenAPI description."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.server.app import create_app
from tests.study.small_study import SmallStudy
from tests.study.study_client import NO_LIMITS

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

N_EXAMPLES = 20  # of valid requests, and as many of invalid ones
PATHS = [
    ("GET", "/"),
    ("GET", "/take"),
    ("GET", "/images/{picture}"),
    ("POST", "/api/participants"),
    ("GET", "/api/progress"),
    ("POST", "/api/answers"),
    ("GET", "/results"),
    ("GET", "/api/results/{form}"),
    ("GET", "/static/{name}"),
    ("GET", "/api/health"),
]


class FuzzedServer:
    """A study's server, its description, and the tokens of its organiser and of a participant."""

    def __init__(self, small: SmallStudy, store: AnswerStore) -> None:
        self.app = create_app(small.study, small.folder, store, NO_LIMITS)
        self.description = schemathesis.openapi.from_asgi("/api/openapi.json", self.app)
        self.organiser = small.token
        self.participant, _ = store.add_participant()


@pytest.fixture(scope="module")
def server(unchanged_study: SmallStudy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuzzedServer]:
    url = sqlite_url(tmp_path_factory.mktemp("fuzzed") / "answers.sqlite3")
    with closing(AnswerStore(unchanged_study.study, url)) as store:
        yield FuzzedServer(unchanged_study, store)


def fuzz(operation: Any, check: Callable[[Any], object]) -> None:
    """Send requests that match the description, and requests that do not."""
    for mode in schemathesis.GenerationMode:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=N_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def sent(case: Any) -> None:
            check(case)

        try:
            sent()
        except Unsatisfiable:
            assert mode == schemathesis.GenerationMode.NEGATIVE, "no request matches the description"


def test_no_endpoint_is_left_out(server: FuzzedServer) -> None:
    described = server.app.openapi()["paths"]
    assert sorted(PATHS) == sorted((method.upper(), path) for path, methods in described.items() for method in methods)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_replies_to_random_requests_match_the_description(server: FuzzedServer, method: str, path: str) -> None:
    """No reply is 5xx; status, content type and body are as described; requests that do not match are refused."""
    fuzz(server.description[path][method], lambda case: case.call_and_validate())


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/progress"), ("POST", "/api/answers"), ("GET", "/api/results/{form}")]
)
def test_random_requests_with_a_token_do_not_break_the_server(server: FuzzedServer, method: str, path: str) -> None:
    token = server.organiser if "results" in path else server.participant

    def check(case: Any) -> None:
        case.headers = {"Authorization": f"Bearer {token}"}
        response = case.call()
        assert response.status_code < 500
        assert response.status_code != 401

    fuzz(server.description[path][method], check)
