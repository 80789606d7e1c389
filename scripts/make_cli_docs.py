"""Write ``docs/cli.md`` from the help of the commands.

Usage: ``python scripts/make_cli_docs.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from pixelfes.cli.grammar.help_pages import ParameterFacts, commands_below, paragraphs, parameters_of, usage_of
from pixelfes.cli.main import app
from pixelfes.file_writing import write_file

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
COMMON = ("--quiet", "--verbose", "--help")
"""Options of every command, described once."""

INTRODUCTION = """\
# The command line

Written by `make docs-cli` from the help of the commands; `pixelfes COMMAND -h` shows the same.

@SUMMARY@

## What all commands have in common

| | |
|---|---|
| `-h`, `--help` | Show the help, with examples. |
| `-q`, `--quiet` | Print only results and errors: no summary and no progress. |
| `-v`, `--verbose` | Also print what was found, how long it took, and the causes of an error. |
| `-o`, `--output` | Where the output goes. |
| `-m`, `--model` | A shipped model's name (`smile`), or a model file. |
| `--overwrite` | Replace existing files, also those that this program did not make. |

**What is overwritten.** An existing file is replaced only if this program made it, or with `--overwrite`; an input never.
Photos, models, ONNX graphs, C sources and reports say in their own bytes who made them. The folder of a report must be new,
empty, or hold an earlier report. `pixelfes people` and `pixelfes study new` only make folders that are new or empty, and have
no `--overwrite`: remove the folder first.

**Exit statuses.**

| status | |
|---|---|
| 0 | Everything asked for was done. |
| 1 | Something was not; one sentence on stderr says what, and what to do. |
| 2 | Wrong usage: an unknown option, a value that is none of the choices, or out of range. |
| 130 | Ctrl-C. |

**Extras.** `pip install pixelfes` brings the core. A command that needs more says what to install, in one sentence: the extra
`photo` for everything with photos and models, `judge` for `pixelfes evaluate`, `study` for `pixelfes study`, `onnx` for
`pixelfes export --to onnx`, `cluster` for `--workers` and `--scheduler` of `pixelfes fit`, and `gan` for networks.

**Completion.** `pixelfes --install-completion` completes commands, options and choices in bash, zsh, fish and PowerShell;
`pixelfes --show-completion bash` prints the script instead.
"""

BESIDE_REMBG = """\
## Beside rembg's command line

[rembg](https://github.com/danielgatis/rembg) removes backgrounds, and has a command line that many people know. What each
of its commands does, here:

"""

NOT_YET = "not yet"


def main() -> None:
    """Write the page."""
    write_file(PAGE, page().encode())
    print(PAGE)


def page() -> str:
    """Return the text of the page."""
    root: Any = typer.main.get_command(app)
    found = list(commands_below(root, root.context_class(root, info_name="pixelfes")))
    commands = [(path, command, context) for path, command, context in found if not hasattr(command, "list_commands")]
    rows = [[f"[`pixelfes {path}`](#pixelfes-{path.replace(' ', '-')})", summary_of(one)] for path, one, _ in commands]
    introduction = INTRODUCTION.replace("@SUMMARY@", table(("command", "what it does"), rows))
    parts = [introduction, *(part for command in commands for part in section(*command))]
    apply = next((command, context) for path, command, context in commands if path == "apply")
    parts += [BESIDE_REMBG + table(("rembg", "pixelfes", ""), beside_rembg({*all_names(*apply)}))]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def summary_of(command: Any) -> str:
    """Return the first paragraph of a command's help."""
    return paragraphs(command.help)[0]


def section(path: str, command: Any, context: Any) -> Iterator[str]:
    """Yield the parts of a command's section: usage, text, examples, arguments and options."""
    yield f"## pixelfes {path}"
    yield f"`pixelfes {path} {usage_of(command, context)}`"
    yield from paragraphs(command.help)
    yield f"```\n{command.epilog}\n```"
    facts = [one for one in parameters_of(command, context) if not {*one.names} & {*COMMON}]
    for heading, is_argument in (("argument", True), ("option", False)):
        rows = [[title(one), escaped(one.help), values(one)] for one in facts if one.is_argument == is_argument]
        if rows:
            yield table((heading, "what it does", "values"), rows)


def title(facts: ParameterFacts) -> str:
    """Return names and value of a parameter; choices stand among the values."""
    value = "" if "|" in facts.value else f" {facts.value}"
    return f"`{', '.join(facts.names)}{value}`".replace(" `", "`")


def values(facts: ParameterFacts) -> str:
    """Return the choices, limits and default of a parameter."""
    choices = [f"`{choice}`" for choice in facts.value.split("|")] if "|" in facts.value else []
    known = [", ".join(choices), facts.limits, f"default: {default(facts)}" if facts.default else ""]
    known += [f"or by the environment: `{facts.environment}`" if facts.environment else ""]
    known += ["required" if facts.is_required else ""]
    return "; ".join(filter(None, known))


def default(facts: ParameterFacts) -> str:
    """Return a default, as code if it can be typed."""
    return facts.default if " " in facts.default else f"`{facts.default}`"


def all_names(command: Any, context: Any) -> Iterator[str]:
    """Yield every name of a command's options."""
    for facts in parameters_of(command, context):
        yield from facts.names


def beside_rembg(options: set[str]) -> list[list[str]]:
    """Return the rows of the table, by the options that ``pixelfes apply`` has."""

    def if_there(option: str, text: str) -> str:
        return text if option in options else NOT_YET

    return [
        ["`i`: one file", "`pixelfes apply FILE -o FILE`", "Without `-o` it goes beside the input, as NAME.smile.EXT."],
        ["`i` with stdin and stdout", "`pixelfes apply -`", "Reads stdin, writes stdout."],
        [
            "`p`: a folder",
            "`pixelfes apply FOLDER -o FOLDER`",
            "Also several photos and folders at once. A second run makes only what is new. What is left out is named.",
        ],
        ["`p --watch`: a folder as it fills", if_there("--watch", "`pixelfes apply FOLDER --watch`"), ""],
        [
            "`b`: raw frames, for FFmpeg",
            if_there("--raw", "`pixelfes apply - --raw WxH`"),
            "RGB frames on stdin and stdout.",
        ],
        ["`d`: download models", "nothing to do", "The models are in the package. Nothing is ever downloaded."],
        [
            "`s`: an HTTP server",
            NOT_YET,
            "Planned as `pixelfes serve`. `pixelfes web` serves a page that works in the browser.",
        ],
        [
            "sessions: one loaded model",
            "`pixelfes apply PHOTO PHOTO FOLDER`",
            "The model is loaded once for all photos of a call, once a process with `--workers N`. "
            'In Python: `model = pixelfes.load("smile")`.',
        ],
        ["`-m`: another model", "`-m MODEL`", "A shipped model, or one of your own by `pixelfes fit`."],
        ["shell completion", "`pixelfes --install-completion`", "bash, zsh, fish, PowerShell."],
    ]


def table(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """Return a text that stays one cell of a table, and shows <, * and _ as they are."""
    return "".join(f"\\{c}" if c in "|<*_[" else c for c in text)


if __name__ == "__main__":
    main()
