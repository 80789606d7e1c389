"""Put the tables of ``docs/tables`` into the pages of ``docs``.

Usage: ``python scripts/put_tables.py``. A page marks where a table goes by two comments, ``<!-- table: NAME -->`` and
``<!-- end of table -->``; everything between them is replaced by ``docs/tables/NAME.md``, without its heading.
"""

from __future__ import annotations

from pathlib import Path

from pixelfes.file_writing import write_file
from pixelfes.reporting.page_tables import with_tables

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Rewrite the pages whose tables have changed, and print their names."""
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        new = with_tables(text, DOCS / "tables")
        if new != text:
            write_file(page, new.encode())
            print(page)


if __name__ == "__main__":
    main()
