"""Faces that are drawn in slices are the same to the bit, the page answers meanwhile, and the work can be given up."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from pixelfes.arrays import Pixels
from tests.web_page.action_numbers import SHOW
from tests.web_page.browser import Opened, png

WISHES: dict[str, dict[str, Any]] = {
    "smile and wink": {"smile": 1, "actions": {"eyeBlink_L": 1}},
    "surprised": {"neutral": 1, "actions": {"browInnerUp": 1, "eyeWide": 1, "jawOpen": 0.4}, "gaze": [15, -5]},
}
DRAW = """async ([wish, largest]) => {
  const { drawFace, drawFaceWork, inSlices } = pixelfes.drawing;
  const actions = await pixelfes.loadActions();
  const parts = { model: actions.model, renderer: actions.renderer, actions, largest };
  const copy = () => {
    const { width, height } = pixelfes.original;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(pixelfes.original, 0, 0);
    return context;
  };
  const read = (context) => context.getImageData(0, 0, context.canvas.width, context.canvas.height).data;
  const [atOnce, sliced] = [copy(), copy()];
  const landmarks = pixelfes.landmarks[0];
  const moved = drawFace(parts, atOnce, landmarks, wish);
  const shares = [];
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const movedToo = await inSlices(drawFaceWork(parts, sliced, landmarks, wish), { progress: (share) => shares.push(share) });
  clearInterval(timer);
  const [one, other] = [read(atOnce), read(sliced)];
  const isSame = one.every((value, i) => value === other[i]) && moved.every((value, i) => value === movedToo[i]);
  let farthest = 0;
  const shown = read(pixelfes.changed.getContext("2d"));
  one.forEach((value, i) => (farthest = Math.max(farthest, Math.abs(value - shown[i]))));
  return { isSame, shares, turns, farthest };
}"""
GIVE_UP = """async () => {
  const { drawFaceWork, inSlices } = pixelfes.drawing;
  const actions = await pixelfes.loadActions();
  const parts = { model: actions.model, renderer: actions.renderer, actions, largest: 128 };
  const canvas = Object.assign(document.createElement("canvas"), { width: 1600, height: 1600 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(pixelfes.original, 0, 0);
  const control = new AbortController();
  const shares = [];
  const progress = (share) => {
    shares.push(share);
    if (share > 0.1) control.abort();
  };
  const work = drawFaceWork(parts, context, pixelfes.landmarks[0], { smile: 1, actions: { jawOpen: 0.4 } });
  const told = await inSlices(work, { signal: control.signal, progress }).then(() => "drawn", (error) => error.name);
  return { told, shares };
}"""


@pytest.fixture(scope="module")
def large(opened: Opened, smiling_portrait: Pixels) -> Pixels:
    """A photo of 1600 pixels on the stage, of a face that smiles."""
    photo = np.asarray(cv2.resize(smiling_portrait, (1600, 1600), interpolation=cv2.INTER_CUBIC), np.uint8)
    opened.give(png(photo), "large.png")
    return photo


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_slices_are_the_same_as_all_at_once(opened: Opened, large: Pixels, wish: dict[str, Any]) -> None:
    opened.page.evaluate(SHOW, wish)
    found = opened.page.evaluate(DRAW, [wish, 256])
    assert found["isSame"]
    assert found["turns"] >= 3
    assert found["shares"] == sorted(found["shares"])
    assert found["shares"][-1] == 1


def test_pieces_have_no_seams(opened: Opened, large: Pixels) -> None:
    wish = {"smile": 1, "actions": {"jawOpen": 0.3, "browInnerUp": 1}}
    opened.page.evaluate(SHOW, wish)
    assert (opened.read() != large).any()
    assert opened.page.evaluate(DRAW, [wish, 200])["farthest"] <= 1


def test_work_that_is_given_up_ends(opened: Opened, large: Pixels) -> None:
    found = opened.page.evaluate(GIVE_UP)
    assert found["told"] == "AbortError"
    assert max(found["shares"]) < 0.9
