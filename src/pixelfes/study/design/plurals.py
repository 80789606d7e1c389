"""Plural categories of whole numbers: which form of a text goes with a number, in the language of a study.

References
----------
Unicode CLDR, "Language plural rules".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

OTHER = "other"
"""The category of every language, for numbers that have no form of their own."""
CATEGORIES = ("zero", "one", "two", "few", "many", OTHER)

_Rule: TypeAlias = Callable[[int], str]


def plural_category(language: str, n: int) -> str:
    """Return the plural category of a whole number from 1 in a language ("de", "pt-BR", ...).

    A language without a rule here is treated like English.

    Examples
    --------
    >>> plural_category("en", 1), plural_category("pl", 3), plural_category("zh", 1)
    ('one', 'few', 'other')
    """
    return _RULES.get(language.replace("_", "-").partition("-")[0].lower(), _one)(n)


def _one(n: int) -> str:
    return "one" if n == 1 else OTHER


def _never(_: int) -> str:
    return OTHER


def _few_or_many(n: int, category_of_one: bool) -> str:
    """Slavic: 2 to 4 are few in every ten but the second, and the rest is many."""
    if category_of_one:
        return "one"
    return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "many"


def _russian(n: int) -> str:
    return _few_or_many(n, n % 10 == 1 and n % 100 != 11)


def _polish(n: int) -> str:
    return _few_or_many(n, n == 1)


def _serbian(n: int) -> str:
    return _russian(n).replace("many", OTHER)


def _czech(n: int) -> str:
    return "few" if n in (2, 3, 4) else _one(n)


def _slovenian(n: int) -> str:
    return {1: "one", 2: "two", 3: "few", 4: "few"}.get(n % 100, OTHER)


def _lithuanian(n: int) -> str:
    if 11 <= n % 100 <= 19 or n % 10 == 0:
        return OTHER
    return "one" if n % 10 == 1 else "few"


def _latvian(n: int) -> str:
    if 11 <= n % 100 <= 19 or n % 10 == 0:
        return "zero"
    return "one" if n % 10 == 1 else OTHER


def _romanian(n: int) -> str:
    return "few" if n != 1 and 1 <= n % 100 <= 19 else _one(n)


def _hebrew(n: int) -> str:
    return "two" if n == 2 else _one(n)


def _arabic(n: int) -> str:
    if n in (1, 2):
        return ("one", "two")[n - 1]
    if 3 <= n % 100 <= 10:
        return "few"
    return "many" if n % 100 >= 11 else OTHER


def _icelandic(n: int) -> str:
    return "one" if n % 10 == 1 and n % 100 != 11 else OTHER


_RULES: dict[str, _Rule] = {
    **dict.fromkeys(("zh", "ja", "ko", "vi", "th", "id", "ms", "my", "lo", "km"), _never),
    **dict.fromkeys(("ru", "uk", "be"), _russian),
    **dict.fromkeys(("sr", "hr", "bs"), _serbian),
    **dict.fromkeys(("cs", "sk"), _czech),
    **dict.fromkeys(("is", "mk"), _icelandic),
    "pl": _polish,
    "sl": _slovenian,
    "lt": _lithuanian,
    "lv": _latvian,
    "ro": _romanian,
    "he": _hebrew,
    "ar": _arabic,
}
