"""Tables in documentation pages: generated between markers, never pasted."""

from __future__ import annotations

import re
from pathlib import Path

from pixelfes.errors import InputError

_MARKED = re.compile(
    r"(<!-- table: (?P<name>[a-z0-9-]+)(?:; rows of (?P<rows>[^>]+))? -->\n).*?(<!-- end of table -->)", re.DOTALL
)
_OPENING = "<!-- table:"


def with_tables(page: str, folder: Path) -> str:
    """Return a Markdown page with the current tables between its markers.

    Parameters
    ----------
    page : str
        Markdown with pairs of ``<!-- table: NAME -->`` and ``<!-- end of table -->``. ``<!-- table: NAME; rows of X -->``
        takes only the rows whose first cell is X.
    folder : Path
        Holds NAME.md with one table; text around it stays there.

    Raises
    ------
    InputError
        If a marker has no end, there is no such table, or no such row.
    """
    if len(_MARKED.findall(page)) != page.count(_OPENING):
        raise InputError("a table's marker must be followed by <!-- end of table --> before the next one")

    def filled(match: re.Match[str]) -> str:
        lines = _table(folder / f"{match['name']}.md", match["rows"])
        return "\n".join([match[1], *lines, "", match[4]])

    return _MARKED.sub(filled, page)


def _table(file: Path, first_cell: str | None) -> list[str]:
    if not file.is_file():
        raise InputError(f"there is no table {file}")
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    head, rows = lines[:2], lines[2:]
    chosen = [row for row in rows if first_cell is None or row.startswith(f"| {first_cell} |")]
    if not chosen:
        raise InputError(f"{file} has no row of {first_cell}")
    return head + chosen
