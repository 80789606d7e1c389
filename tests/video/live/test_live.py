from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import ClipError, MissingDependencyError
from pixelfes.face.landmarks import FixedLandmarks
from pixelfes.tracking.frame_change import Draw, FrameChange
from pixelfes.video.live.camera import LiveFrame, opened_camera
from pixelfes.video.live.screens import VirtualCamera, Window, Wish
from pixelfes.video.live.session import Live


class Shown:
    """A screen that remembers, and wishes what it is told to."""

    def __init__(self, *wishes: list[Wish]) -> None:
        self.pictures: list[Pixels] = []
        self.captions: list[str] = []
        self._wishes = iter(wishes)

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def show(self, pixels: Pixels, caption: str) -> list[Wish]:
        self.pictures.append(pixels)
        self.captions.append(caption)
        return next(self._wishes, [])


def brightening(intensity: float) -> Draw:
    def draw(pixels: Pixels, face: object) -> None:
        pixels += np.uint8(round(10 * intensity))

    return draw


def frames(picture: Pixels, count: int = 6) -> Iterator[LiveFrame]:
    return iter([LiveFrame(picture, number / 10) for number in range(count)])


def session(points: Array, **options: Any) -> Live:
    return Live(FrameChange(FixedLandmarks(points)), brightening, **options)


def test_keys_show_the_input_and_change_the_intensity(portrait: Pixels, points: Array) -> None:
    picture = np.minimum(portrait, 200).astype(np.uint8)
    screen = Shown([Wish.MORE], [Wish.LESS, Wish.LESS], [Wish.COMPARE], [Wish.COMPARE], [Wish.END])
    assert session(points).run(frames(picture), screen) == 5
    assert [int((one.astype(int) - picture).max()) for one in screen.pictures] == [10, 11, 9, 0, 9]
    assert screen.captions[1] == "pixelfes: intensity 1.1, 10 frames a second"
    assert screen.captions[3] == "pixelfes: before, 10 frames a second"


def test_the_intensity_stays_in_its_range(portrait: Pixels, points: Array) -> None:
    live = session(points, intensity=1.5)
    live.run(frames(portrait, 2), Shown([Wish.MORE] * 3))
    assert live.intensity == 1.5
    live.run(iter([LiveFrame(portrait, 10.0)]), Shown([Wish.LESS] * 20))
    assert live.intensity == 0


def test_a_mirror_exchanges_left_and_right(points: Array) -> None:
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[:, :10] = 200
    screen = Shown()
    Live(FrameChange(FixedLandmarks()), brightening, is_mirrored=True).run(frames(picture, 1), screen)
    assert np.array_equal(screen.pictures[0], picture[:, ::-1])


class Capture:
    """A camera of OpenCV: it is faster than whoever looks at it."""

    def __init__(self, count: int, taken: threading.Event) -> None:
        self.count, self.taken, self.number, self.released = count, taken, 0, False

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def set(self, name: int, value: float) -> None:
        pass

    def read(self) -> tuple[bool, Pixels | None]:
        if self.number == self.count:
            self.taken.set()
            return False, None
        self.number += 1
        return True, np.full((4, 4, 3), self.number, np.uint8)

    def release(self) -> None:
        self.released = True


def test_a_camera_gives_its_newest_frame_and_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = threading.Event()
    capture = Capture(50, taken)
    monkeypatch.setattr("cv2.VideoCapture", lambda source: capture)
    with opened_camera(0, (640, 480)) as given:
        assert taken.wait(20)
        seen = [int(frame.pixels[0, 0, 0]) for frame in given]
    assert seen == [50]
    assert capture.released


def test_keys_of_the_window_are_wishes(monkeypatch: pytest.MonkeyPatch, portrait: Pixels) -> None:
    pygame = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    with Window() as window:
        window.show(portrait, "one")
        for key in (pygame.K_SPACE, pygame.K_UP, pygame.K_DOWN, pygame.K_x, pygame.K_q, pygame.K_ESCAPE):
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key))
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        wishes = window.show(portrait, "two")
        assert wishes == [Wish.COMPARE, Wish.MORE, Wish.LESS, Wish.END, Wish.END, Wish.END]
        shown = pygame.surfarray.array3d(pygame.display.get_surface()).transpose(1, 0, 2)
        assert np.array_equal(shown, portrait)
        assert pygame.display.get_caption()[0] == "two"


def test_a_virtual_camera_gets_every_frame_and_is_closed(monkeypatch: pytest.MonkeyPatch, portrait: Pixels) -> None:
    sent: list[Pixels] = []
    device = SimpleNamespace(send=sent.append, close=lambda: sent.append(portrait))
    module = SimpleNamespace(Camera=lambda width, height, rate: device)
    monkeypatch.setattr("pixelfes.video.live.screens.extra_module", lambda extra, name: module)
    with VirtualCamera() as screen:
        assert screen.show(portrait, "") == []
        assert screen.show(portrait, "") == []
    assert len(sent) == 3


def test_a_system_without_virtual_cameras_is_said(monkeypatch: pytest.MonkeyPatch, portrait: Pixels) -> None:
    def refuse(width: int, height: int, rate: float) -> None:
        raise RuntimeError("\nno loopback device\nmodprobe it")

    module = SimpleNamespace(Camera=refuse)
    monkeypatch.setattr("pixelfes.video.live.screens.extra_module", lambda extra, name: module)
    with VirtualCamera() as screen, pytest.raises(ClipError, match=r"no virtual camera: no loopback device$"):
        screen.show(portrait, "")


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(MissingDependencyError, match="a virtual camera needs pyvirtualcam: pip install"):
        VirtualCamera()
