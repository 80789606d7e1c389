"""The texts that participants read. They come from one JSON file, so that a study can be in another language."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pixelfes.errors import InputError, reason, shortened
from pixelfes.file_reading import read_json
from pixelfes.study.design.plurals import CATEGORIES, OTHER, plural_category
from pixelfes.study.design.study import TEXTS_FILE
from pixelfes.study.design.trials import COPY_QUESTION

Texts = dict[str, Any]

LONGEST_QUOTE = 40
"""Characters of a text that a message quotes, at most."""
_ANYWHERE = "{expression}"  # the word that every text may use
_COUNTS = "counts"  # the group of texts with a form for each plural category


def english_file() -> bytes:
    """Return the content of the file of English texts, the model of all translations."""
    return (files("pixelfes") / "study" / "design" / "texts" / "en.json").read_bytes()


def read_texts(path: Path) -> Texts:
    """Read a file of texts, and compare it with the English file.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a text of the English file, or fills in an unknown ``{word}``.
    """
    return _read(path, lambda texts: texts)


def _read(path: Path, completed: Callable[[Any], Any]) -> Texts:
    """Read a file of texts, complete it, and check it."""
    try:
        texts = completed(read_json(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error
    except ValueError as error:
        raise InputError(f"{path} is not a JSON file in UTF-8") from error
    try:
        _check(json.loads(english_file()), texts, "")
    except InputError as error:
        raise InputError(f"{path} is not complete: {error}") from error
    return dict(texts)


def read_study_texts(folder: Path, questions: Sequence[str] = ()) -> Texts:
    """Read the texts of a study; without a file of texts, return the English ones.

    A study that an earlier version made lacks some texts. Its other texts stand in for them.

    Raises
    ------
    InputError
        As `read_texts`; also if the texts lack a question of the study.
    """
    path = folder / TEXTS_FILE
    texts = _read(path, _completed) if path.exists() else dict(json.loads(english_file()))
    lacking = [question for question in questions if question not in questions_in(texts)]
    if lacking:
        raise InputError(f"{path} lacks the question {shortened(repr(lacking[0]), 60)} of the study")
    return texts


def _completed(texts: Any) -> Any:
    """Return the texts of an earlier version with those that came later."""
    if not isinstance(texts, dict) or not all(isinstance(texts.get(name), dict) for name in ("task", "zoom", "thanks")):
        return texts
    number_alone = {OTHER: "{n}"}
    texts = {_COUNTS: {"questions": number_alone, "minutes": number_alone}, **texts}
    for group, later, earlier in (("task", "help_touch", "help"), ("zoom", "hint_touch", "hint")):
        if earlier in texts[group]:
            texts[group] = {later: texts[group][earlier], **texts[group]}
    if "text" in texts["thanks"]:
        texts["thanks"] = {"paragraphs": [texts["thanks"]["text"]], **texts["thanks"]}
    return texts


def questions_in(texts: Texts) -> list[str]:
    """Return the names of the questions that a study with these texts can ask."""
    return [name for name in texts["questions"] if name != COPY_QUESTION]


def question_text(texts: Texts, question: str, expression: str) -> str:
    """Return the text of a question."""
    return fill(texts["questions"][question], expression=expression)


def count_text(texts: Texts, name: str, n: int) -> str:
    """Return a number with its noun ("questions", "minutes"), in the plural form that the number has in this language."""
    forms = texts[_COUNTS][name]
    return fill(forms.get(plural_category(texts["language"], n), forms[OTHER]), n=n)


def fill(text: str, **words: object) -> str:
    """Replace the ``{words}`` of a text.

    Examples
    --------
    >>> fill("Question {number} of {total}", number=2, total=10)
    'Question 2 of 10'
    """
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", str(word))
    return text


def _check(english: Any, found: Any, name: str) -> None:
    """Raise `InputError` unless a text, or a tree of texts, can replace the English one with this name."""
    if name.partition(".")[0] == _COUNTS and "." in name and isinstance(english, dict):
        _check_plural_forms(english, found, name)
    elif isinstance(english, dict):
        _check_group(english, found, name)
    elif isinstance(english, list):
        _check_list(english, found, name)
    else:
        _check_text(english, found, name)


def _check_group(english: Mapping[str, Any], found: Any, name: str) -> None:
    missing = sorted(set(english) - set(found)) if isinstance(found, dict) else sorted(english)
    if missing:
        raise InputError(f"it lacks {_joined(name, missing[0])}")
    for key, value in found.items():
        _check(english.get(key, _ANYWHERE), value, _joined(name, key))


def _check_plural_forms(english: Mapping[str, str], found: Any, name: str) -> None:
    if not isinstance(found, dict) or OTHER not in found:
        raise InputError(f"it lacks {name}.{OTHER}")
    for category, form in found.items():
        if category not in CATEGORIES:
            raise InputError(f"{name}.{category} is no plural form; they are {', '.join(CATEGORIES)}")
        _check_text(english[OTHER], form, f"{name}.{category}")


def _check_list(english: Sequence[str], found: Any, name: str) -> None:
    if not isinstance(found, list) or not found:
        raise InputError(f"{name} must be a list of texts")
    for text in found:
        _check_text("".join(english), text, name)


def _check_text(english: str, found: Any, name: str) -> None:
    if not isinstance(found, str) or not found.strip():
        raise InputError(f"{name} must be a text")
    if unknown := sorted(_placeholders(found) - _placeholders(english + _ANYWHERE)):
        raise InputError(f"{name} fills in the unknown word {{{unknown[0]}}}")


def _joined(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def _placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise InputError(f"the braces of {shortened(text, LONGEST_QUOTE)!r} do not match") from error
