from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pixelfes.errors import InputError
from pixelfes.study.design.wording import count_text, english_file, fill, questions_in, read_study_texts, read_texts


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
        (("counts", "minutes"), {"one": "eine Minute"}, "lacks counts.minutes.other"),
        (("counts", "minutes"), {"other": "{n} Minuten", "1": "eine"}, "counts.minutes.1 is no plural form"),
        (("counts", "minutes"), {"other": "{m} Minuten"}, "fills in the unknown word {m}"),
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


def test_one_minute_is_a_minute_in_every_language() -> None:
    texts = json.loads(english_file())
    assert [count_text(texts, "minutes", n) for n in (1, 2)] == ["1 minute", "2 minutes"]
    assert [count_text(texts, "questions", n) for n in (1, 4)] == ["1 question", "4 questions"]
    polish = {"one": "{n} minuta", "few": "{n} minuty", "many": "{n} minut", "other": "{n} minuty"}
    texts |= {"language": "pl", "counts": {"minutes": polish}}
    assert [count_text(texts, "minutes", n) for n in (1, 3, 5)] == ["1 minuta", "3 minuty", "5 minut"]
    texts |= {"language": "zh", "counts": {"minutes": {"other": "{n} 分钟"}}}
    assert count_text(texts, "minutes", 1) == "1 分钟"


def test_a_study_of_an_earlier_version_keeps_its_words(tmp_path: Path) -> None:
    texts = json.loads(english_file())
    del texts["counts"], texts["task"]["help_touch"], texts["zoom"]["hint_touch"], texts["thanks"]["paragraphs"]
    texts["thanks"]["text"] = "All is saved."
    texts["consent"]["paragraphs"] = ["{questions} questions, {minutes} minutes."]
    with pytest.raises(InputError, match="lacks counts"):
        read_texts(written(tmp_path, texts))
    read = read_study_texts(tmp_path)
    words = {name: count_text(read, name, 5) for name in ("questions", "minutes")}
    assert fill(read["consent"]["paragraphs"][0], **words) == "5 questions, 5 minutes."
    assert read["task"]["help_touch"] == texts["task"]["help"]
    assert read["zoom"]["hint_touch"] == texts["zoom"]["hint"]
    assert read["thanks"]["paragraphs"] == ["All is saved."]


def test_a_file_that_is_no_json_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "texts.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not a JSON file"):
        read_texts(tmp_path / "texts.json")
    (tmp_path / "texts.json").write_text("[]")
    with pytest.raises(InputError, match="it lacks"):
        read_texts(tmp_path / "texts.json")
