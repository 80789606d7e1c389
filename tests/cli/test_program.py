"""The program as a whole: version, help, and how little it needs for them; and what models say of themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import pixelfes
from pixelfes.cli.apply.targets import safe_name
from pixelfes.loading import SHIPPED
from tests.cli.program import PROGRAM, misuse, succeed

HEAVY = ("numpy", "cv2", "PIL", "onnxruntime", "safetensors", "rich.progress")
COMMANDS = (
    *("apply", "live", "expressions", "fit", "evaluate", "reproduce"),
    *("export", "faces", "info", "people", "web", "study"),
)
ROOMS = {"expressions": "show", "faces": "show", "info": "show", "reproduce": "evaluate"}
"""Of commands that share one."""


def loaded_with(*commands: str) -> set[str]:
    """Return the modules that a fresh process has loaded once it knows some commands, but has run none."""
    code = (
        "import sys, typer; from pixelfes.cli.main import app; group = typer.main.get_command(app); "
        f"print(*(group.get_command(None, name).name for name in {commands})); print(*sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, modules = result.stdout.splitlines()
    assert tuple(names.split()) == commands
    return set(modules.split())


def test_version_and_help_answer(tmp_path: Path) -> None:
    assert succeed("--version", folder=tmp_path) == f"pixelfes {pixelfes.__version__}\n"
    text = succeed("--help", folder=tmp_path)
    assert [line.split()[0] for line in text.partition("Commands:\n")[2].splitlines()] == list(COMMANDS)


def test_nothing_heavy_is_imported_before_a_command_needs_it() -> None:
    assert loaded_with(*COMMANDS).isdisjoint(HEAVY)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_loads_no_other_command(name: str) -> None:
    rooms = {module.split(".")[2] for module in loaded_with(name) if module.startswith("pixelfes.cli.")}
    own = ROOMS.get(name, name)
    assert own in rooms
    assert rooms <= {own, "main", "messages", "grammar"}


@pytest.mark.parametrize("arguments", [["smile"], ["apply"], ["info", "smile", "--yaml"], ["--loud"]])
def test_wrong_usage_has_the_status_two(arguments: list[str]) -> None:
    assert "Error: " in misuse(*arguments)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_says_where_it_comes_from(name: str, tmp_path: Path) -> None:
    facts = json.loads(succeed("info", name, "--json", folder=tmp_path))
    assert facts["expression"] == name
    assert facts["parameters"] == pixelfes.load(name).n_parameters_
    assert 10_000 < facts["bytes"] < 200_000
    assert all(facts[key] for key in ("training_pairs", "training_data", "licence", "attribution", "package_version"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other terminals")
def test_on_a_terminal_a_model_is_shown_as_a_table(tmp_path: Path) -> None:
    import os
    import pty

    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    subprocess.run([*PROGRAM, "info", "smile"], stdout=theirs, env=environment, check=True)
    os.close(theirs)
    shown = os.read(ours, 2**16).decode()
    os.close(ours)
    assert "\x1b[1mexpression" in shown
    assert "25088" in shown


@pytest.mark.parametrize("hostile", ["../../x", "/etc/x", "a\0b", "", "..", "C:\\x", "a\nb", "x" * 999])
def test_a_models_name_for_its_expression_is_safe_in_file_names(hostile: str) -> None:
    name = safe_name(hostile)
    assert name
    assert len(name) <= 40
    assert not set(name) & set("/\\:.\0\n")
