from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy.exc import OperationalError

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.design.study import COPIED_INPUT, TEXTS_FILE
from pixelfes.study.design.wording import english_file
from pixelfes.study.server.rate_limits import Rate
from pixelfes.study.server.security_middleware import MAX_BODY
from tests.study.small_study import SmallStudy, small_study
from tests.study.study_client import NO_LIMITS, bearer, enter, progress, send, study_client


@pytest.fixture
def client(small: SmallStudy, store: AnswerStore) -> Iterator[TestClient]:
    with study_client(small, store) as client:
        yield client


@pytest.fixture(scope="module")
def reader(unchanged_study: SmallStudy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client for tests that only read."""
    url = sqlite_url(tmp_path_factory.mktemp("reader") / "answers.sqlite3")
    with closing(AnswerStore(unchanged_study.study, url)) as store, study_client(unchanged_study, store) as client:
        yield client


def test_a_participant_takes_the_whole_study(client: TestClient, small: SmallStudy, store: AnswerStore) -> None:
    token = enter(client)
    at = progress(client, token)
    assert (at["answered"], at["total"]) == (0, 6)
    while at["question"]:
        shown = at["question"]
        assert shown["trial"] == at["answered"]
        if at["ahead"]:
            assert all(client.get(f"/images/{id}").status_code == 200 for id in at["ahead"])
        reply = send(client, token, shown["trial"], shown["options"][1]["id"])
        assert reply.status_code == 200
        at = reply.json()
    assert at == {"answered": 6, "total": 6, "question": None, "ahead": []}
    trials = store.participant(token).trials
    assert [a.choice for a in store.read_answers()[1]] == [trial.order[1] for trial in trials]


def test_replies_to_participants_do_not_name_candidates(client: TestClient, small: SmallStudy) -> None:
    token = enter(client)
    for _ in range(6):
        reply = client.get("/api/progress", headers=bearer(token))
        at = reply.json()["question"]
        words = (*small.study.candidates, COPIED_INPUT, "item0", "item1", "copy", "repeat")
        content = re.sub(r'"text":"[^"]*"', "", reply.text)
        assert not any(word in content for word in words)
        send(client, token, at["trial"], at["options"][0]["id"])


def test_a_copied_input_has_another_id_than_the_input(
    client: TestClient, small: SmallStudy, store: AnswerStore
) -> None:
    token = enter(client)
    trials = store.participant(token).trials
    number = next(n for n, trial in enumerate(trials) if trial.kind == "copy")
    for n in range(number):
        send(client, token, n, progress(client, token)["question"]["options"][0]["id"])
    shown = progress(client, token)["question"]
    copied = shown["options"][trials[number].order.index(COPIED_INPUT)]
    assert copied["id"] != shown["original"]["id"]
    assert client.get(f"/images/{copied['id']}").content == client.get(f"/images/{shown['original']['id']}").content


def test_the_same_answer_sent_again_is_saved_once(client: TestClient, store: AnswerStore) -> None:
    token = enter(client)
    options = progress(client, token)["question"]["options"]
    replies = [send(client, token, 0, options[0]["id"]) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200] * 3
    assert replies[0].json() == replies[2].json()
    changed = send(client, token, 0, options[1]["id"])
    assert changed.status_code == 409
    assert changed.json() == {"detail": "question 0 already has another answer, which cannot be changed"}
    assert len(store.read_answers()[1]) == 1


def test_answers_that_do_not_fit_the_design_are_refused(
    client: TestClient, small: SmallStudy, store: AnswerStore
) -> None:
    token = enter(client)
    shown = progress(client, token)["question"]
    other = next(p for p in small.study.pictures_by_id if p not in {o["id"] for o in shown["options"]})
    refused = {
        send(client, token, 0, other).status_code,
        send(client, token, 0, shown["original"]["id"]).status_code,
        send(client, token, 0, "mr").status_code,
        send(client, token, 0, shown["options"][0]["id"], -1).status_code,
        send(client, token, 0, shown["options"][0]["id"], "fast").status_code,
        send(client, token, -1, shown["options"][0]["id"]).status_code,
    }
    assert refused == {422}
    assert send(client, token, 99, shown["options"][0]["id"]).status_code == 404
    assert send(client, token, 1, progress(client, token)["ahead"][1]).status_code == 409
    assert store.read_answers()[1] == []


def test_a_token_opens_only_what_it_is_for(client: TestClient, small: SmallStudy) -> None:
    token = enter(client)
    for wrong in ("", "x" * 43, small.token):
        reply = client.get("/api/progress", headers=bearer(wrong))
        assert reply.status_code == 401
        assert reply.json()["detail"]
        assert send(client, wrong, 0, "0" * 32).status_code == 401
    for wrong in ("", token, small.study.organiser):
        assert client.get("/api/results/page", headers=bearer(wrong)).status_code == 401
    assert client.get("/api/results/page").status_code == 401
    assert client.get("/api/results/page", headers=bearer(small.token)).status_code == 200


def test_consent_must_be_given(client: TestClient, store: AnswerStore) -> None:
    bodies: list[object] = [
        {},
        {"consent": False},
        {"consent": "yes"},
        {"consent": 1},
        {"consent": True, "name": "Anna"},
        [],
    ]
    for body in bodies:
        assert client.post("/api/participants", json=body).status_code == 422
    assert store.read_participants() == []


def test_only_pictures_are_served_and_only_by_id(reader: TestClient, unchanged_study: SmallStudy) -> None:
    pictures = unchanged_study.study.pictures_by_id
    for id, picture in pictures.items():
        reply = reader.get(f"/images/{id}")
        assert reply.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(reply.content)) as image:
            assert image.size == (picture.width, picture.height)
    id = next(iter(pictures))
    for path in (
        f"{id}.png",
        "..%2Fstudy.json",
        "%2e%2e/study.json",
        f"..%2Fimages%2F{id}",
        "0" * 32,
        "a" * 500,
        "%00",
    ):
        assert reader.get(f"/images/{path}").status_code in (404, 422)
    for path in ("/static/../server.py", "/static/%2e%2e%2fserver.py", "/study.json", "/answers.sqlite3", "/docs"):
        assert reader.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/take", "/results", "/static/take.js", "/api/health", "/nowhere", "/api/progress"]
)
def test_every_reply_has_strict_headers(reader: TestClient, path: str) -> None:
    headers = reader.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["/", "/take", "/results"])
def test_pages_load_all_their_files_from_the_server(reader: TestClient, path: str) -> None:
    page = reader.get(path).text
    links = set(re.findall(r'(?:src|href)="([^"#]+)"', page))
    assert all(link.startswith("/") and not link.startswith("//") for link in links)
    files = {link for link in links if link.startswith("/static/")}
    assert files
    for file in files:
        reply = reader.get(file)
        assert reply.status_code == 200
        for imported in re.findall(r'from "\./([^"]+)"', reply.text):
            assert reader.get(f"/static/{imported}").status_code == 200
    assert "https://" not in page
    assert "built-in" not in page
    assert " style=" not in page


def test_names_and_texts_are_escaped_in_pages(tmp_path: Path) -> None:
    small = small_study(tmp_path, title="<script>alert(1)</script> & co")
    texts = json.loads(english_file())
    texts["task"]["help"] = "</script><script>alert(2)</script>"
    texts["language"] = '"><script>alert(3)</script>'
    (small.folder / TEXTS_FILE).write_text(json.dumps(texts))
    url = sqlite_url(tmp_path / "answers.sqlite3")
    with closing(AnswerStore(small.study, url)) as store, study_client(small, store) as client:
        for path in ("/", "/take", "/results"):
            page = client.get(path).text
            assert "<script>alert" not in page
            assert len(re.findall("<script", page)) == len(re.findall("</script>", page)) <= 2
        for form in ("page", "report.html"):
            assert "<script" not in client.get(f"/api/results/{form}", headers=bearer(small.token)).text


def test_other_sites_cannot_write(client: TestClient, store: AnswerStore) -> None:
    body = {"consent": True}
    for site in ("cross-site", "same-site"):
        assert client.post("/api/participants", json=body, headers={"sec-fetch-site": site}).status_code == 403
    plain = {"content-type": "text/plain"}
    assert client.post("/api/participants", content=json.dumps(body), headers=plain).status_code == 415
    assert store.read_participants() == []
    assert client.options("/api/participants", headers={"origin": "https://elsewhere.example"}).status_code == 405


def test_long_and_broken_bodies_are_refused(client: TestClient, store: AnswerStore) -> None:
    json_ = {"content-type": "application/json"}
    assert client.post("/api/participants", content=b" " * (MAX_BODY + 1), headers=json_).status_code == 413
    chunks = (b" " * 1000 for _ in range(100))
    assert client.post("/api/participants", content=chunks, headers=json_).status_code == 413
    assert client.post("/api/participants", content=b"{" * 4000, headers=json_).status_code == 422
    assert client.post("/api/participants", content=b"\xff\xfe", headers=json_).status_code in (400, 422)
    assert store.read_participants() == []


REQUESTS: dict[str, Callable[[TestClient, str], Any]] = {
    "entries": lambda client, _: client.post("/api/participants", json={"consent": True}),
    "answers": lambda client, token: client.get("/api/progress", headers=bearer(token)),
    "wrong_tokens": lambda client, _: client.get("/api/progress", headers=bearer("x")),
    "wrong_organisers": lambda client, _: client.get("/api/results/page", headers=bearer("x")),
    "requests": lambda client, _: client.get("/api/health"),
}


@pytest.mark.parametrize("limit", REQUESTS)
def test_requests_above_a_limit_must_wait(small: SmallStudy, tmp_path: Path, limit: str) -> None:
    store = AnswerStore(small.study, sqlite_url(tmp_path / "answers.sqlite3"))
    token, _ = store.add_participant()
    with study_client(small, store, replace(NO_LIMITS, **{limit: Rate(3, 0.01)})) as client:
        replies = [REQUESTS[limit](client, token) for _ in range(4)]
    assert [reply.status_code == 429 for reply in replies] == [False] * 3 + [True]
    assert 1 <= int(replies[-1].headers["retry-after"]) <= 100
    assert "too many" in replies[-1].json()["detail"]


def test_results_show_exactly_the_answers_given(client: TestClient, small: SmallStudy, store: AnswerStore) -> None:
    organiser = bearer(small.token)
    token = enter(client)
    assert "There are no answers yet" in client.get("/api/results/page", headers=organiser).text
    at = progress(client, token)
    while at["question"]:
        at = send(client, token, at["question"]["trial"], at["question"]["options"][0]["id"]).json()
    rows = list(csv.DictReader(io.StringIO(client.get("/api/results/answers.csv", headers=organiser).text)))
    assert [(row["kind"], row["item"], row["choice"], row["place"]) for row in rows] == [
        (trial.kind, trial.item, trial.order[0], "1") for trial in store.participant(token).trials
    ]
    page = client.get("/api/results/page", headers=organiser).text
    assert "1 participant, 1 of them to the end, gave 6 answers on 4 items of 3 candidates." in page
    for form, start in {"report.md": "# Smiles", "report.html": "<!doctype html>", "chart.svg": "<svg"}.items():
        assert client.get(f"/api/results/{form}", headers=organiser).text.startswith(start)
    assert client.get("/api/results/nonsense", headers=organiser).status_code == 422


def test_a_failed_database_is_reported_and_nothing_is_acknowledged(
    small: SmallStudy, store: AnswerStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {"choice": "secret"}, Exception("disk is full"), hide_parameters=True)

    with study_client(small, store) as client:
        token = enter(client)
        shown = progress(client, token)["question"]
        monkeypatch.setattr(store, "save_answer", fail)
        reply = send(client, token, 0, shown["options"][0]["id"])
    assert reply.status_code == 503
    assert reply.json()["detail"] == "the database is unavailable; nothing was saved"
    assert "disk is full" in caplog.text
    assert "secret" not in caplog.text
