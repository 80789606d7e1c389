"""One grammar for all commands: whatever command is added must follow it too."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from pixelfes.baselines.settings import NETWORK_TITLES
from pixelfes.cli.evaluate.command import _METHODS, _REGISTRATIONS
from pixelfes.cli.fit.command import MethodOption
from pixelfes.cli.grammar.help_pages import choices_of, commands_below, paragraphs, parameters_of
from pixelfes.cli.main import app
from pixelfes.evaluate.run.candidates import TITLES
from pixelfes.expression.model import DEFAULT_SIZE
from pixelfes.regress import REGRESSORS
from tests.cli.program import PROGRAM, misuse, pixelfes, portrait, succeed

WIDTH = 80

WRITE_NEW_FOLDERS_ONLY = {"people", "study new"}
"""Their output is a folder that must be empty or not exist, so there is nothing to overwrite."""
WRITE_OUTPUT_ONLY_IF_ASKED = {"faces", "study results", "study simulate"}
WITHOUT_OUTPUT = {"info", "live", "web", "study serve", "study token"}


@cache
def tree() -> dict[str, tuple[Any, Any]]:
    """Every group and command, with its context, by its path; the program itself is the empty path."""
    root: Any = typer.main.get_command(app)
    found = commands_below(root, root.context_class(root, info_name="pixelfes"))
    return {path: (command, context) for path, command, context in found}


LEAVES = [path for path, (command, _) in tree().items() if not hasattr(command, "list_commands")]
GROUPS = [path for path in tree() if path not in LEAVES]


def parameters(path: str) -> dict[str, Any]:
    """The parameters of a command by each of their names."""
    command, context = tree()[path]
    return {name: one for one in command.get_params(context) for name in one.opts}


def facts(path: str) -> list[Any]:
    return parameters_of(*tree()[path])


def help_of(path: str, *, flag: str = "-h") -> str:
    result = CliRunner().invoke(app, [*path.split(), flag], env={"COLUMNS": str(WIDTH)}, prog_name="pixelfes")
    assert result.exit_code == 0
    return result.stdout


def examples_of(path: str) -> list[str]:
    return (tree()[path][0].epilog or "").splitlines()


def parsed(line: str) -> Any:
    """The context of a command line, as the real parser makes it; redirections are the shell's."""
    program, *rest = shlex.split(re.split(r"\s[<>]", line)[0], comments=True)
    assert program == "pixelfes"
    command: Any = typer.main.get_command(app)
    name = program
    while hasattr(command, "list_commands"):
        name, *rest = rest
        command = command.get_command(None, name)
    return command.make_context(name, rest)


def test_the_tree_is_walked() -> None:
    assert {"", "study"} == set(GROUPS)
    assert {"apply", "fit", "evaluate", "export", "faces", "info", "people", "web"} <= set(LEAVES)
    assert {"study new", "study serve", "study results", "study simulate", "study token"} <= set(LEAVES)


@pytest.mark.parametrize("path", [*GROUPS, *LEAVES])
def test_help_has_a_short_name(path: str) -> None:
    assert help_of(path, flag="-h") == help_of(path, flag="--help")


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_can_be_quiet_or_verbose(path: str) -> None:
    known = parameters(path)
    assert known["-q"] is known["--quiet"]
    assert known["-v"] is known["--verbose"]


@pytest.mark.parametrize("path", LEAVES)
def test_every_output_is_called_output(path: str) -> None:
    known = parameters(path)
    assert (path in WITHOUT_OUTPUT) == ("--output" not in known)
    if path not in WITHOUT_OUTPUT:
        assert known["-o"] is known["--output"]
    assert not {"OUT", "OUTPUT"} & {one.names[0] for one in facts(path) if one.is_argument}


@pytest.mark.parametrize("path", [path for path in LEAVES if path not in WITHOUT_OUTPUT | WRITE_NEW_FOLDERS_ONLY])
def test_what_writes_files_overwrites_only_when_told(path: str) -> None:
    overwrite = parameters(path)["--overwrite"]
    assert overwrite.is_flag
    assert not overwrite.default


@pytest.mark.parametrize("path", LEAVES)
def test_every_model_is_named_by_the_same_option(path: str) -> None:
    known = parameters(path)
    mentions = any(
        "model file" in one.help or one.names[0] == "[MODEL]" for one in facts(path) if "-o" not in one.names
    )
    assert mentions == ("--model" in known)
    if "--model" in known:
        assert known["-m"] is known["--model"]


@pytest.mark.parametrize("path", [*GROUPS, *LEAVES])
def test_every_help_has_examples_that_parse_and_fit_a_terminal(path: str) -> None:
    lines = examples_of(path)
    assert lines
    page = help_of(path)
    for line in lines:
        assert f"  {line}\n" in page
        assert line.startswith(f"pixelfes {path}".strip())
        assert len(line) <= WIDTH - 2
        assert parsed(line).params


@pytest.mark.parametrize("path", [*GROUPS, *LEAVES])
def test_a_summary_is_a_sentence_that_is_never_cut_off(path: str) -> None:
    summary = paragraphs(tree()[path][0].help)[0]
    assert summary.endswith(".")
    if path:
        *above, name = path.split()
        assert re.search(rf"^  {name} +{re.escape(summary)}$", help_of(" ".join(above)), flags=re.MULTILINE)


