from __future__ import annotations

from pathlib import Path

import pytest

from pixelfes.evaluate.run.results_cache import ResultsCache, code_hash, key_of


def test_a_result_comes_back(tmp_path: Path) -> None:
    cache = ResultsCache(tmp_path / "deep" / "folder")
    key = key_of("a", [1, 2.5, None])
    assert cache.read(key) is None
    cache.write(key, {"rows": [1.25]})
    assert cache.read(key) == {"rows": [1.25]}


def test_keys_follow_what_results_depend_on() -> None:
    assert key_of("a", {"x": 1, "y": 2}) == key_of("a", {"y": 2, "x": 1})
    assert len({key_of("a"), key_of("b"), key_of("a", 1), key_of("a", 2)}) == 4
    assert len(code_hash()) == 64


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "{]"])
def test_what_is_damaged_is_not_there(tmp_path: Path, text: str) -> None:
    cache = ResultsCache(tmp_path)
    (tmp_path / "key.json").write_text(text, encoding="utf-8")
    assert cache.read("key") is None


def test_a_result_whose_model_has_changed_or_gone_is_not_there(tmp_path: Path) -> None:
    cache = ResultsCache(tmp_path)
    cache.model("key").write_bytes(b"a model")
    cache.write("key", {"rows": []})
    assert cache.read("key") is not None
    cache.model("key").write_bytes(b"another")
    assert cache.read("key") is None
    cache.model("key").unlink()
    assert cache.read("key") is None


def test_a_cache_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = ResultsCache(tmp_path / "file" / "folder")
    cache.write("key", {})
    cache.make_folder()
    assert cache.read("key") is None
