"""The page is built where the machine has no node, too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from with_node import commands_of, is_new_enough


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_a_path_without_node_or_with_an_old_one_is_not_enough(tmp_path: Path) -> None:
    assert not is_new_enough(str(tmp_path))
    program(tmp_path / "npm", "#!/bin/sh\n")
    program(tmp_path / "node", "#!/bin/sh\nexit 1\n")
    assert not is_new_enough(str(tmp_path))
    program(tmp_path / "node", "#!/bin/sh\nexit 0\n")
    assert is_new_enough(str(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="the scripts are for a POSIX shell")
def test_commands_of_the_package_start_its_own_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "package/bin/node", '#!/bin/sh\necho "$(basename "$1")" "$2"\n')
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    folder = commands_of(tmp_path / "package")
    commands_of(tmp_path / "package")  # once more: nothing is in the way
    said = subprocess.run([str(folder / "npm"), "ci"], capture_output=True, text=True, check=True).stdout
    assert said == "npm-cli.js ci\n"
    assert (folder / "node").resolve() == (tmp_path / "package/bin/node").resolve()
