"""The page speaks the browser's language, or the one that was chosen, and fits on a phone in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pixelfes.arrays import Pixels
from tests.web_page.axe import violations
from tests.web_page.browser import PATIENCE, Opened, group, png
from tests.web_page.test_accessibility import TILES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}}
FIRST_SCREEN = {
    "en": ("Open a photo", "Your photo never leaves this device."),
    "de": ("Foto öffnen", "Das Foto verlässt dieses Gerät nie."),
    "es": ("Abrir una foto", "La foto nunca sale de este dispositivo."),
    "fr": ("Ouvrir une photo", "La photo ne quitte jamais cet appareil."),
    "zh": ("打开照片", "照片不会离开这台设备。"),
    "ur": ("تصویر کھولیں", "آپ کی تصویر کبھی اس آلے سے باہر نہیں جاتی۔"),
}
PANEL = {
    "en": ("3 faces", "Mix several", "Download", "Upper lip up, left"),
    "de": ("3 Gesichter", "Mehrere mischen", "Herunterladen", "Oberlippe hoch, links"),
    "es": ("3 caras", "Mezclar varias", "Descargar", "Labio superior arriba, izquierda"),
    "fr": ("3 visages", "Mélanger", "Télécharger", "Lèvre supérieure levée, à gauche"),
    "zh": ("3 张人脸", "混合多种", "下载", "上唇上提（左）"),
    "ur": ("3 چہرے", "کئی ملائیں", "ڈاؤن لوڈ کریں", "اوپری ہونٹ اوپر، بائیں طرف"),
}
CUT_OFF = """() => [...document.querySelectorAll("button, label, legend, p, summary, select, strong, .value")]
  .filter((part) => !part.matches(".unseen") && part.clientWidth && part.scrollWidth > part.clientWidth + 1)
  .map((part) => part.textContent)"""


def direction(opened: Opened) -> tuple[str, str]:
    """The language that the page says it is in, and the direction of its text."""
    language, way = opened.page.evaluate(
        "() => [document.documentElement.lang, getComputedStyle(document.body).direction]"
    )
    return language, way


def middle(opened: Opened, part: str) -> float:
    """How far from the left the middle of a part of the page is."""
    box = opened.page.locator(part).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def see_that_it_fits(opened: Opened) -> None:
    assert opened.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert opened.page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("tag", FIRST_SCREEN)
def test_the_page_speaks_the_browser_s_language_and_fits_on_a_phone(
    browser: Browser, url: str, portrait: Pixels, tag: str
) -> None:
    opened = Opened(browser, url, locale=tag, **PHONE)
    page = opened.page
    assert direction(opened) == (tag, "rtl" if tag == "ur" else "ltr")
    open_photo, stays = FIRST_SCREEN[tag]
    assert page.locator("#welcome-open").inner_text() == open_photo
    assert page.locator(".privacy").inner_text() == stays
    see_that_it_fits(opened)

    faces, mix, download, movement = PANEL[tag]
    assert opened.give(png(group(portrait)), "group.png").startswith(faces)
    page.wait_for_function(TILES, timeout=PATIENCE)
    page.locator("#fine-tune summary").click()
    page.locator("#apart").check()
    assert page.get_by_label(mix).count() == 1
    assert page.locator("#download").inner_text() == download
    assert page.get_by_role("slider", name=movement, exact=True).count() == 1
    see_that_it_fits(opened)
    languages = {url.rpartition("/")[2][:3] for url in opened.requests if "/assets/" in url}
    assert languages & {f"{other}-" for other in FIRST_SCREEN} == ({f"{tag}-"} if tag != "en" else set())
    opened.close()


@pytest.mark.parametrize(("locale", "tag"), [("de-AT", "de"), ("zh-TW", "zh"), ("it-IT", "en")])
def test_a_country_s_language_is_the_language_and_one_that_is_not_there_is_english(
    browser: Browser, url: str, locale: str, tag: str
) -> None:
    opened = Opened(browser, url, locale=locale)
    assert direction(opened) == (tag, "ltr")
    assert opened.page.locator("#welcome-open").inner_text() == FIRST_SCREEN[tag][0]
    opened.close()


def test_a_language_that_is_chosen_is_spoken_at_once_and_at_the_next_visit(browser: Browser, url: str) -> None:
    opened = Opened(browser, url, locale="fr")
    page = opened.page
    for tag in ("ur", "zh", "en", "de"):
        page.locator(".language").select_option(tag)
        page.wait_for_function("(tag) => document.documentElement.lang === tag", arg=tag)
        assert page.locator("#welcome-open").inner_text() == FIRST_SCREEN[tag][0]
        assert page.locator("#status").inner_text() != ""
        assert direction(opened) == (tag, "rtl" if tag == "ur" else "ltr")
    page.reload()
    opened.settle()
    assert direction(opened) == ("de", "ltr")
    assert page.locator(".language").input_value() == "de"
    assert page.locator("#status").inner_text().startswith("Bereit")
    opened.close()


def test_a_page_that_is_kept_has_all_languages_without_a_network(browser: Browser, url: str) -> None:
    opened = Opened(browser, url, locale="de")
    page = opened.page
    page.evaluate("() => pixelfes.offline.keep()")
    opened.context.set_offline(True)
    page.reload()
    opened.settle()
    assert page.locator("#welcome-open").inner_text() == FIRST_SCREEN["de"][0]
    page.locator(".language").select_option("zh")
    page.wait_for_function("() => document.documentElement.lang === 'zh'")
    assert page.locator("#welcome-open").inner_text() == FIRST_SCREEN["zh"][0]
    opened.close()


def test_movements_are_found_without_their_accents(browser: Browser, url: str, portrait: Pixels) -> None:
    opened = Opened(browser, url, locale="fr")
    page = opened.page
    opened.give(png(portrait), "portrait.png")
    page.wait_for_function(TILES, timeout=PATIENCE)
    page.locator("#fine-tune summary").click()
    page.locator("#search").fill("LEVRE baissee")
    assert page.get_by_role("slider", name="Lèvre inférieure baissée", exact=True).count() == 1
    assert page.get_by_role("slider", name="Lèvres serrées", exact=True).count() == 0
    opened.close()


def test_in_a_language_from_right_to_left_the_picture_and_its_sliders_stay_as_they_are(
    browser: Browser, url: str, portrait: Pixels
) -> None:
    opened = Opened(browser, url, locale="ur")
    page = opened.page
    opened.give(png(portrait), "portrait.png")
    opened.slide("wipe", 25)
    page.wait_for_function(TILES, timeout=PATIENCE)
    frame, border, panel = (middle(opened, name) for name in ("#frame", "#handle", ".panel"))
    assert border < frame, "before is left, as much as the slider says"
    assert panel < frame, "the panel is on the other side"
    for slider in ("#wipe", "#intensity"):
        page.locator(slider).press("End")
        value = int(page.locator(slider).input_value())
        page.locator(slider).press("ArrowLeft")
        assert int(page.locator(slider).input_value()) < value, "left is less"
    opened.close()


def test_axe_finds_no_violation_in_urdu(browser: Browser, url: str, portrait: Pixels) -> None:
    opened = Opened(browser, url, locale="ur")
    assert violations(opened) == []
    opened.give(png(group(portrait)), "group.png")
    opened.page.wait_for_function(TILES, timeout=PATIENCE)
    opened.page.locator("#fine-tune summary").click()
    assert violations(opened) == []
    opened.close()
