"""Write the built page as a folder for any web server and any path; ``make web-site`` runs it.

python scripts/make_web_site.py FOLDER

The folder also holds ``_headers``, which Netlify, Cloudflare Pages and others read; docs/web.md has the same for nginx.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from pixelfes.export.web.page_version import page_build
from pixelfes.export.web.server import HEADERS, page_files
from pixelfes.file_writing import write_file


def main() -> None:
    """Write the folder; one that holds something else is left alone."""
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/make_web_site.py FOLDER")
    folder = Path(sys.argv[1])
    if folder.exists() and not is_site(folder):
        sys.exit(f"{folder} holds something else: name a new folder, or an earlier site")
    files = page_files()
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in (files | {"_headers": headers().encode()}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, data)
    print(f"{folder}: {len(files) + 1} files, {sum(map(len, files.values())) / 1e6:.1f} MB with the compressed ones")


def is_site(folder: Path) -> bool:
    """Return whether a folder is empty, or holds a page that this program has written."""
    if not folder.is_dir():
        return False
    page = folder / "index.html"
    ours = (
        page.is_file() and (folder / "_headers").is_file() and page_build({"index.html": page.read_bytes()}) is not None
    )
    return ours or not any(folder.iterdir())


def headers() -> str:
    """Return the headers of every file, as ``pixelfes web`` sends them."""
    return "/*\n" + "".join(f"  {name}: {value}\n" for name, value in HEADERS.items())


if __name__ == "__main__":
    main()
