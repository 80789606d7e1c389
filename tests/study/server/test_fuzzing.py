"""Every endpoint, from the server's own description of itself, with whatever may be sent to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.server.app import create_app
from tests.study.small_study import SmallStudy, small_study
from tests.study.study_client import NO_LIMITS

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")


class Fuzzed:
    """A study's server, and the tokens that open it."""

    def __init__(self, small: SmallStudy, store: AnswerStore) -> None:
        self.app = create_app(small.study, small.folder, store, NO_LIMITS)
        self.organiser = small.token
        self.participant = store.enter()


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    small = small_study(folder)
    with closing(AnswerStore(small.study, sqlite_url(folder / "a.sqlite3"))) as store:
        yield Fuzzed(small, store)


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


@pytest.fixture(scope="module")
def described(fuzzed: Fuzzed) -> Any:
    return schemathesis.openapi.from_asgi("/api/openapi.json", fuzzed.app)


def fuzz(operation: Any, check: Callable[[Any], object], examples: int = 40) -> None:
    """Send what fits the description, and what does not."""
    for mode in schemathesis.GenerationMode:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def sent(case: Any) -> None:
            check(case)

        try:
            sent()
        except Unsatisfiable:
            assert mode == schemathesis.GenerationMode.NEGATIVE, "nothing fits the description"


def test_no_endpoint_is_left_out(fuzzed: Fuzzed) -> None:
    described = fuzzed.app.openapi()["paths"]
    assert sorted(PATHS) == sorted((method.upper(), path) for path, methods in described.items() for method in methods)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_whatever_is_sent_no_endpoint_breaks(described: Any, method: str, path: str) -> None:
    """No 5xx; statuses, content types and bodies are those described; what does not fit is refused."""
    fuzz(described[path][method], lambda case: case.call_and_validate())


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/progress"), ("POST", "/api/answers"), ("GET", "/api/results/{form}")]
)
def test_nor_for_those_who_have_a_token(fuzzed: Fuzzed, described: Any, method: str, path: str) -> None:
    token = fuzzed.organiser if "results" in path else fuzzed.participant

    def check(case: Any) -> None:
        case.headers = {"Authorization": f"Bearer {token}"}
        response = case.call()
        assert response.status_code < 500
        assert response.status_code != 401

    fuzz(described[path][method], check)
