"""The documentation names files, links and functions that exist."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from make_cli_docs import page as cli_page
from pixelfes.cli.main import app

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/pixelfes"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BASES = (ROOT, SOURCE)

BUILT = {"src/pixelfes/web_page/"}
"""Named in the documentation, and made by `make web`."""
IN_THE_PAGE = {"sw.js"}
"""What the built page calls its files."""


def quoted(text: str) -> Iterator[str]:
    """Every word between backticks, outside blocks of commands."""
    for span in re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)):
        yield from span.split()


def is_path(word: str) -> bool:
    """Whether a word can only be a path of this repository: code, or something below one of its folders."""
    folder, slash, _ = word.partition("/")
    is_code = re.fullmatch(r"[\w./-]+\.(py|ts|js|jinja)", word)
    return bool(is_code) or bool(slash and folder and any((base / folder).is_dir() for base in BASES))


def command_lines(page: Path) -> list[str]:
    """The command lines of the program in the blocks of a page, without comments, pipes and redirections."""
    blocks = re.findall(r"^```(?:\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    lines = [line.split("|")[-1].strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [re.split(r"\s#|\s>", line)[0].strip() for line in lines if line.startswith("pixelfes ")]


def functions_of(path: Path) -> set[str]:
    """The functions and classes of a file, methods as ``Class.method``."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


def walks() -> Iterator[tuple[Path, list[str]]]:
    """The rows of the two walks through the code: a file, and its functions."""
    text = (ROOT / "docs/how-it-works.md").read_text(encoding="utf-8")
    for file, functions in re.findall(r"^\| `([\w/]+\.py)` \| (`[^|]+`) \|", text, flags=re.MULTILINE):
        yield SOURCE / file, re.findall(r"`([^`]+)`", functions)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    words = {word for word in quoted(page.read_text(encoding="utf-8")) if is_path(word)} - BUILT - IN_THE_PAGE
    missing = {word for word in words if not any((base / word).exists() for base in BASES)}
    assert not missing


def test_the_page_of_the_command_line_is_what_the_commands_say() -> None:
    assert (ROOT / "docs/cli.md").read_text(encoding="utf-8") == cli_page(), "regenerate it: make docs-cli"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = {target for target in targets if "://" not in target and not (page.parent / target).exists()}
    assert not missing


@pytest.mark.parametrize(
    "line", sorted({line for page in PAGES for line in command_lines(page)}), ids=lambda line: line.replace("/", "_")
)
def test_every_command_line_of_a_page_is_understood(line: str) -> None:
    command: Any = typer.main.get_command(app)
    name, *rest = shlex.split(line)
    while hasattr(command, "get_command"):
        name, *rest = rest
        command = command.get_command(None, name)
    context = command.make_context(name, rest)
    assert context.params


def test_every_function_of_the_walks_is_where_they_say() -> None:
    rows = list(walks())
    assert len(rows) > 20
    missing = [f"{file.name}: {name}" for file, names in rows for name in names if name not in functions_of(file)]
    assert not missing


def test_the_walks_reach_the_two_lines_that_matter() -> None:
    named = {(file.relative_to(SOURCE).as_posix(), name) for file, names in walks() for name in names}
    assert ("face/composite.py", "affine") in named
    assert ("regress/pixel/solve.py", "solve_pixel_ridge") in named
