"""What became of each photo of ``pixelfes apply``: lines for people, lines of JSON, and the summary."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import typer

from pixelfes.cli.messages import note, print_error


class Status(StrEnum):
    """What became of a photo."""

    WRITTEN = "written"
    FINISHED = "there already"
    FAILED = "failed"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class FaceOutcome:
    """A face: its middle in image pixels, its verdict, and whether it was changed."""

    x: float
    y: float
    verdict: str
    changed: bool


@dataclass(frozen=True)
class Outcome:
    """What became of a photo.

    Attributes
    ----------
    photo : str
    status : Status
    output : str, or None
        The file that was written, or is there already.
    reason : str, or None
        A sentence, if the photo failed or was left out.
    faces : tuple of FaceOutcome
    notes : tuple of str
        What of the photo its output does not hold.
    seconds : float
    is_asked_for : bool
        Whether leaving it out leaves undone what was asked for. An output of an earlier run, or a text, is not.
    """

    photo: str
    status: Status
    output: str | None = None
    reason: str | None = None
    faces: tuple[FaceOutcome, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    is_asked_for: bool = True

    @property
    def is_undone(self) -> bool:
        """Whether something that was asked for was not done."""
        return self.status == Status.FAILED or (self.status == Status.LEFT_OUT and self.is_asked_for)

    def as_json(self) -> str:
        """Return one line of JSON."""
        faces = [{"x": face.x, "y": face.y, "verdict": face.verdict, "changed": face.changed} for face in self.faces]
        values: dict[str, Any] = {"photo": self.photo, "status": str(self.status), "output": self.output}
        values |= {"reason": self.reason, "faces": faces, "notes": self.notes, "seconds": round(self.seconds, 3)}
        try:
            text = json.dumps(values, ensure_ascii=False)
            text.encode()
        except UnicodeEncodeError:  # a file name that is not UTF-8
            text = json.dumps(values)
        return text


@dataclass
class Report:
    """Prints outcomes as they come, and counts them."""

    as_json: bool
    is_quiet: bool = False
    counts: Counter[Status] = field(default_factory=Counter)
    undone: int = 0

    def add(self, outcome: Outcome) -> None:
        """Print and count an outcome."""
        self.counts[outcome.status] += 1
        self.undone += outcome.is_undone
        note(f"{outcome.photo}: {outcome.status}, {len(outcome.faces)} faces, {outcome.seconds:.2f} s")
        if self.as_json:
            typer.echo(outcome.as_json().encode("utf-8", "surrogateescape"))
            return
        for face in outcome.faces:
            if not face.changed and not self.is_quiet and outcome.status == Status.WRITTEN:
                place = f"{face.x:.0f}, {face.y:.0f}"
                print_error(f"{outcome.photo}: left the face at {place} alone: {face.verdict}")
        for sentence in outcome.notes:
            print_error(f"{outcome.photo}: {sentence}")
        if outcome.reason:
            left_out = outcome.status == Status.LEFT_OUT
            print_error(f"left out {outcome.photo}: {outcome.reason}" if left_out else outcome.reason)

    def summary(self) -> str:
        """Return the counts in one line: "3 written, 1 there already, 0 failed"."""
        shown = [f"{self.counts[status]} {status}" for status in (Status.WRITTEN, Status.FINISHED, Status.FAILED)]
        shown += [f"{self.counts[Status.LEFT_OUT]} left out"] * bool(self.counts[Status.LEFT_OUT])
        return ", ".join(shown)
