"""The verdicts on faces."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """Whether a face can be changed: "ok", or the reason why not."""

    OK = "ok"
    COVERED = "covered mouth"
    TURNED = "turned too far"
    SMALL = "too small"
    UNSURE = "unsure where the face is"
    NOT_HUMAN = "not a human face"
