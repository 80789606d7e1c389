"""What ``pixelfes apply`` is asked for, and whether it goes together."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pixelfes.errors import InputError, PhotoError

if TYPE_CHECKING:
    from pixelfes.cli.apply.settings import ApplySettings

PIPE = "-"


@dataclass(frozen=True)
class Processes:
    """Where photos are changed: in a number of processes (None: as many as fit), or by a scheduler."""

    workers: int | None
    scheduler: str | None


@dataclass(frozen=True)
class Request:
    """What is to be changed, where to, and how it is reported."""

    inputs: list[str]
    output: str | None
    overwrite: bool
    processes: Processes
    watch: bool
    raw: str | None
    as_json: bool
    quiet: bool

    def check(self) -> None:
        """Raise an error if names are wrong, or if the photo would go to a terminal."""
        if "" in (*self.inputs, self.output):
            raise InputError(f"the name of the {'output' if self.output == '' else 'input'} is empty")
        if PIPE in self.inputs and len(self.inputs) > 1:
            raise InputError("- (stdin) cannot be combined with other inputs")
        if self.to_stdout and len(self.inputs) > 1:
            raise InputError("several photos cannot go to stdout: name a folder with -o")
        self._check_modes()
        if self.to_stdout and sys.stdout is not None and sys.stdout.isatty():
            raise PhotoError(
                "a photo is not written to a terminal: name a file with -o, or redirect stdout to a file or a pipe"
            )
        last = self.inputs[-1]
        if len(self.inputs) > 1 and not os.path.lexists(last):
            first = " ".join(self.inputs[:-1])
            raise InputError(f"{last} does not exist; to write there: pixelfes apply {first} -o {last}")

    def _check_modes(self) -> None:
        """Raise a usage error if options do not go together."""
        if self.raw is not None and (self.inputs != [PIPE] or self.output not in (None, PIPE)):
            raise typer.BadParameter("raw frames come from stdin and go to stdout: pixelfes apply - --raw WxH")
        if self.watch and not any(path.is_dir() for path in self.paths):
            raise typer.BadParameter("name a folder to watch", param_hint="'--watch'")
        if self.processes.scheduler is not None and (self.processes.workers is not None or self.is_one_photo):
            raise typer.BadParameter(
                "a cluster is for several photos, and has workers of its own", param_hint="'--scheduler'"
            )

    def clips_apart(self, settings: ApplySettings) -> tuple[list[Path], Request]:
        """Return the clips among the inputs, and the request without them.

        Raises
        ------
        typer.BadParameter
            If options do not go together with clips, or options for clips were given and there is none.
        """
        from pixelfes.cli.apply.clips import is_clip_name

        names = [name for name in self.inputs if name != PIPE and not Path(name).is_dir() and is_clip_name(name)]
        if settings.clip.is_given and len(names) < len(self.inputs):
            raise typer.BadParameter("--from, --to and --keys are for clips only")
        if names and self.processes.scheduler is not None:
            raise typer.BadParameter("clips are not changed on a cluster", param_hint="'--scheduler'")
        if names and settings.compare:
            raise typer.BadParameter("it is for photos, not for clips", param_hint="'--compare'")
        if names and self.output == PIPE:
            raise InputError("a clip cannot go to stdout: name a file with -o")
        rest = [name for name in self.inputs if name not in names]
        return [Path(name) for name in names], replace(self, inputs=rest)

    @property
    def to_stdout(self) -> bool:
        """Whether the photo goes to stdout."""
        return self.output == PIPE or (self.inputs == [PIPE] and self.output is None)

    @property
    def paths(self) -> list[Path]:
        """The inputs as paths."""
        return [Path(name) for name in self.inputs]

    @property
    def source(self) -> Path | None:
        """The only input; None for stdin."""
        return None if self.inputs == [PIPE] else self.paths[0]

    @property
    def is_one_photo(self) -> bool:
        """Whether there is one input, and it is no folder."""
        return len(self.inputs) == 1 and not self.paths[0].is_dir()

    @property
    def output_is_folder(self) -> bool:
        """Whether the output's name means a folder: it is one, or ends in a slash."""
        return self.output is not None and (self.output.endswith(("/", os.sep)) or Path(self.output).is_dir())

    def output_folder(self) -> Path | None:
        """Return the folder of several outputs; None for the default.

        Raises
        ------
        InputError
            If the output is a file, looks like one, or is an input.
        """
        from pixelfes.photos.reading import IMAGE_SUFFIXES

        if self.output is None:
            return None
        output = Path(self.output)
        if output.exists() and not output.is_dir():
            raise InputError(f"{output} is a file; several photos go to a folder")
        if not self.output_is_folder and output.suffix.lower() in IMAGE_SUFFIXES:
            raise InputError(f"several photos cannot go to the file {output}; for a folder of that name, add a slash")
        for path in self.paths:
            if output.exists() and path.is_dir() and output.samefile(path):
                raise InputError(f"the output {output} is the input itself; name another folder")
        return output
