"""Check that what was built carries the page: the source archive, and an installed wheel that serves it.

Usage, by the Python that the wheel is installed for: ``python check_release.py DIST``. `make release-check` runs it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

PAGE = ("index.html", "model.safetensors", "actions.safetensors", "detector/trust.safetensors")
SECONDS = 60


def main() -> None:
    """Look into the archive, and ask the installed program for the page."""
    (archive,) = Path(sys.argv[1]).glob("*.tar.gz")
    with tarfile.open(archive) as files:
        names = {name.partition("/src/pixelfes/web_page/")[2] for name in files.getnames()}
    missing = set(PAGE) - names
    if missing:
        sys.exit(f"{archive} lacks {', '.join(sorted(missing))}")
    command = [sys.executable, "-m", "pixelfes", "web", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            found = re.search(r"http://\S+", server.stdout.readline() if server.stdout else "")
            if found is None:
                sys.exit("pixelfes web of the wheel did not start")
            for name in PAGE:
                with urllib.request.urlopen(f"{found[0].rstrip('/')}/{name}", timeout=SECONDS) as answer:  # noqa: S310
                    print(f"{name}: {len(answer.read())} bytes")
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
