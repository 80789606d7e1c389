from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pixelfes.errors import InputError
from pixelfes.study.design.wording import english_file, questions_in, read_study_texts, read_texts


def written(folder: Path, texts: Any) -> Path:
    path = folder / "texts.json"
    path.write_text(json.dumps(texts), encoding="utf-8")
    return path


def test_english_is_complete_by_its_own_measure(tmp_path: Path) -> None:
    texts = json.loads(english_file())
    assert read_texts(written(tmp_path, texts)) == texts == read_study_texts(tmp_path)
    assert questions_in(texts) == ["overall", "quality", "realism", "identity"]


def test_a_study_may_ask_questions_of_its_own(tmp_path: Path) -> None:
    texts = json.loads(english_file())
    texts["questions"]["age"] = "In which picture does the {expression} look youngest?"
    assert "age" in questions_in(read_texts(written(tmp_path, texts)))


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("task", "next"), None, "lacks task.next"),
        (("task", "next"), "", "task.next must be a text"),
        (("task", "progress"), "Frage {numero}", "fills in the unknown word {numero}"),
        (("task", "progress"), "Frage {number", "do not match"),
        (("consent", "points"), "one text", "list of texts"),
        (("consent", "points"), [], "list of texts"),
        (("consent",), 5, "lacks consent"),
    ],
)
def test_an_incomplete_translation_says_where(tmp_path: Path, path: tuple[str, ...], value: Any, sentence: str) -> None:
    texts = json.loads(english_file())
    place = texts
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with pytest.raises(InputError, match=sentence):
        read_texts(written(tmp_path, texts))


def test_a_file_that_is_no_json_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "texts.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not a JSON file"):
        read_texts(tmp_path / "texts.json")
    (tmp_path / "texts.json").write_text("[]")
    with pytest.raises(InputError, match="it lacks"):
        read_texts(tmp_path / "texts.json")
