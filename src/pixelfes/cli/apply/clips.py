"""Change clips of ``pixelfes apply``: videos and animations, frame by frame, with steady faces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pixelfes.cli.apply.outcomes import FaceOutcome, Outcome, Status
from pixelfes.cli.apply.settings import ClipPart
from pixelfes.cli.messages import progress_bars
from pixelfes.errors import FaceNotFoundError, FaceRefusedError, InputError, PhotoError

if TYPE_CHECKING:
    from pixelfes.arrays import Pixels
    from pixelfes.cli.apply.photo_change import PhotoChange
    from pixelfes.cli.apply.targets import Naming
    from pixelfes.tracking.frame_change import Draw
    from pixelfes.tracking.track import TrackedFace
    from pixelfes.video.keys import Between
    from pixelfes.video.settings import ClipReport, ClipSettings, Frame

_NAMED_TIMES = 5
"""Broken frames that are named, at most."""


def clip_part(start: str | None, stop: str | None, keys: Path | None, between: Between) -> ClipPart:
    """Return the options that concern clips.

    Raises
    ------
    typer.BadParameter
        If the end is not after the start, or the table of keys is wrong.
    """
    if start is None and stop is None and keys is None:
        return ClipPart()
    from pixelfes.video.keys import read_keys
    from pixelfes.video.times import parse_time

    first, last = (None if text is None else parse_time(text) for text in (start, stop))
    if last is not None and last <= (first or 0.0):
        raise typer.BadParameter(f"it must be after the start, at {first or 0:g} s", param_hint="'--to'")
    try:
        return ClipPart(first, last, None if keys is None else read_keys(keys, between))
    except InputError as error:
        raise typer.BadParameter(str(error), param_hint="'--keys'") from error


def is_clip_name(name: str) -> bool:
    """Return whether the name of an input is that of a clip; see `pixelfes.video.kinds.is_clip`."""
    from pixelfes.video.kinds import is_clip

    return is_clip(name)


@dataclass
class _Faces:
    """The faces of a clip: the last that was seen of each, whether it was ever changed; and how many frames show none."""

    known: dict[int, FaceOutcome] = field(default_factory=dict)
    frames: int = 0
    untouched: int = 0

    def see(self, faces: list[TrackedFace]) -> None:
        self.frames += 1
        self.untouched += not any(face.share > 0 for face in faces)
        for face in faces:
            x, y = face.landmarks[:, :2].mean(0).round(1).tolist()
            before = self.known.get(face.identity)
            changed = face.share > 0 or (before is not None and before.changed)
            self.known[face.identity] = FaceOutcome(x, y, str(face.verdict), changed)

    def check(self) -> None:
        """Raise an error unless a face was changed."""
        if not self.known:
            raise FaceNotFoundError("no face was found in the clip")
        if not any(face.changed for face in self.known.values()):
            verdicts = ", ".join(sorted({face.verdict for face in self.known.values()}))
            raise FaceRefusedError(f"no face of the clip can be changed: {verdicts}")


@dataclass(frozen=True)
class ClipChange:
    """A loaded model that changes clips."""

    change: PhotoChange

    def run(self, source: Path, target: Path) -> Outcome:
        """Change a clip and write the output; an error becomes a failed outcome."""
        from pixelfes.cli.outputs import make_folder
        from pixelfes.video.clips import change_clip

        began, faces = time.perf_counter(), _Faces()
        try:
            make_folder(target.parent)
            with progress_bars() as show:

                def progress(done: int, total: int | None) -> None:
                    show(f"frames of {source.name}", done, max(total or 0, done))

                report = change_clip(source, target, self._frames(faces), self._settings(), progress)
        except (PhotoError, FaceNotFoundError) as error:
            reason = str(error) if str(source) in str(error) else f"{source}: {error}"
            return Outcome(str(source), Status.FAILED, reason=reason, seconds=time.perf_counter() - began)
        seen = tuple(faces.known.values())
        seconds = time.perf_counter() - began
        return Outcome(
            str(source), Status.WRITTEN, str(target), faces=seen, notes=_notes(report, faces), seconds=seconds
        )

    def _settings(self) -> ClipSettings:
        from pixelfes.video.settings import MAX_PIXELS, ClipSettings

        settings, part = self.change.settings, self.change.settings.clip
        return ClipSettings(
            part.start,
            part.stop,
            self.change.mark,
            settings.quality,
            keep_metadata=settings.keep_metadata,
            max_pixels=min(MAX_PIXELS, settings.max_pixels),
        )

    def _frames(self, seen: _Faces) -> Callable[[Iterator[Frame]], Iterator[Pixels]]:
        frame_change = self.change.frame_change()

        def changed(frames: Iterator[Frame]) -> Iterator[Pixels]:
            for frame in frames:
                made = frame_change.changed(frame.pixels, frame.time, self._draw(frame.time))
                seen.see(frame_change.faces)
                yield made
            seen.check()

        return changed

    def _draw(self, moment: float) -> Draw:
        """Return what draws a face at a time of the clip, s."""
        from pixelfes.expression.actions.model import ShownExpression

        settings, model = self.change.settings, self.change.model
        if settings.clip.keys is None or not isinstance(model, ShownExpression):
            return self.change.drawing()
        return model.with_mix(settings.clip.keys(moment)).drawing(settings.intensity, settings.faces.teeth)


def clip_target(source: Path, output: str | None, naming: Naming, *, into_folder: bool) -> Path:
    """Return where a changed clip goes: the output, into it if it is a folder, or beside the clip."""
    named = f"{source.stem}.{naming.label}{source.suffix}"
    if output is None:
        return source.parent / named
    return Path(output) / named if into_folder else Path(output)


def check_clip_target(source: Path, target: Path, naming: Naming) -> None:
    """Raise an error if the output of a clip may not be written.

    Raises
    ------
    InputError
        If the output is the input.
    PhotoError
        If the output exists and may not be replaced, or its name is not that of a clip.
    """
    from pixelfes.video.kinds import format_for_clip
    from pixelfes.video.provenance import is_own_clip

    format_for_clip(target)
    if target.exists() and source.exists() and target.samefile(source):
        raise InputError(f"the output {target} is the input itself; name another file")
    if target.exists() and not naming.overwrite and not is_own_clip(target):
        raise PhotoError(f"{target} exists and was not made by this program; add --overwrite to replace it")


def is_finished_clip(source: Path, target: Path, naming: Naming) -> bool:
    """Return whether a target was made with the same settings after its clip last changed, and is not to be made again."""
    from pixelfes.video.provenance import clip_made_by

    if naming.overwrite or not target.exists() or clip_made_by(target) != naming.mark:
        return False
    return source.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns


def _notes(report: ClipReport, faces: _Faces) -> tuple[str, ...]:
    """Return what of a clip its output does not hold."""
    without = (f"{faces.untouched} of its {faces.frames} frames have no face that can be changed",) * bool(
        faces.untouched
    )
    return (*report.notes, *_broken(report), *without)


def _broken(report: ClipReport) -> tuple[str, ...]:
    if not report.carried:
        return ()
    times = ", ".join(f"{moment:.2f} s" for moment in report.carried[:_NAMED_TIMES])
    more = f" and {len(report.carried) - _NAMED_TIMES} more" if len(report.carried) > _NAMED_TIMES else ""
    count = f"{len(report.carried)} broken frames show" if len(report.carried) > 1 else "1 broken frame shows"
    return (f"{count} the picture before: at {times}{more}",)
