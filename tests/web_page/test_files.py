"""Files in and out of the page: formats, marks, the clipboard, archives and animations."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageSequence

import pixelfes
from pixelfes.arrays import Pixels
from pixelfes.photos.provenance import xmp_packet
from tests.web_page.browser import Opened, png
from tests.web_page.test_workspace import DROP_ALL, encoded

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MARK = xmp_packet(f"pixelfes {pixelfes.__version__}, model smile")
COMMENT = b"compositeWithTrainedAlgorithmicMedia"


def more(opened: Opened) -> None:
    """Unfold the other ways to save."""
    if opened.page.locator("#more-saving").get_attribute("open") is None:
        opened.page.locator("#more-saving summary").click()


def saved(opened: Opened, button: str, folder: Path) -> Path:
    """Press a button that saves; return the file."""
    with opened.page.expect_download() as download:
        opened.page.locator(button).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    opened.settle()
    return path


@pytest.mark.parametrize(("type", "format", "suffix"), [("image/jpeg", "JPEG", "jpg"), ("image/webp", "WEBP", "webp")])
def test_a_picture_is_saved_in_another_format_with_the_mark(
    opened: Opened, portrait: Pixels, tmp_path: Path, type: str, format: str, suffix: str
) -> None:
    opened.give(png(portrait), "me.png")
    more(opened)
    opened.page.locator("#format").select_option(type)
    opened.slide("quality", 90)
    path = saved(opened, "#download", tmp_path)
    opened.page.locator("#format").select_option("as opened")
    assert path.name == f"me.smile.{suffix}"
    with Image.open(path) as picture:
        assert picture.format == format
        xmp = picture.info["xmp"]
        assert (xmp if isinstance(xmp, bytes) else xmp.encode()) == MARK
        off = np.abs(np.asarray(picture.convert("RGB")).astype(np.int16) - opened.read())
    assert off.mean() < 2


def test_a_file_is_named_by_what_it_shows(opened: Opened, portrait: Pixels, tmp_path: Path) -> None:
    opened.give(png(portrait), "me.png")
    opened.page.locator(".tile[data-name='frown']").click()
    assert saved(opened, "#download", tmp_path).name == "me.frown.png"


def test_the_picture_is_copied_to_the_clipboard(browser: Browser, url: str, portrait: Pixels) -> None:
    opened = Opened(browser, url, permissions=["clipboard-read", "clipboard-write"])
    opened.give(png(portrait), "me.png")
    more(opened)
    opened.page.locator("#copy").click()
    assert opened.settle() == "The picture was copied; paste it where you like."
    size = opened.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const bitmap = await createImageBitmap(await item.getType("image/png"));
          return [bitmap.width, bitmap.height];
        }"""
    )
    assert size == [640, 640]
    opened.close()


def test_a_refused_clipboard_is_said_in_a_sentence(browser: Browser, url: str, portrait: Pixels) -> None:
    script = "navigator.clipboard.write = async () => { throw new DOMException('', 'NotAllowedError'); };"
    opened = Opened(browser, url, script=script)
    opened.give(png(portrait), "me.png")
    more(opened)
    opened.page.locator("#copy").click()
    assert "did not let this page copy" in opened.settle("bad")
    opened.close()


def test_the_picture_is_shared_where_the_browser_can(browser: Browser, url: str, portrait: Pixels) -> None:
    script = """navigator.canShare = () => true;
      navigator.share = async ({ files: [file] }) => { globalThis.shared = [file.name, file.type]; };"""
    opened = Opened(browser, url, script=script)
    opened.give(png(portrait), "me.png")
    more(opened)
    opened.page.locator("#share").click()
    assert opened.settle() == "The picture was shared."
    assert opened.page.evaluate("() => globalThis.shared") == ["me.smile.png", "image/png"]
    opened.close()


