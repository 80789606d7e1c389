from __future__ import annotations

from pathlib import Path

import pytest

from pixelfes.user_cache import cache_folder


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/elsewhere"}, "/elsewhere/pixelfes"),
        ("linux", {"XDG_CACHE_HOME": ""}, "/home/me/.cache/pixelfes"),
        ("darwin", {}, "/home/me/Library/Caches/pixelfes"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/pixelfes"),
    ],
)
def test_the_cache_is_in_the_cache_folder_of_the_system(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(expected)
