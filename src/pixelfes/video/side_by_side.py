"""Decode, change and encode beside each other: a thread reads ahead, a thread writes behind, the caller's own thread changes.

A few frames wait between them, so memory does not grow with the clip. An error or Ctrl-C in one ends all three.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pixelfes.arrays import Pixels
from pixelfes.errors import InputError
from pixelfes.video.channel import Channel, ChannelClosed
from pixelfes.video.settings import Change, Frame

_WAITING = 4
"""Frames between two threads."""
Source = TypeVar("Source")


@dataclass(frozen=True, eq=False)
class Decoded(Generic[Source]):
    """A frame for the change, and what it was made of, for the writer."""

    frame: Frame
    source: Source


@dataclass
class _Writer(Generic[Source]):
    """The thread that writes; an error waits here for the caller."""

    write: Callable[[Decoded[Source], Pixels], None]
    channel: Channel[tuple[Decoded[Source], Pixels]] = field(default_factory=lambda: Channel(_WAITING))
    error: BaseException | None = None

    def run(self) -> None:
        try:
            for decoded, pixels in self.channel:
                self.write(decoded, pixels)
        except BaseException as error:
            self.error = error
        finally:
            self.channel.close()


def change_side_by_side(
    decoded: Iterable[Decoded[Source]],
    change: Change,
    write: Callable[[Decoded[Source], Pixels], None],
    progress: Callable[[int], object],
) -> int:
    """Change every frame and return how many there were; all threads have ended when this returns or raises.

    Parameters
    ----------
    decoded : iterable of Decoded
        Is run in a thread.
    change : generator function
        Is run in the caller's thread.
    write : function of a `Decoded` and its new pixels
        Is run in a thread.
    progress : function of a number of frames

    Raises
    ------
    InputError
        If the change yields another number of pictures than there are frames, or one of another size or dtype.
    """
    incoming: Channel[Decoded[Source]] = Channel(_WAITING)
    writer = _Writer(write)
    threads = [threading.Thread(target=run, daemon=True) for run in (lambda: _read(decoded, incoming), writer.run)]
    for thread in threads:
        thread.start()
    count = 0
    try:
        with contextlib.suppress(ChannelClosed):
            for item in _changed(incoming, change):
                writer.channel.put(item)
                count += 1
                progress(count)
            writer.channel.finish()
            threads[1].join()
    finally:
        incoming.close()
        writer.channel.close()
        for thread in threads:
            thread.join()
    if writer.error is not None:
        raise writer.error
    return count


def _read(decoded: Iterable[Decoded[Source]], incoming: Channel[Decoded[Source]]) -> None:
    try:
        for item in decoded:
            incoming.put(item)
    except ChannelClosed:
        return
    except BaseException as error:
        incoming.finish(error)
    else:
        incoming.finish()


def _changed(incoming: Channel[Decoded[Source]], change: Change) -> Iterator[tuple[Decoded[Source], Pixels]]:
    """Yield each frame with its new pixels; the change may look some frames ahead."""
    waiting: deque[Decoded[Source]] = deque()
    given = 0

    def frames() -> Iterator[Frame]:
        nonlocal given
        for item in incoming:
            waiting.append(item)
            given += 1
            yield item.frame

    source = frames()
    for pixels in change(source):
        if not waiting:
            raise InputError(f"the change gave more pictures than the {given} frames it was given")
        item = waiting.popleft()
        _check(pixels, item.frame.pixels)
        yield item, pixels
    if waiting or next(source, None) is not None:
        raise InputError(
            f"the change gave {given - len(waiting)} pictures for {given} frames or more; it must give one each"
        )


def _check(pixels: Pixels, before: Pixels) -> None:
    if pixels.shape != before.shape or pixels.dtype != before.dtype:
        raise InputError(
            f"a changed frame must be uint8 of shape {before.shape}, not {pixels.dtype} of shape {pixels.shape}"
        )
