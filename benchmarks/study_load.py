"""Many participants take a study at the same time, while the server is killed and restarted.

At the end, every answer that the server acknowledged must be in the database, once and unchanged. The exit status is 1 if
one is not, or if a request was refused. Participants load every picture, as browsers do. With ``--think 0`` they answer
without a pause, which no person does; this measures the capacity of the server.

    python benchmarks/study_load.py                                   # 300 participants, SQLite
    python benchmarks/study_load.py --database postgresql://...       # an empty PostgreSQL database
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.design.creation import make_study
from pixelfes.study.design.study import DATABASE_FILE, Study

SIDE = 256  # of the pictures, in pixels
CANDIDATES = ("pixel-rr", "mr", "ganimation")
START_SECONDS = 60  # limit for the start of a server, and for its end
REQUEST_SECONDS = 60  # limit for one reply
UNREACHABLE_SECONDS = 180  # limit for the time in which a request finds no server
_ADDRESS = "participants: "


class ServerProcess:
    """``pixelfes study serve`` in a process of its own, on 127.0.0.1.

    Attributes
    ----------
    address : str
        Its URL, without a slash at the end.
    port : int
    """

    def __init__(self, folder: Path, url: str | None = None, port: int = 0) -> None:
        command = [sys.executable, "-u", "-m", "pixelfes", "study", "serve", str(folder), "--port", str(port)]
        with tempfile.TemporaryFile() as output:
            self._process = subprocess.Popen(
                [*command, *(["--database", url] if url else [])], stdout=output, stderr=subprocess.STDOUT
            )
            try:
                self.address = self._printed_address(output.fileno())
            except BaseException:
                self.kill()
                raise
        self.port = int(self.address.rpartition(":")[2])

    def _printed_address(self, output: int) -> str:
        end = time.monotonic() + START_SECONDS
        while True:
            ended = self._process.poll() is not None
            text = os.pread(output, 10_000, 0).decode()  # does not move the offset, which the process shares
            if text.startswith(_ADDRESS) and "\n" in text:
                return text.splitlines()[0].removeprefix(_ADDRESS).strip().rstrip("/")
            if ended or time.monotonic() > end:
                raise RuntimeError(f"the server did not start: {text}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End the process at once, as a power cut does."""
        self._process.kill()
        self._process.wait(START_SECONDS)

    def stop(self) -> None:
        """End the process in an orderly way."""
        self._process.terminate()
        self._process.wait(START_SECONDS)

    @property
    def processor_seconds(self) -> float:
        """Processor time so far."""
        values = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def peak_mebibytes(self) -> float:
        """Peak memory."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


@dataclass
class Observations:
    """What the participants saw: seconds by kind of request, acknowledged answers by token, refusals and errors."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    refusals: Counter[int] = field(default_factory=Counter)
    retries: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def n_requests(self) -> int:
        """Number of requests with a reply."""
        return sum(map(len, self.seconds.values()))

    @property
    def n_acknowledged(self) -> int:
        """Number of acknowledged answers."""
        return sum(map(len, self.acknowledged.values()))


