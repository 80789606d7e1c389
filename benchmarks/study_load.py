"""A crowd that takes a study at once, against one server process that is killed in the midst and started again.

Every answer that the server has acknowledged must be in the database at the end, once, and as it was given; the status is 1 if
one is not, or if a request was refused. Participants look at every picture, as browsers do; with ``--think 0`` they answer
without a pause, which nobody does, and which shows what the server can bear.

    python benchmarks/study_load.py                                   # 300 participants, SQLite
    python benchmarks/study_load.py --database postgresql://...       # an empty PostgreSQL database
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.design.creation import StudyOptions, make_study
from pixelfes.study.design.study import DATABASE_FILE, Study

ITEMS, SIDE = 12, 256
CANDIDATES = ("pixel-rr", "mr", "ganimation")


@dataclass
class Seen:
    """What the crowd has seen: seconds of each kind of request, acknowledged answers by token, what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    refusals: Counter[int] = field(default_factory=Counter)
    retries: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return sum(map(len, self.seconds.values()))


class Connection:
    """A connection that is kept, as a browser does, and opened again when it is lost."""

    def __init__(self, port: int, seen: Seen) -> None:
        self._port = port
        self._seen = seen
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, kind: str, path: str, token: str | None = None, body: Any = None) -> Any:
        """Ask until there is an answer, and return what it says."""
        while True:
            start = time.perf_counter()
            try:
                async with asyncio.timeout(60):
                    status, content = await self._ask(path, token, body)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                self.close()
                self._seen.retries += 1
                await asyncio.sleep(random.uniform(0.2, 0.6))  # noqa: S311 (not for secrets)
                continue
            self._seen.seconds.setdefault(kind, []).append(time.perf_counter() - start)
            if status < 300:
                return content if kind == "picture" else json.loads(content)
            self._seen.refusals[status] += 1
            if status != 429:
                raise RuntimeError(f"{path}: {status} {content[:200]!r}")
            await asyncio.sleep(1)

    async def _ask(self, path: str, token: str | None, body: Any) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        sent = b"" if body is None else json.dumps(body).encode()
        lines = [f"{'POST' if sent else 'GET'} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(sent)}"]
        lines += [f"authorization: Bearer {token}"] if token else []
        lines += ["content-type: application/json"] if sent else []
        writer.write("\r\n".join([*lines, "", ""]).encode() + sent)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        return int(head.split()[1]), await reader.readexactly(length)

    def close(self) -> None:
        """Let go of the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def take(port: int, seen: Seen, think: float) -> None:
    """Take a whole study."""
    connection = Connection(port, seen)
    token = (await connection.ask("enter", "/api/participants", body={"consent": True}))["token"]
    acknowledged = seen.acknowledged[token] = []
    at = await connection.ask("progress", "/api/progress", token)
    looked: set[str] = set()
    while question := at["question"]:
        for picture in [question["original"]["id"], *(option["id"] for option in question["options"])]:
            if picture not in looked:
                looked.add(picture)
                await connection.ask("picture", f"/images/{picture}")
        await asyncio.sleep(random.expovariate(1 / think) if think else 0)
        chosen = random.choice(question["options"])["id"]  # noqa: S311
        body = {"trial": question["trial"], "choice": chosen, "milliseconds": int(1000 * think)}
        at = await connection.ask("answer", "/api/answers", token, body)
        if at["answered"] != question["trial"] + 1:
            seen.wrong.append(f"question {question['trial']} was followed by {at['answered']}")
        acknowledged.append(chosen)
    connection.close()


class Server:
    """``pixelfes study serve`` in a process of its own."""

    def __init__(self, folder: Path, url: str, port: int) -> None:
        command = [sys.executable, "-m", "pixelfes", "study", "serve", str(folder), "--port", str(port)]
        self._process = subprocess.Popen(
            [*command, "--database", url], stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}
        )
        if self._process.stdout is None or not self._process.stdout.readline():
            raise RuntimeError("the server did not start")

    def end(self, signum: int) -> None:
        """End it by a signal."""
        self._process.send_signal(signum)
        self._process.wait(60)

    @property
    def processor_seconds(self) -> float:
        """The time of the processor that it has had."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def peak_mebibytes(self) -> float:
        """The most memory that it has had."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


@dataclass(frozen=True)
class Times:
    """Seconds in all and without a server; of the last server: milliseconds of processor a request, peak memory in MiB."""

    whole: float
    without: float
    processor: float
    memory: float


async def run(study: Study, folder: Path, url: str, seen: Seen, n: int, think: float, kills: int) -> Times:
    """Let a crowd take the study, and kill the server in the midst of it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    server, without, before = Server(folder, url, port), 0.0, 0
    used = server.processor_seconds
    start = time.perf_counter()
    crowd = asyncio.gather(*(take(port, seen, think) for _ in range(n)))
    try:
        for kill in range(kills):
            wanted = n * questions_of(study) * (kill + 1) / (kills + 1)
            while not crowd.done() and sum(map(len, seen.acknowledged.values())) < wanted:
                await asyncio.sleep(0.01)
            killed = time.perf_counter()
            server.end(signal.SIGKILL)
            server = await asyncio.to_thread(Server, folder, url, port)
            without += time.perf_counter() - killed
            used, before = server.processor_seconds, seen.requests
        await crowd
        processor = 1000 * (server.processor_seconds - used) / max(1, seen.requests - before)
        return Times(time.perf_counter() - start, without, processor, server.peak_mebibytes)
    finally:
        crowd.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await crowd
        server.end(signal.SIGINT)


