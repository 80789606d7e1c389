from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from pixelfes.cli.main import app
from tests.cli.program import PROGRAM, fail_here, misuse, pixelfes, portrait, succeed

CANDIDATES = ("pixel-rr", "mr")
OPTIONS = ["--inputs", "input", "--candidate", "pixel-rr=pixel-rr", "--candidate", "mr=mr"]


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for n, which in enumerate(("input", *CANDIDATES)):
        (tmp_path / which).mkdir()
        for name in ("anna", "ben"):
            Image.new("RGB", (40, 50), (60 * n, 90, 120)).save(tmp_path / which / f"{name}.png")
    return tmp_path


def made_here() -> str:
    """Make a study in ./s inside this process, which is quicker, and return what is said."""
    result = CliRunner().invoke(app, ["study", "new", "s", *OPTIONS])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def token_in(said: str) -> str:
    found = re.search(r"token, kept nowhere: (\S{43})\n", said)
    assert found is not None
    return found[1]


def test_a_study_is_made_simulated_and_told(folders: Path) -> None:
    said = succeed("study", "new", "s", *OPTIONS, "--questions", "quality,realism", folder=folders)
    assert said.startswith("2 items, 2 candidates: s\n")
    assert token_in(said) not in (folders / "s" / "study.json").read_text()
    strengths = ["--strength", "pixel-rr=3", "--strength", "mr=1"]
    said = succeed("study", "simulate", "s", *strengths, "-n", "8", "-o", "report", folder=folders)
    assert "Simulated answers: nobody has been asked." in said
    assert "- realism, pixel-rr: 0.750; found 0." in said
    assert (folders / "report" / "index.html").is_file()
    assert not list((folders / "s").glob("*.sqlite3"))
    database = f"sqlite:///{folders}/drawn.sqlite3"
    succeed("study", "simulate", "s", *strengths, "-n", "3", "--database", database, folder=folders)
    again = succeed("study", "results", "s", "-o", "report", folder=folders, PIXELFES_DATABASE=database)
    assert again.startswith("3 participants, 3 of them to the end, gave 18 answers on 2 items of 2 candidates.")


def test_a_study_is_served_until_it_is_interrupted(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    organiser = token_in(made_here())
    with subprocess.Popen(
        [*PROGRAM, "study", "serve", "s", "--port", "0"],
        cwd=folders,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        address = server.stdout.readline().removeprefix("participants: ").strip()
        assert "Would you like to take part?" in page(address)
        assert "There are no answers yet" in page(f"{address}api/results/page", organiser)
        server.send_signal(signal.SIGINT)
        assert (server.wait(30), server.stderr.read()) == (0, "")
    said = succeed("study", "results", "s", folder=folders)
    assert said.startswith("0 participants")


def page(address: str, token: str = "") -> str:
    asked = urllib.request.Request(address, headers={"authorization": f"Bearer {token}"})  # noqa: S310 (our own server)
    with urllib.request.urlopen(asked) as reply:  # noqa: S310
        return str(reply.read().decode())


def test_another_token_can_be_made(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    first = token_in(made_here())
    result = CliRunner().invoke(app, ["study", "token", "s"])
    assert token_in(result.stdout) != first


def test_models_make_candidates(tmp_path: Path) -> None:
    (tmp_path / "input").mkdir()
    portrait().save(tmp_path / "input" / "nobody.png")
    Image.new("RGB", (64, 64)).save(tmp_path / "input" / "nothing.png")
    done = pixelfes(
        *("study", "new", "s", "--inputs", "input", "--models", "ours=smile", "--models", "smile"), "--copies", "0",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0
    notes = done.stderr.decode()
    assert notes.count("cannot change input/nothing.png: ") == 2
    assert "nothing is left out: it is missing for ours, smile" in notes
    assert done.stdout.decode().startswith("1 items, 2 candidates")
    study = json.loads((tmp_path / "s" / "study.json").read_text())
    assert study["candidates"] == ["ours", "smile"]


def test_a_port_that_is_taken_is_one_sentence(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    made_here()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        sentence = fail_here("study", "serve", "s", "--port", port)
    assert sentence == f"the study cannot be served at 127.0.0.1, port {port}: Address already in use"


def test_results_before_the_first_answer_are_one_sentence(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    made_here()
    assert "there are no answers yet" in fail_here("study", "results", "s")
    assert not list(Path("s").glob("*.sqlite3"))


def test_what_cannot_be_done_is_one_sentence(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    new = ("study", "new", "s", "--inputs", "input")
    for arguments, sentence in (
        ([*new], "2 to 8 candidates"),
        ([*new, *OPTIONS[2:], "--candidate", "x=nowhere"], "nowhere is not a folder"),
        ([*new, "--models", "a=nowhere.safetensors", "--models", "b=smile"], "nowhere.safetensors"),
        (["study", "serve", "input"], "input holds no study"),
        (["study", "results", "nowhere"], "nowhere holds no study"),
        (["study", "simulate", "input", "--strength", "a=1"], "input holds no study"),
    ):
        assert sentence in fail_here(*arguments)
        assert not Path("s").exists()


def test_wrong_choices_and_forms_are_wrong_usage(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    new = ("study", "new", "s", "--inputs", "input")
    for arguments, sentence in (
        ([*new, "--candidate", "mr"], "--candidate must be NAME=FOLDER, not 'mr'"),
        ([*new, "--candidate", "mr=mr", "--candidate", "mr=input"], "--candidate names mr twice"),
        ([*new, "--candidate", "mr=mr", "--model", "mr=smile"], "two candidates are called mr"),
        ([*new, *OPTIONS[2:], "--questions", "beauty"], "there is no question 'beauty'"),
        ([*new, "-o", "t"], "the folder is s already"),
        (["study", "new", "--inputs", "input"], "name the folder to make"),
    ):
        assert sentence in misuse(*arguments)
        assert not Path("s").exists()


def test_the_folder_of_a_study_can_be_named_as_an_output(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    result = CliRunner().invoke(app, ["study", "new", "-o", "s", "-q", *OPTIONS])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"organiser's token, kept nowhere: {token_in(result.stdout)}\n"


def test_wrong_strengths_and_databases_are_one_sentence(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    made_here()
    for arguments, sentence in (
        (["simulate", "s", "--strength", "mr=1"], "there must be a strength for each of pixel-rr, mr"),
        (["simulate", "s", "--strength", "mr=much"], "'much' is not a number"),
        (["results", "s", "--database", "mysql://x/y"], "PostgreSQL or a SQLite file"),
    ):
        assert sentence in misuse("study", *arguments)
    for arguments, sentence in (
        (["results", "s", "-o", "s"], "is the study itself"),
        (["results", "s", "-o", "."], "add --overwrite"),
        (["results", "s", "-o", "s/study.json"], "is a file"),
    ):
        assert sentence in fail_here("study", *arguments)