class Connection:
    """A connection that is kept open, as browsers do, and opened again when it is lost."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, kind: str, path: str, token: str | None = None, body: Any = None) -> Any:
        """Send a request until the server replies, and return the content."""
        seen = self._run.seen
        end = time.monotonic() + UNREACHABLE_SECONDS
        while True:
            start = time.perf_counter()
            try:
                async with asyncio.timeout(REQUEST_SECONDS):
                    status, content = await self._ask(path, token, body)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                self.close()
                seen.retries += 1
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(random.uniform(0.2, 0.6))  # noqa: S311 (not for secrets)
                continue
            seen.seconds.setdefault(kind, []).append(time.perf_counter() - start)
            if status < 300:
                return content if kind == "picture" else json.loads(content)
            seen.refusals[status] += 1
            if status != 429:
                raise RuntimeError(f"{path}: {status} {content[:200]!r}")
            await asyncio.sleep(1)

    async def _ask(self, path: str, token: str | None, body: Any) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._run.server.port)
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
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Run:
    """A study, its current server, and what the participants have seen.

    Attributes
    ----------
    seconds, seconds_without_server : float
    processor_milliseconds : float
        Of the last server, per request.
    peak_mebibytes : float
        Of the last server.
    """

    def __init__(self, study: Study, folder: Path, url: str) -> None:
        self.study, self.folder, self.url = study, folder, url
        self.seen = Observations()
        self.server = ServerProcess(folder, url)
        self.seconds = self.seconds_without_server = self.processor_milliseconds = self.peak_mebibytes = 0.0

    async def take(self, n: int, think: float, kills: int) -> None:
        """Let n participants take the study, and kill the server several times meanwhile."""
        used, before = self.server.processor_seconds, 0
        start = time.perf_counter()
        participants = asyncio.gather(*(self._take_one(think) for _ in range(n)))
        try:
            for kill in range(kills):
                wanted = n * self.study.trials_per_participant * (kill + 1) / (kills + 1)
                while not participants.done() and self.seen.n_acknowledged < wanted:
                    await asyncio.sleep(0.01)
                await self._restart_server()
                used, before = self.server.processor_seconds, self.seen.n_requests
            await participants
            self.seconds = time.perf_counter() - start
            requests = max(1, self.seen.n_requests - before)
            self.processor_milliseconds = 1000 * (self.server.processor_seconds - used) / requests
            self.peak_mebibytes = self.server.peak_mebibytes
        finally:
            participants.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await participants

    async def _restart_server(self) -> None:
        killed = time.perf_counter()
        self.server.kill()
        self.server = await asyncio.to_thread(ServerProcess, self.folder, self.url)
        self.seconds_without_server += time.perf_counter() - killed

    async def _take_one(self, think: float) -> None:
        """Take the whole study as one participant."""
        connection = Connection(self)
        try:
            await self._answer_all(connection, think)
        finally:
            connection.close()

    async def _answer_all(self, connection: Connection, think: float) -> None:
        token = (await connection.ask("enter", "/api/participants", body={"consent": True}))["token"]
        acknowledged = self.seen.acknowledged[token] = []
        at = await connection.ask("progress", "/api/progress", token)
        loaded: set[str] = set()
        while question := at["question"]:
            for picture in [question["original"]["id"], *(option["id"] for option in question["options"])]:
                if picture not in loaded:
                    loaded.add(picture)
                    await connection.ask("picture", f"/images/{picture}")
            await asyncio.sleep(random.expovariate(1 / think) if think else 0)
            chosen = random.choice(question["options"])["id"]  # noqa: S311
            body = {"trial": question["trial"], "choice": chosen, "milliseconds": int(1000 * think)}
            at = await connection.ask("answer", "/api/answers", token, body)
            if at["answered"] != question["trial"] + 1:
                self.seen.errors.append(f"question {question['trial']} was followed by {at['answered']}")
            acknowledged.append(chosen)

    def check(self) -> int:
        """Compare the acknowledged answers with those in the database, and return the number in the database."""
        with closing(AnswerStore(self.study, self.url, make=False)) as store:
            _, answers = store.read_answers()
            saved: dict[int, list[str]] = {}
            for answer in answers:
                picture = self.study.items_by_name[answer.item].picture(answer.choice).id
                saved.setdefault(answer.participant, []).append(picture)
            for token, acknowledged in self.seen.acknowledged.items():
                participant = store.participant(token)
                if saved.get(participant.number, []) != acknowledged:
                    self.seen.errors.append(f"participant {participant.number}: other answers saved than acknowledged")
                if len(acknowledged) != len(participant.trials):
                    self.seen.errors.append(f"participant {participant.number} did not reach the end")
        return len(answers)


def draw_study(folder: Path, n_items: int) -> Study:
    """Make a study whose files are as large as photos of 256 x 256 pixels."""
    random_ = np.random.default_rng(0)
    for which in ("input", *CANDIDATES):
        (folder / which).mkdir()
        for n in range(n_items):
            coarse = Image.fromarray(random_.integers(0, 256, (SIDE // 4, SIDE // 4, 3), np.uint8))
            coarse.resize((SIDE, SIDE)).save(folder / which / f"{n}.png")
    return make_study(folder / "study", folder / "input", {name: folder / name for name in CANDIDATES}).study


def print_results(run: Run, options: argparse.Namespace, n_answers: int) -> None:
    """Print a table of one row, and the errors."""
    seen = run.seen
    p50, p95, p99 = np.percentile(1000 * np.array(seen.seconds["answer"]), [50, 95, 99])
    row = {
        "database": run.url.partition(":")[0],
        "participants": options.participants,
        "thinking, s": f"{options.think:g}",
        "kills": options.kills,
        "answers": n_answers,
        "lost or double": len(seen.errors),
        "refused": seen.refusals.total(),
        "requests/s": f"{seen.n_requests / (run.seconds - run.seconds_without_server):.0f}",
        "answer p50, ms": f"{p50:.0f}",
        "p95": f"{p95:.0f}",
        "p99": f"{p99:.0f}",
        "picture p95, ms": f"{1000 * np.percentile(seen.seconds['picture'], 95):.0f}",
        "processor, ms a request": f"{run.processor_milliseconds:.1f}",
        "memory, MiB": f"{run.peak_mebibytes:.0f}",
    }
    print("| " + " | ".join(row) + " |")
    print("|" + "|".join(["---"] + ["---:"] * (len(row) - 1)) + "|")
    print("| " + " | ".join(map(str, row.values())) + " |")
    print(
        f"{run.seconds:.1f} s, {run.seconds_without_server:.1f} s without a server; {seen.retries} requests sent again"
    )
    for line in seen.errors[:20]:
        print(line, file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, and return 1 if an answer was lost or doubled, or a request refused."""
    parser = argparse.ArgumentParser(description="Many participants take a study while its server is killed.")
    parser.add_argument("--participants", type=int, default=300)
    parser.add_argument("--items", type=int, default=12)
    parser.add_argument("--think", type=float, default=0.0, help="mean seconds before an answer")
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--database", help="URL of an empty database (default: a SQLite file)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="pixelfes-load-") as name:
        study = draw_study(Path(name), options.items)
        folder = Path(name) / "study"
        run = Run(study, folder, options.database or sqlite_url(folder / DATABASE_FILE))
        try:
            asyncio.run(run.take(options.participants, options.think, options.kills))
        finally:
            run.server.stop()
        n_answers = run.check()
        expected = options.participants * study.trials_per_participant
        if n_answers != expected:
            run.seen.errors.append(f"{n_answers} answers are saved, and {expected} were given")
        print_results(run, options, n_answers)
    return 1 if run.seen.errors or run.seen.refusals else 0


if __name__ == "__main__":
    sys.exit(main())
