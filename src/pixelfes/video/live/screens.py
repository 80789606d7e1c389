"""Where live frames go: a window on the screen, or a virtual camera that other programs see."""

from __future__ import annotations

import os
from enum import Enum, auto
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.errors import ClipError, reason
from pixelfes.extras import extra_module

_RATE = 25.0
_UNSEEN = ("dummy", "offscreen")
"""Drivers that SDL falls back to where nobody could see a window."""


class Wish(Enum):
    """What somebody at the window wants."""

    COMPARE = auto()
    MORE = auto()
    LESS = auto()
    END = auto()


class Screen(Protocol):
    """Shows frames, and says what is wanted."""

    def show(self, pixels: Pixels, caption: str) -> list[Wish]:
        """Show a frame (H, W, 3) uint8, RGB, with a caption."""
        ...  # pragma: no cover

    def __enter__(self) -> Self: ...  # pragma: no cover

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...  # pragma: no cover


class Window:
    """A window of SDL. Space shows the input, the arrows up and down change the intensity, Q and Esc end.

    Raises
    ------
    MissingDependencyError
        If pygame-ce is not installed.
    ClipError
        If there is no display.
    """

    def __init__(self) -> None:
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        self._pygame = extra_module("live", "pygame")
        self._surface: Any = None

    def __enter__(self) -> Self:
        try:
            self._pygame.display.init()
        except self._pygame.error as error:
            raise ClipError(f"there is no display: {reason(error)}") from error
        if self._pygame.display.get_driver() in _UNSEEN and "SDL_VIDEODRIVER" not in os.environ:
            raise ClipError("there is no display")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pygame.display.quit()

    def show(self, pixels: Pixels, caption: str) -> list[Wish]:
        """Show a frame (H, W, 3) uint8, RGB, and return what keys were pressed since the last one."""
        pygame, size = self._pygame, (pixels.shape[1], pixels.shape[0])
        if self._surface is None or self._surface.get_size() != size:
            self._surface = pygame.display.set_mode(size)
        pygame.display.set_caption(caption)
        self._surface.blit(pygame.image.frombuffer(np.ascontiguousarray(pixels).data, size, "RGB"), (0, 0))
        pygame.display.flip()
        return [wish for event in pygame.event.get() if (wish := self._wish(event)) is not None]

    def _wish(self, event: Any) -> Wish | None:
        pygame = self._pygame
        if event.type == pygame.QUIT:
            return Wish.END
        keys = {
            pygame.K_SPACE: Wish.COMPARE,
            pygame.K_UP: Wish.MORE,
            pygame.K_DOWN: Wish.LESS,
            pygame.K_q: Wish.END,
            pygame.K_ESCAPE: Wish.END,
        }
        return keys.get(event.key) if event.type == pygame.KEYDOWN else None


class VirtualCamera:
    """A camera that other programs see, by pyvirtualcam.

    Raises
    ------
    MissingDependencyError
        If pyvirtualcam is not installed.
    ClipError
        If the system has no virtual camera.
    """

    def __init__(self) -> None:
        self._module = extra_module("virtual", "pyvirtualcam")
        self._camera: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._camera is not None:
            self._camera.close()

    def show(self, pixels: Pixels, caption: str) -> list[Wish]:
        """Send a frame (H, W, 3) uint8, RGB; nobody can wish for anything."""
        if self._camera is None:
            try:
                self._camera = self._module.Camera(pixels.shape[1], pixels.shape[0], _RATE)
            except (RuntimeError, OSError) as error:
                why = str(error).strip().splitlines()[0]
                raise ClipError(f"there is no virtual camera: {why}") from error
        self._camera.send(np.ascontiguousarray(pixels))
        return []
