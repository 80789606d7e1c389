from __future__ import annotations

import pytest

from pixelfes.study.design import plurals
from pixelfes.study.design.plurals import CATEGORIES, plural_category
from tests.looks import launched

LANGUAGES = ("en", "de", "fr", "es", "zh", "ur", "hi", "tr", "nl", "sv", *plurals._RULES)


@pytest.mark.parametrize(
    ("language", "n", "category"),
    [
        ("en", 1, "one"),
        ("en-GB", 2, "other"),
        ("de_AT", 1, "one"),
        ("zh-Hans", 1, "other"),
        ("ru", 21, "one"),
        ("ru", 11, "many"),
        ("ar", 2, "two"),
        ("tlh", 1, "one"),
    ],
)
def test_a_number_has_the_form_of_its_language(language: str, n: int, category: str) -> None:
    assert plural_category(language, n) == category


def test_browsers_have_the_same_rules() -> None:
    with launched() as browser:
        page = browser.new_page()
        found = page.evaluate(
            """(languages) => languages.map((language) => {
                 const rules = new Intl.PluralRules(language);
                 return Array.from({ length: 250 }, (_, n) => rules.select(n + 1));
               })""",
            LANGUAGES,
        )
    for language, categories in zip(LANGUAGES, found, strict=True):
        assert [plural_category(language, n) for n in range(1, 251)] == categories, language
        assert set(categories) <= set(CATEGORIES)
