"""The shipped data files: each is registered, and a changed one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import pixelfes.assets
from pixelfes.assets import SHA256, asset_bytes, asset_path
from pixelfes.errors import ModelError

FOLDER = Path(pixelfes.assets.__file__).parent


def test_every_file_is_registered_and_intact() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.suffix != ".py" and path.is_file()} == set(SHA256)
    for name in SHA256:
        with asset_path(name) as path:
            assert path.read_bytes() == asset_bytes(name)


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHA256, "portrait.jpg", "0" * 64)
    for opened in (lambda: asset_bytes("portrait.jpg"), lambda: asset_path("portrait.jpg").__enter__()):
        with pytest.raises(ModelError, match=r"the shipped file portrait\.jpg is damaged: install pixelfes again"):
            opened()
