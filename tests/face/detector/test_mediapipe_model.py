from __future__ import annotations

import hashlib
import io
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from pixelfes.errors import MissingDependencyError
from pixelfes.face.detector import mediapipe_model
from pixelfes.face.detector.mediapipe_model import MODEL_URL, MODEL_VARIABLE, cache_folder, landmarker_model

MODEL = b"a model of faces"


class Network:
    """Gives one answer and counts the requests."""

    def __init__(self, answer: bytes | Exception) -> None:
        self.answer = answer
        self.asked = 0

    def __call__(self, url: str, timeout: float) -> io.BytesIO:
        assert url == MODEL_URL
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return io.BytesIO(self.answer)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache folder; `MODEL` has the expected hash."""
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    monkeypatch.setattr(mediapipe_model, "cache_folder", lambda: tmp_path / "cache" / "pixelfes")
    monkeypatch.setattr(mediapipe_model, "MODEL_SHA256", hashlib.sha256(MODEL).hexdigest())
    monkeypatch.setattr(mediapipe_model, "MODEL_BYTES", len(MODEL))
    return tmp_path / "cache" / "pixelfes"


def serve(monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception) -> Network:
    network = Network(answer)
    monkeypatch.setattr("urllib.request.urlopen", network)
    return network


def test_the_model_is_downloaded_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = serve(monkeypatch, MODEL)
    assert landmarker_model() == landmarker_model() == cache / "face_landmarker.task"
    assert (cache / "face_landmarker.task").read_bytes() == MODEL
    assert network.asked == 1
    assert [path.name for path in cache.iterdir()] == ["face_landmarker.task"]


@pytest.mark.parametrize("error", [urllib.error.URLError("no route"), TimeoutError("too slow"), ConnectionResetError()])
def test_without_a_network_the_error_says_what_to_do(
    error: Exception, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, error)
    with pytest.raises(
        MissingDependencyError, match=f"could not be downloaded .* copy {MODEL_URL} .* or set {MODEL_VARIABLE}"
    ):
        landmarker_model()
    assert not cache.exists() or not list(cache.iterdir())


@pytest.mark.parametrize("answer", [b"", b"<html>log in first</html>", MODEL[:-1], MODEL + b"!"])
def test_another_file_than_the_model_is_not_kept(answer: bytes, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, answer)
    with pytest.raises(MissingDependencyError, match="has another SHA-256 than expected"):
        landmarker_model()
    assert not cache.exists() or not list(cache.iterdir())


def test_a_damaged_copy_is_downloaded_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(parents=True)
    (cache / "face_landmarker.task").write_bytes(MODEL[:5])
    serve(monkeypatch, MODEL)
    assert landmarker_model().read_bytes() == MODEL


def test_a_file_that_cannot_be_written_leaves_nothing_behind(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, MODEL)

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "no")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(MissingDependencyError, match=f"could not be stored .* {MODEL_VARIABLE}"):
        landmarker_model()
    assert list(cache.iterdir()) == []


def test_the_variable_is_the_path_of_a_copy(cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    network = serve(monkeypatch, MODEL)
    (tmp_path / "copy.task").write_bytes(MODEL)
    monkeypatch.setenv(MODEL_VARIABLE, str(tmp_path / "copy.task"))
    assert landmarker_model() == tmp_path / "copy.task"
    assert network.asked == 0


@pytest.mark.parametrize("content", [None, b"something else"])
def test_a_variable_with_the_path_of_another_file_is_refused(
    content: bytes | None, cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    network = serve(monkeypatch, MODEL)
    if content is not None:
        (tmp_path / "copy.task").write_bytes(content)
    monkeypatch.setenv(MODEL_VARIABLE, str(tmp_path / "copy.task"))
    with pytest.raises(
        MissingDependencyError, match=rf"{MODEL_VARIABLE} is set to .*copy\.task, which is not the file of"
    ):
        landmarker_model()
    assert network.asked == 0


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
    def home() -> Any:
        return Path("/home/me")

    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", home)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(expected)