def questions_of(study: Study) -> int:
    """Return how many questions each participant is asked."""
    return study.per_participant * len(study.questions) + study.copies + study.repeats


def check(study: Study, url: str, seen: Seen) -> int:
    """Compare what was acknowledged with what the database holds; return how many answers there are."""
    with closing(AnswerStore(study, url, make=False)) as store:
        _, answers = store.read_answers()
        kept: dict[int, list[str]] = {}
        for answer in answers:
            picture = study.items_by_name[answer.item].picture(answer.choice).id
            kept.setdefault(answer.participant, []).append(picture)
        for token, acknowledged in seen.acknowledged.items():
            person = store.participant(token)
            if kept.get(person.number, []) != acknowledged:
                seen.wrong.append(f"participant {person.number}: {len(acknowledged)} acknowledged, others are kept")
            if len(acknowledged) != len(person.plan):
                seen.wrong.append(f"participant {person.number} has not come to the end")
    return len(answers)


def draw(folder: Path) -> Study:
    """Make a study of pictures as large as photos of 256 x 256 are."""
    random_ = np.random.default_rng(0)
    for which in ("input", *CANDIDATES):
        (folder / which).mkdir()
        for n in range(ITEMS):
            coarse = Image.fromarray(random_.integers(0, 256, (SIDE // 4, SIDE // 4, 3), np.uint8))
            coarse.resize((SIDE, SIDE)).save(folder / which / f"{n}.png")
    return make_study(folder / "study", folder / "input", {c: folder / c for c in CANDIDATES}, StudyOptions()).study


def tell(seen: Seen, options: argparse.Namespace, name: str, answers: int, times: Times) -> None:
    """Print a row of the table, and what went wrong."""
    p50, p95, p99 = np.percentile(1000 * np.array(seen.seconds["answer"]), [50, 95, 99])
    row = {
        "database": name,
        "participants": options.participants,
        "thinking, s": f"{options.think:g}",
        "kills": options.kills,
        "answers": answers,
        "lost or double": len(seen.wrong),
        "refused": seen.refusals.total(),
        "requests/s": f"{seen.requests / (times.whole - times.without):.0f}",
        "answer p50, ms": f"{p50:.0f}",
        "p95": f"{p95:.0f}",
        "p99": f"{p99:.0f}",
        "picture p95, ms": f"{1000 * np.percentile(seen.seconds['picture'], 95):.0f}",
        "processor, ms a request": f"{times.processor:.1f}",
        "memory, MiB": f"{times.memory:.0f}",
    }
    print("| " + " | ".join(row) + " |")
    print("|" + "|".join(["---"] + ["---:"] * (len(row) - 1)) + "|")
    print("| " + " | ".join(map(str, row.values())) + " |")
    print(
        f"{times.whole:.1f} s, {times.without:.1f} s of them without a server; {seen.retries} requests were sent again"
    )
    for line in seen.wrong[:20]:
        print(line, file=sys.stderr)


def main() -> int:
    """Run it; the status is 1 if something was lost, double, or refused."""
    parser = argparse.ArgumentParser(description="A crowd that takes a study at once, and a server that is killed.")
    parser.add_argument("--participants", type=int, default=300)
    parser.add_argument("--think", type=float, default=0.0, help="mean seconds before an answer")
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--database", help="URL of an empty database (default: a SQLite file)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pixelfes-load-") as name:
        folder = Path(name)
        study = draw(folder)
        url = options.database or sqlite_url(folder / "study" / DATABASE_FILE)
        seen = Seen()
        times = asyncio.run(run(study, folder / "study", url, seen, options.participants, options.think, options.kills))
        answers = check(study, url, seen)
        expected = options.participants * questions_of(study)
        if answers != expected:
            seen.wrong.append(f"{answers} answers are kept, and {expected} were given")
        tell(seen, options, url.partition(":")[0], answers, times)
    return 1 if seen.wrong or seen.refusals else 0


if __name__ == "__main__":
    sys.exit(main())
