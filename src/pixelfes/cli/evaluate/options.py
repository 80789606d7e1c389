"""The options of ``pixelfes evaluate`` in groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ReportOptions:
    """The pairs and their expression, the folder of the report, and a folder of other faces to show in it."""

    pairs: Path
    output: Path
    out_of_dataset: Path | None
    target: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class CandidateOptions:
    """What is compared; methods are None for the default."""

    methods: list[str] | None
    registrations: list[str]
    size: int | None
    models: list[str]


@dataclass(frozen=True)
class JudgeOptions:
    """Classifier and embedding network given as ONNX files, None for our own judges; and expressions by name to judge."""

    expression: Path | None
    labels: list[str] | None
    happy: str
    identity: Path | None
    expressions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class BudgetOptions:
    """How long networks are trained, and of which size; without steps there is no budget."""

    steps: int | None
    batch: int
    size: int
    width: int
    device: str
    folds: int | None


@dataclass(frozen=True)
class RunOptions:
    """How the people are split, who is kept out or left out by name, whether to take only some, and whether to cache."""

    folds: int
    quick: bool
    no_cache: bool
    test_people: list[str] = field(default_factory=list)
    leave_out: list[str] = field(default_factory=list)
