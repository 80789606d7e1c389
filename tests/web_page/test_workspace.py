"""What people do in the page: choose, mix, undo, look closely, and keep several photos open."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np
import psutil

from pixelfes.arrays import Pixels
from tests.web_page.browser import DROP, PATIENCE, Opened, group, mask_of, png

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TILES = "() => document.querySelectorAll('.tile canvas').length >= 18"
DROP_ALL = """([files]) => {
  const transfer = new DataTransfer();
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "image/png" }));
  }
  document.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


def encoded(pixels: Pixels) -> str:
    return base64.b64encode(png(pixels)).decode()


def choose(opened: Opened, name: str) -> None:
    """Press the picture of an expression."""
    opened.page.locator(f".tile[data-name='{name}']").click()


def test_every_expression_is_shown_on_the_very_face(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    opened.page.wait_for_function(TILES, timeout=PATIENCE)
    pictures = opened.page.evaluate(
        "() => [...document.querySelectorAll('.tile canvas')].map((tile) => tile.toDataURL())"
    )
    assert len(pictures) == 18
    assert len(set(pictures)) >= 17, "neutral may be what the face is already"


def test_an_expression_is_chosen_by_its_picture_and_several_are_mixed(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    smiling = opened.read()
    opened.page.wait_for_function(TILES, timeout=PATIENCE)
    choose(opened, "frown")
    assert opened.page.get_by_role("slider", name="Frown").count() == 1
    frowning = opened.read()
    opened.page.get_by_label("Mix several").check()
    choose(opened, "smile")
    assert opened.page.get_by_role("slider", name="Smile").count() == 1
    both = opened.read()
    assert len({picture.tobytes() for picture in (portrait, smiling, frowning, both)}) == 4
    opened.page.get_by_label("Mix several").uncheck()
    choose(opened, "")
    np.testing.assert_array_equal(opened.read(), portrait)


def test_every_step_can_be_undone_and_done_again(opened: Opened, portrait: Pixels) -> None:
    page = opened.page
    opened.give(png(portrait), "portrait.png")
    first = opened.read()
    page.wait_for_function(TILES, timeout=PATIENCE)
    assert page.locator("#undo").is_disabled()
    opened.slide("intensity", 50)
    half = opened.read()
    choose(opened, "frown")
    frowning = opened.read()
    page.locator("#undo").click()
    np.testing.assert_array_equal(opened.read(), half)
    page.keyboard.press("Control+z")
    np.testing.assert_array_equal(opened.read(), first)
    assert page.locator("#undo").is_disabled()
    page.locator("#redo").click()
    page.keyboard.press("Control+Shift+Z")
    np.testing.assert_array_equal(opened.read(), frowning)
    page.locator("#reset").click()
    np.testing.assert_array_equal(opened.read(), first)
    page.locator("#undo").click()
    np.testing.assert_array_equal(opened.read(), frowning)


def test_a_file_that_cannot_be_opened_leaves_the_photo_and_its_edits(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    opened.slide("intensity", 40)
    before = opened.read()
    assert "not a photo" in opened.give(b"\x89PNG but no more", "bad.png", kind="bad")
    np.testing.assert_array_equal(opened.read(), before)
    assert opened.page.locator("#intensity-value").inner_text() == "40 %"
    assert opened.page.locator("#undo").is_enabled()


def test_photos_stay_open_beside_each_other_each_with_its_edits(browser: Browser, url: str, portrait: Pixels) -> None:
    opened = Opened(browser, url)
    page = opened.page
    other = np.ascontiguousarray(portrait[:, ::-1])
    page.evaluate(DROP_ALL, [[["one.png", encoded(portrait)], ["two.png", encoded(other)]]])
    page.get_by_role("button", name="Show two.png").wait_for(timeout=PATIENCE)
    opened.settle()
    np.testing.assert_array_equal(opened.read("original"), portrait)
    opened.slide("intensity", 30)
    page.get_by_role("button", name="Show two.png").click()
    opened.settle()
    np.testing.assert_array_equal(opened.read("original"), other)
    assert page.locator("#intensity-value").inner_text() == "100 %"
    page.get_by_role("button", name="Show one.png").click()
    opened.settle()
    np.testing.assert_array_equal(opened.read("original"), portrait)
    assert page.locator("#intensity-value").inner_text() == "30 %"
    page.get_by_role("button", name="Close one.png").click()
    opened.settle()
    np.testing.assert_array_equal(opened.read("original"), other)
    page.get_by_role("button", name="Close two.png").click()
    assert page.locator("#welcome").is_visible()
    opened.close()


def test_each_face_has_an_expression_of_its_own(opened: Opened, portrait: Pixels) -> None:
    photo = group(portrait)
    opened.give(png(photo), "group.png")
    faces = opened.landmarks()
    opened.page.wait_for_function(TILES, timeout=PATIENCE)
    all_smile = opened.read()
    opened.page.get_by_role("button", name="Face 2 from the left").press("Enter")
    choose(opened, "frown")
    off = (opened.read() != all_smile).any(2)
    assert [bool(off[mask_of(face[None], photo.shape)].any()) for face in faces] == [False, True, False]


def test_a_covered_mouth_is_left_alone_says_why_and_is_changed_for_who_insists(
    opened: Opened, portrait: Pixels
) -> None:
    photo = group(portrait)
    photo[380:600, 180:500] = (90, 140, 190)
    told = opened.give(png(photo), "masked.png")
    assert "One face is left alone; press it to see why." in told
    faces = opened.landmarks()
    covered = int(np.argmin(faces[:, :, 0].mean(1)))
    on_it = mask_of(faces[covered][None], photo.shape)
    assert not (opened.read() != photo)[on_it].any()
    assert (opened.read() != photo).any()
    mark = opened.page.get_by_role("button", name="Face 1 from the left")
    assert mark.get_attribute("data-verdict") == "covered mouth"
    mark.press("Enter")
    assert opened.page.get_by_text("Left this face alone: covered mouth.").is_visible()
    opened.page.get_by_label("Change it anyway").check()
    assert (opened.read() != photo)[on_it].any()
    opened.page.locator("#undo").click()
    assert not (opened.read() != photo)[on_it].any()


def graphics_memory() -> int:
    """Bytes of the graphics processes of the browsers that this process has started."""
    browsers = psutil.Process().children(recursive=True)
    return sum(process.memory_info().rss for process in browsers if "--type=gpu-process" in " ".join(process.cmdline()))


def test_photo_after_photo_takes_no_more_memory_of_the_graphics_card(
    browser: Browser, url: str, portrait: Pixels
) -> None:
    opened = Opened(browser, url)
    photos = [png(np.roll(portrait, shift, 1)) for shift in range(3)]

    def opened_more(count: int) -> int:
        for number in range(count):
            opened.give(photos[number % 3], f"photo-{number}.png")
        return graphics_memory()

    before = opened_more(9)
    assert opened_more(24) - before < 24 * 1_000_000, "each photo took 20 MB once"
    opened.close()


def test_movements_are_found_by_name_and_moved_side_by_side(opened: Opened, portrait: Pixels) -> None:
    page = opened.page
    opened.give(png(portrait), "portrait.png")
    page.wait_for_function(TILES, timeout=PATIENCE)
    choose(opened, "")
    page.locator("#fine-tune summary").click()
    page.get_by_label("Search a movement").fill("eyes clo")
    assert page.locator("#fine-tune fieldset .slider").count() == 1
    page.get_by_label("Left and right apart").check()
    opened.slide("action-eyeBlink_L", 100)
    off = np.abs(opened.read().astype(np.int16) - portrait).max(2) > 8
    (face,) = opened.landmarks()
    middle = int(face[168, 0])  # between the eyes
    assert off[:, middle:].sum() > 20 * max(1, off[:, :middle].sum()), "only the person's left eye closes"
    page.get_by_label("Search a movement").fill("no such movement")
    assert page.get_by_text("No movement has this name.").is_visible()
    page.get_by_label("Search a movement").fill("")
    page.get_by_label("Left and right apart").uncheck()
    page.locator("#fine-tune summary").click()


def test_eyes_are_turned_by_dragging_them_and_by_keys(opened: Opened, portrait: Pixels) -> None:
    page = opened.page
    opened.give(png(portrait), "portrait.png")
    page.wait_for_function(TILES, timeout=PATIENCE)
    choose(opened, "")
    page.locator("#fine-tune summary").click()
    box = page.locator(".gaze").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=4)
    page.mouse.up()
    dragged = page.locator("#gaze").get_attribute("aria-label")
    assert dragged is not None
    assert "to the person’s left" in dragged
    assert "0° to the person’s left" not in dragged
    assert (opened.read() != portrait).any()
    page.locator("#undo").click()
    np.testing.assert_array_equal(opened.read(), portrait)
    page.locator("#gaze").press("ArrowUp")
    assert "3° up" in str(page.locator("#gaze").get_attribute("aria-label"))
    page.locator("#fine-tune summary").click()


def test_the_picture_is_zoomed_by_wheel_and_keys_with_the_border_in_its_place(opened: Opened, portrait: Pixels) -> None:
    page = opened.page
    opened.give(png(portrait), "portrait.png")
    opened.slide("wipe", 50)
    frame, picture, handle = (page.locator(name) for name in ("#frame", "#picture", "#handle"))
    whole, border = picture.bounding_box(), handle.bounding_box()
    assert whole is not None
    assert border is not None
    page.mouse.move(whole["x"] + whole["width"] / 2, whole["y"] + whole["height"] / 2)
    page.mouse.wheel(0, -500)
    near = picture.bounding_box()
    assert near is not None
    assert near["width"] > 1.5 * whole["width"]
    assert abs((near["x"] + near["width"] / 2) - (whole["x"] + whole["width"] / 2)) < 2
    after = handle.bounding_box()
    assert after is not None
    assert abs(after["x"] - border["x"]) < 2
    frame.focus()
    page.keyboard.press("ArrowRight")
    moved = picture.bounding_box()
    assert moved is not None
    assert moved["x"] < near["x"]
    page.keyboard.press("0")
    assert picture.bounding_box() == whole
    opened.slide("wipe", 0)


def test_the_photo_as_it_was_is_seen_while_a_button_is_held(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    clip = "() => document.querySelectorAll('#picture canvas')[1].style.clipPath"
    assert opened.page.evaluate(clip) == ""
    opened.page.locator("#hold").hover()
    opened.page.mouse.down()
    opened.page.wait_for_function(f"() => ({clip})() === 'inset(0px 0px 0px 100%)'")
    opened.page.mouse.up()
    opened.page.wait_for_function(f"() => ({clip})() === ''")


def test_a_large_photo_is_worked_on_at_the_screen_s_resolution_and_saved_at_its_own(
    opened: Opened, portrait: Pixels
) -> None:
    large = np.repeat(np.repeat(portrait, 4, 0), 4, 1)
    opened.give(png(large), "large.png")
    assert opened.read().shape == large.shape
    width = opened.page.evaluate("() => document.querySelectorAll('#picture canvas')[1].width")
    stage = opened.page.locator("#picture").bounding_box()
    assert stage is not None
    assert width <= 1.2 * stage["width"]


def test_an_example_face_is_one_press_away(browser: Browser, url: str) -> None:
    opened = Opened(browser, url)
    for number in (1, 6):
        opened.page.locator(f"#example-{number}").click()
        assert "One face" in opened.settle()
        opened.page.get_by_role("button", name=f"Close face-{number}.jpg").click()
    opened.close()


def test_a_photo_dropped_on_another_takes_its_place(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "first.png")
    opened.give(png(np.ascontiguousarray(portrait[:, ::-1])), "second.png", DROP)
    assert opened.page.get_by_role("button", name="Show second.png").get_attribute("aria-current") == "true"
