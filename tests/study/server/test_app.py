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

from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.design.study import COPIED_INPUT, TEXTS_FILE
from pixelfes.study.design.wording import english_file
from pixelfes.study.server.rate_limits import Rate, RateLimiter, TokenBuckets
from pixelfes.study.server.security_middleware import MAX_BODY
from tests.study.small_study import SmallStudy, small_study
from tests.study.study_client import NO_LIMITS, asking, bearer, enter, progress, send


@pytest.fixture
def client(small: SmallStudy, store: AnswerStore) -> Iterator[TestClient]:
    with asking(small, store) as client:
        yield client


def test_somebody_takes_the_whole_study(client: TestClient, small: SmallStudy, store: AnswerStore) -> None:
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
    plan = store.participant(token).plan
    assert [a.choice for a in store.read_answers()[1]] == [trial.order[1] for trial in plan]


def test_what_a_participant_is_sent_says_nothing_of_candidates(client: TestClient, small: SmallStudy) -> None:
    token = enter(client)
    for _ in range(6):
        reply = client.get("/api/progress", headers=bearer(token))
        at = reply.json()["question"]
        words = (*small.study.candidates, COPIED_INPUT, "item0", "item1", "copy", "repeat")
        said = re.sub(r'"text":"[^"]*"', "", reply.text)
        assert not any(word in said for word in words)
        send(client, token, at["trial"], at["options"][0]["id"])


def test_a_copied_input_is_among_the_pictures_as_another_picture(
    client: TestClient, small: SmallStudy, store: AnswerStore
) -> None:
    token = enter(client)
    plan = store.participant(token).plan
    place = next(n for n, trial in enumerate(plan) if trial.kind == "copy")
    for n in range(place):
        send(client, token, n, progress(client, token)["question"]["options"][0]["id"])
    shown = progress(client, token)["question"]
    copied = shown["options"][plan[place].order.index(COPIED_INPUT)]
    assert copied["id"] != shown["original"]["id"]
    assert client.get(f"/images/{copied['id']}").content == client.get(f"/images/{shown['original']['id']}").content


def test_a_repeated_answer_is_taken_once(client: TestClient, store: AnswerStore) -> None:
    token = enter(client)
    options = progress(client, token)["question"]["options"]
    replies = [send(client, token, 0, options[0]["id"]) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200] * 3
    assert replies[0].json() == replies[2].json()
    changed = send(client, token, 0, options[1]["id"])
    assert changed.status_code == 409
    assert changed.json() == {"detail": "question 0 has another answer already, and answers are not changed"}
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


def test_tokens_open_what_they_are_for(client: TestClient, small: SmallStudy) -> None:
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
    assert store.participants() == []


def test_pictures_are_served_by_id_and_nothing_else_is(client: TestClient, small: SmallStudy) -> None:
    for id, picture in small.study.pictures_by_id.items():
        reply = client.get(f"/images/{id}")
        assert reply.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(reply.content)) as image:
            assert image.size == (picture.width, picture.height)
    id = next(iter(small.study.pictures_by_id))
    for path in (
        f"{id}.png",
        "..%2Fstudy.json",
        "%2e%2e/study.json",
        f"..%2Fimages%2F{id}",
        "0" * 32,
        "a" * 500,
        "%00",
    ):
        assert client.get(f"/images/{path}").status_code in (404, 422)
    for path in ("/static/../server.py", "/static/%2e%2e%2fserver.py", "/study.json", "/answers.sqlite3", "/docs"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/take", "/results", "/static/take.js", "/api/health", "/nowhere", "/api/progress"]
)
def test_every_reply_has_strict_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["/", "/take", "/results"])
def test_pages_ask_nobody_else_and_have_all_their_parts(client: TestClient, path: str) -> None:
    page = client.get(path).text
    parts = set(re.findall(r'(?:src|href)="([^"#]+)"', page))
    assert all(part.startswith("/") and not part.startswith("//") for part in parts)
    scripts = {part for part in parts if part.startswith("/static/")}
    assert scripts
    for part in scripts:
        reply = client.get(part)
        assert reply.status_code == 200
        for imported in re.findall(r'from "\./([^"]+)"', reply.text):
            assert client.get(f"/static/{imported}").status_code == 200
    assert "https://" not in page
    assert "built-in" not in page
    assert " style=" not in page


def test_names_in_a_study_are_no_markup(tmp_path: Path) -> None:
    small = small_study(tmp_path, title="<script>alert(1)</script> & co")
    texts = json.loads(english_file())
    texts["task"]["help"] = "</script><script>alert(2)</script>"
    texts["language"] = '"><script>alert(3)</script>'
    (small.folder / TEXTS_FILE).write_text(json.dumps(texts))
    with closing(AnswerStore(small.study, f"sqlite:///{tmp_path}/a.sqlite3")) as store, asking(small, store) as client:
        for path in ("/", "/take", "/results"):
            page = client.get(path).text
            assert "<script>alert" not in page
            assert len(re.findall("<script", page)) == len(re.findall("</script>", page)) <= 2
        for form in ("page", "report.html"):
            assert "<script" not in client.get(f"/api/results/{form}", headers=bearer(small.token)).text


