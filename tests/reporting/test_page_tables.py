"""Tables in the pages of docs are those of docs/tables, put there by a generator."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixelfes.errors import InputError
from pixelfes.reporting.page_tables import with_tables

DOCS = Path(__file__).parents[2] / "docs"
TABLE = "### Cost\n\nA note.\n\n| what | ms |\n|---|---:|\n| decode | 5 |\n| encode | 8 |\n\nMore.\n"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_the_tables_of_a_page_are_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert with_tables(text, DOCS / "tables") == text, "run make docs-tables"


def test_every_table_is_used_or_linked() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    unused = [
        table.name
        for table in (DOCS / "tables").glob("*.md")
        if f"<!-- table: {table.stem} " not in pages
        and f"<!-- table: {table.stem};" not in pages
        and f"tables/{table.name}" not in pages
    ]
    assert unused == []


def test_a_table_replaces_what_stands_between_its_markers(tmp_path: Path) -> None:
    (tmp_path / "cost.md").write_text(TABLE, encoding="utf-8")
    page = "Before\n\n<!-- table: cost -->\nold\n<!-- end of table -->\n\nAfter\n"
    new = with_tables(page, tmp_path)
    assert new == (
        "Before\n\n<!-- table: cost -->\n\n| what | ms |\n|---|---:|\n| decode | 5 |\n| encode | 8 |\n\n"
        "<!-- end of table -->\n\nAfter\n"
    )
    assert with_tables(new, tmp_path) == new


def test_some_rows_of_a_table_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "cost.md").write_text(TABLE, encoding="utf-8")
    new = with_tables("<!-- table: cost; rows of encode -->\n<!-- end of table -->\n", tmp_path)
    assert "| encode | 8 |" in new
    assert "decode" not in new


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<!-- table: cost -->\nno end\n", "must be followed by"),
        ("<!-- table: nowhere -->\n<!-- end of table -->\n", "there is no table"),
        ("<!-- table: cost; rows of copy -->\n<!-- end of table -->\n", "has no row of copy"),
    ],
)
def test_a_marker_that_means_nothing_is_an_error(page: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "cost.md").write_text(TABLE, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        with_tables(page, tmp_path)