def test_the_change_is_saved_as_a_gif_that_repeats(opened: Opened, portrait: Pixels, tmp_path: Path) -> None:
    opened.give(png(np.ascontiguousarray(portrait[::2, ::2])), "me.png")
    more(opened)
    path = saved(opened, "#animate-gif", tmp_path)
    assert path.name == "me.smile.gif"
    assert COMMENT in path.read_bytes()
    with Image.open(path) as gif:
        assert gif.info["loop"] == 0
        frames = [np.asarray(frame.convert("RGB"), np.int16) for frame in ImageSequence.Iterator(gif)]
        seconds = sum(frame.info["duration"] for frame in ImageSequence.Iterator(gif)) / 1000
    assert 2.3 < seconds < 2.5
    assert len(frames) > 20
    assert np.abs(frames[0] - portrait[::2, ::2]).mean() < 4
    strongest = max(frames, key=lambda frame: float(np.abs(frame - frames[0]).mean()))
    assert np.abs(strongest - opened.read()).mean() < 4
    assert np.abs(frames[-1] - frames[0]).mean() < 1


def test_the_change_is_saved_as_a_video(opened: Opened, portrait: Pixels, tmp_path: Path) -> None:
    av = pytest.importorskip("av", reason="no PyAV: it is in the extra video")
    opened.give(png(np.ascontiguousarray(portrait[::2, ::2])), "me.png")
    more(opened)
    opened.page.locator("#animate-webm").wait_for()
    path = saved(opened, "#animate-webm", tmp_path)
    with av.open(path) as video:
        frames = [frame.to_ndarray(format="rgb24").astype(np.int16) for frame in video.decode(video=0)]
        assert "compositeWithTrainedAlgorithmicMedia" in video.metadata["COMMENT"]
        assert 2.2 < video.duration / 1e6 < 2.6
    assert len(frames) == 72
    assert np.abs(frames[0] - portrait[::2, ::2]).mean() < 6
    assert np.abs(frames[36] - opened.read()).mean() < 6


def test_all_open_photos_are_saved_as_an_archive(browser: Browser, url: str, portrait: Pixels, tmp_path: Path) -> None:
    opened = Opened(browser, url)
    other = np.ascontiguousarray(portrait[:, ::-1])
    opened.page.evaluate(DROP_ALL, [[["one.png", encoded(portrait)], ["two.png", encoded(other)]]])
    opened.page.get_by_role("button", name="Show two.png").wait_for()
    opened.settle()
    more(opened)
    path = saved(opened, "#zip", tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["one.smile.png", "two.smile.png"]
        first = np.asarray(Image.open(io.BytesIO(archive.read("one.smile.png"))).convert("RGB"))
    np.testing.assert_array_equal(first, opened.read())
    opened.close()


def test_a_save_can_be_ended(opened: Opened, portrait: Pixels) -> None:
    large = np.repeat(np.repeat(portrait, 4, 0), 4, 1)
    opened.give(png(large), "large.png")
    opened.page.locator("#download").click()
    opened.page.locator("#cancel").click()
    assert opened.settle() == "Nothing was saved."
    assert opened.page.locator("#download").is_enabled()


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "IMG_1.HEIC", "This is a HEIC photo, the format of iPhones"),
        (b"II*\0\x08\0\0\0\0\0", "scan.tif", "This is a TIFF photo"),
        (b"II*\0\x08\0\0\0\0\0", "DSC_1.NEF", "This is a raw photo"),
        (b"%PDF-1.7", "paper.pdf", "This is a PDF document"),
        (b"PK\x03\x04", "photos.zip", "This is a ZIP archive"),
        (b"", "nothing.jpg", "This file is empty."),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "clip.mp4", "This is a video"),
    ],
)
def test_what_is_no_photo_for_browsers_is_called_by_its_name(
    opened: Opened, data: bytes, name: str, sentence: str
) -> None:
    assert sentence in opened.give(data, name, kind="bad")


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_photo_that_is_cut_off_is_called_damaged(opened: Opened, portrait: Pixels, format: str) -> None:
    file = io.BytesIO()
    Image.fromarray(portrait).save(file, format)
    whole = file.getvalue()
    told = opened.give(whole[: len(whole) // 2], f"cut.{format.lower()}", kind="bad")
    assert told == f"This {format} photo is damaged or incomplete; please try another copy of it."


def test_a_huge_photo_is_refused_before_it_is_decoded(opened: Opened) -> None:
    bomb = bytearray(png(np.zeros((8, 8, 3), np.uint8)))
    bomb[16:24] = (60_000).to_bytes(4) * 2
    assert "too large; up to 50 megapixels" in opened.give(bytes(bomb), "bomb.png", kind="bad")
