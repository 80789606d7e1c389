"""Every text that participants read, from one JSON file, so that a study can speak another language."""

from __future__ import annotations

import json
import string
from importlib.resources import files
from pathlib import Path
from typing import Any

from pixelfes.errors import InputError
from pixelfes.study.design.study import TEXTS_FILE
from pixelfes.study.design.trials import COPY_QUESTION

Texts = dict[str, Any]


def english_file() -> bytes:
    """Return the file of English texts, which translations are made from."""
    return (files("pixelfes") / "study" / "design" / "texts" / "en.json").read_bytes()


def read_texts(path: Path) -> Texts:
    """Read a file of texts.

    Raises
    ------
    InputError
        Where it lacks a text that the English file has, or a text has other ``{words}`` to be filled in.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not a JSON file in UTF-8") from error
    try:
        _compare(json.loads(english_file()), read, "")
    except InputError as error:
        raise InputError(f"{path} is not complete: {error}") from error
    return dict(read)


def read_study_texts(folder: Path) -> Texts:
    """Read the texts of a study; the English ones where it has none of its own."""
    path = folder / TEXTS_FILE
    return read_texts(path) if path.exists() else dict(json.loads(english_file()))


def questions_in(texts: Texts) -> list[str]:
    """List the questions that a study in these words can ask."""
    return [name for name in texts["questions"] if name != COPY_QUESTION]


def question_text(texts: Texts, question: str, expression: str) -> str:
    """Return a question in words."""
    return fill(texts["questions"][question], expression=expression)


def fill(text: str, **words: object) -> str:
    """Fill in the ``{words}`` of a text.

    Examples
    --------
    >>> fill("Question {number} of {total}", number=2, total=10)
    'Question 2 of 10'
    """
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", str(word))
    return text


def _compare(model: Any, found: Any, where: str) -> None:
    """Raise `InputError` unless a text, or a tree of texts, can stand for the English one."""
    if isinstance(model, dict):
        lacking = sorted(set(model) - set(found)) if isinstance(found, dict) else sorted(model)
        if lacking:
            raise InputError(f"it lacks {where}{lacking[0]}")
        for name, value in found.items():
            _compare(model.get(name, "{expression}"), value, f"{where}{name}.")
    elif isinstance(model, list):
        if not isinstance(found, list) or not found:
            raise InputError(f"{where.rstrip('.')} is to be a list of texts")
        allowed = "".join(model)
        for text in found:
            _compare(allowed, text, where)
    elif not isinstance(found, str) or not found.strip():
        raise InputError(f"{where.rstrip('.')} is to be a text")
    elif unknown := sorted(_words(found) - _words(model) - {"expression"}):
        raise InputError(f"{where.rstrip('.')} is to fill in {{{unknown[0]}}}, which is not known there")


def _words(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise InputError(f"braces do not fit together in {text!r}") from error