@pytest.mark.parametrize("path", [*GROUPS, *LEAVES])
def test_no_line_of_a_help_is_cut_off_or_too_long(path: str) -> None:
    page = help_of(path)
    assert "..." not in page.replace("INPUT...", "").replace("COMMAND ...", "").replace(",...", "")
    assert max(map(len, page.splitlines())) <= WIDTH


@pytest.mark.parametrize("path", [*GROUPS, *LEAVES])
def test_choices_and_defaults_are_shown_as_people_type_them(path: str) -> None:
    page = help_of(path)
    assert not re.search(r"Option\.|<(str|int|float|path)|range>|default: \(|\{[A-Z]", page)
    for name, one in parameters(path).items():
        if choices := choices_of(one):
            assert all(choice in page for choice in choices), name
    for one in facts(path):
        assert one.value != "VALUE", f"{one.title} has no metavar"


@pytest.mark.parametrize("path", [*GROUPS, *LEAVES])
def test_every_help_text_says_something(path: str) -> None:
    for one in facts(path):
        assert len(one.help.split()) >= 3, one.title
        assert one.help[0].isupper() or one.help.startswith(("onnx:", "float16")), one.title
        assert one.help.endswith("."), one.title


def choice_options() -> list[tuple[str, str]]:
    return sorted({(path, one.opts[0]) for path in LEAVES for one in parameters(path).values() if choices_of(one)})


@pytest.mark.parametrize(("path", "option"), choice_options())
def test_a_wrong_choice_is_wrong_usage(path: str, option: str) -> None:
    assert f"Invalid value for '{option}'" in misuse(*path.split(), option, "nonsense")


@pytest.mark.parametrize("path", [*GROUPS, *LEAVES])
def test_an_unknown_option_is_wrong_usage(path: str) -> None:
    assert "No such option" in misuse(*path.split(), "--nonsense")


@pytest.mark.parametrize("path", LEAVES)
def test_quiet_and_verbose_contradict_each_other(path: str) -> None:
    needed = [one for one in facts(path) if one.is_required]
    given = [word for one in needed for word in ([one.names[0]] if not one.is_argument else []) + [value_for(one)]]
    assert "cannot be combined" in misuse(*path.split(), *given, "-q", "-v")


def value_for(one: Any) -> str:
    return str({"onnx|c": "c", "NAME=NUMBER": "a=1"}.get(one.value, "x"))


def test_the_choices_are_those_that_the_program_knows() -> None:
    assert {str(method) for method in MethodOption} == {*REGRESSORS, *NETWORK_TITLES}
    assert (*TITLES, *NETWORK_TITLES) == _METHODS
    assert tuple(DEFAULT_SIZE) == _REGISTRATIONS


def test_quiet_says_nothing_verbose_what_was_found_and_how_long_it_took(tmp_path: Path) -> None:
    portrait().save(tmp_path / "me.png")
    assert succeed("apply", "me.png", "-q", folder=tmp_path) == ""
    result = pixelfes("apply", "me.png", "-v", "--overwrite", folder=tmp_path)
    assert (result.returncode, result.stdout) == (0, b"me.smile.png\n")
    lines = result.stderr.decode().splitlines()
    assert re.fullmatch(r"pixelfes: me\.png: written, 1 faces?, \d+\.\d\d s", lines[0])
    assert re.fullmatch(r"pixelfes: took \d+\.\d\d s", lines[-1])


def test_verbose_shows_every_cause_of_a_failure(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    result = pixelfes("faces", "text.jpg", "-v", folder=tmp_path)
    assert result.returncode == 1
    lines = result.stderr.decode().splitlines()
    assert lines[0].startswith("pixelfes: text.jpg cannot be read")
    assert lines[1].startswith("pixelfes: cause: PhotoError: ")
    assert lines[2].startswith("pixelfes: cause: UnidentifiedImageError: ")
    assert "Traceback" not in result.stderr.decode()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_the_script_of_each_shell_is_shown(shell: str, tmp_path: Path) -> None:
    assert "_PIXELFES_COMPLETE" in succeed("--show-completion", shell, folder=tmp_path)


def test_the_shell_in_use_is_found(tmp_path: Path) -> None:
    script = f"{shlex.join([*PROGRAM, '--show-completion'])}; exit $?"  # more than one command, so that bash stays
    environment = os.environ | {"SHELL": "/bin/bash"}
    shown = subprocess.run(["bash", "-c", script], capture_output=True, cwd=tmp_path, env=environment, check=True)
    assert b"complete_bash" in shown.stdout


def test_completion_is_installed_where_the_shell_looks(tmp_path: Path) -> None:
    said = succeed("--install-completion", "bash", folder=tmp_path, HOME=str(tmp_path))
    assert "pixelfes.sh" in said
    assert "_PIXELFES_COMPLETE" in (tmp_path / ".bash_completions/pixelfes.sh").read_text()
    assert "pixelfes.sh" in (tmp_path / ".bashrc").read_text()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ap"], ["apply"]),
        (["study", "sim"], ["simulate"]),
        (["apply", "--teeth", ""], ["auto", "closed", "open"]),
        (["fit", "--over"], ["--overwrite"]),
    ],
)
def test_commands_options_and_choices_are_completed(words: list[str], expected: list[str], tmp_path: Path) -> None:
    line, number = f"pixelfes {' '.join(words)}", str(len(words))
    said = succeed(folder=tmp_path, _PIXELFES_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=number)
    assert said.split() == expected