def test_other_sites_write_nothing(client: TestClient, store: AnswerStore) -> None:
    body = {"consent": True}
    for site in ("cross-site", "same-site"):
        assert client.post("/api/participants", json=body, headers={"sec-fetch-site": site}).status_code == 403
    form = {"content-type": "text/plain"}
    assert client.post("/api/participants", content=json.dumps(body), headers=form).status_code == 415
    assert store.participants() == []
    assert client.options("/api/participants", headers={"origin": "https://elsewhere.example"}).status_code == 405


def test_long_bodies_are_refused(client: TestClient, store: AnswerStore) -> None:
    json_ = {"content-type": "application/json"}
    assert client.post("/api/participants", content=b" " * (MAX_BODY + 1), headers=json_).status_code == 413
    chunks = (b" " * 1000 for _ in range(100))
    assert client.post("/api/participants", content=chunks, headers=json_).status_code == 413
    assert client.post("/api/participants", content=b"{" * 4000, headers=json_).status_code == 422
    assert client.post("/api/participants", content=b"\xff\xfe", headers=json_).status_code in (400, 422)
    assert store.participants() == []


def test_whoever_asks_too_much_waits(small: SmallStudy, store: AnswerStore) -> None:
    few = Rate(3, 0.01)
    ways: dict[str, Callable[[TestClient, str], Any]] = {
        "entries": lambda client, _: client.post("/api/participants", json={"consent": True}),
        "answers": lambda client, token: client.get("/api/progress", headers=bearer(token)),
        "wrong_tokens": lambda client, _: client.get("/api/progress", headers=bearer("x")),
        "wrong_organisers": lambda client, _: client.get("/api/results/page", headers=bearer("x")),
        "requests": lambda client, _: client.get("/api/health"),
    }
    for name, ask in ways.items():
        with asking(small, AnswerStore(small.study, "sqlite:///" + str(small.folder / f"{name}.sqlite3"))) as free:
            token = enter(free)
        limits = replace(NO_LIMITS, **{name: few})
        again = AnswerStore(small.study, "sqlite:///" + str(small.folder / f"{name}.sqlite3"))
        with asking(small, again, limits) as client:
            replies = [ask(client, token) for _ in range(4)]
            assert [reply.status_code == 429 for reply in replies] == [False] * 3 + [True], name
            assert 1 <= int(replies[-1].headers["retry-after"]) <= 100
            assert "too many" in replies[-1].json()["detail"]


def test_buckets_refill() -> None:
    now = [0.0]
    buckets = TokenBuckets(Rate(2, 0.5), clock=lambda: now[0])
    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 2]
    assert buckets.wait("b") == 0
    now[0] = 2.0
    assert [buckets.wait("a"), buckets.wait("a")] == [0, 2]


def test_addresses_are_kept_as_hashes_that_differ_from_server_to_server() -> None:
    one, two = RateLimiter(), RateLimiter()
    assert "192.0.2.7" not in one.client_key("192.0.2.7")
    assert one.client_key("192.0.2.7") == one.client_key("192.0.2.7") != two.client_key("192.0.2.7")
    assert one.client_key("2001:db8::1") == one.client_key("2001:db8::2") != one.client_key("2001:db8:0:1::1")
    assert one.client_key(None) == one.client_key("")


def test_results_show_exactly_the_answers_given(client: TestClient, small: SmallStudy, store: AnswerStore) -> None:
    token = enter(client)
    before = client.get("/api/results/page", headers=bearer(small.token)).text
    assert "There are no answers yet" in before
    at = progress(client, token)
    while at["question"]:
        at = send(client, token, at["question"]["trial"], at["question"]["options"][0]["id"]).json()
    rows = list(csv.DictReader(io.StringIO(client.get("/api/results/answers.csv", headers=bearer(small.token)).text)))
    plan = store.participant(token).plan
    assert [(row["kind"], row["item"], row["choice"], row["place"]) for row in rows] == [
        (trial.kind, trial.item, trial.order[0], "1") for trial in plan
    ]
    page = client.get("/api/results/page", headers=bearer(small.token)).text
    assert "1 participant, 1 of them to the end, gave 6 answers on 4 items of 3 candidates." in page
    for form, start in {"report.md": "# Smiles", "report.html": "<!doctype html>", "chart.svg": "<svg"}.items():
        reply = client.get(f"/api/results/{form}", headers=bearer(small.token))
        assert reply.text.startswith(start)
    assert client.get("/api/results/nonsense", headers=bearer(small.token)).status_code == 422


def test_a_database_that_is_gone_is_said_and_nothing_is_acknowledged(
    small: SmallStudy, store: AnswerStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("INSERT", {"choice": "secret"}, Exception("disk is full"), hide_parameters=True)

    with asking(small, store) as client:
        token = enter(client)
        shown = progress(client, token)["question"]
        monkeypatch.setattr(store, "answer", gone)
        reply = send(client, token, 0, shown["options"][0]["id"])
    assert reply.status_code == 503
    assert reply.json()["detail"] == "the answers cannot be reached now; nothing was saved"
    assert "disk is full" in caplog.text
    assert "secret" not in caplog.text
