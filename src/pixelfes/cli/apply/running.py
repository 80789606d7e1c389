"""Run ``pixelfes apply``: one photo, several, a folder that is watched, a pipe, raw frames."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pixelfes.cli.apply.outcomes import Outcome, Report, Status
from pixelfes.cli.messages import print_error, printable, progress_bars
from pixelfes.errors import InputError, PhotoError

if TYPE_CHECKING:
    from pixelfes.cli.apply.photo_change import PhotoChange
    from pixelfes.cli.apply.request import Processes, Request
    from pixelfes.cli.apply.settings import ApplySettings
    from pixelfes.cli.apply.targets import Naming, Plan


def run(asked: Request, settings: ApplySettings) -> None:
    """Change what is asked for; end with status 1 if something was not done."""
    from pixelfes.cli.apply.photo_change import PhotoChange
    from pixelfes.cli.apply.targets import Naming

    clips, asked = asked.clips_apart(settings)
    change = PhotoChange.load(settings)
    if change.model.describe().ignores(settings.intensity):
        print_error(f"warning: this model is on or off: intensity {settings.intensity:g} is the same as 1")
    naming = Naming(change.label, change.mark, asked.overwrite)
    report = Report(asked.as_json, asked.quiet)
    _change_clips(asked, clips, change, naming, report)
    if not asked.inputs:
        pass
    elif asked.raw is not None:
        _change_raw(asked, change)
    elif asked.watch:
        _change_watched(asked, change, naming, report)
    elif not asked.is_one_photo:
        _change_several(asked, change, naming, report)
    elif asked.to_stdout:
        _to_stdout(asked, change, report)
    else:
        _change_one(asked, change, naming, report)
    if report.undone:
        raise typer.Exit(1)


def _to_stdout(asked: Request, change: PhotoChange, report: Report) -> None:
    if sys.stdout is None:
        raise PhotoError("stdout is closed")
    changed = change.encoded(asked.source)
    for face in changed.faces:
        if not face.is_changed and not report.is_quiet:
            print_error(f"{asked.source or 'stdin'}: left the face at {face.place} alone: {face.verdict}")
    for note in changed.notes:
        print_error(f"{asked.source or 'stdin'}: {note}")
    sys.stdout.buffer.write(changed.data)
    sys.stdout.buffer.flush()


def _change_clips(asked: Request, clips: list[Path], change: PhotoChange, naming: Naming, report: Report) -> None:
    """Change clips one after another, and print the paths of the outputs."""
    from pixelfes.cli.apply.clips import ClipChange, check_clip_target, clip_target, is_finished_clip

    into_folder = asked.output_is_folder or len(clips) + len(asked.inputs) > 1
    for source in clips:
        target = clip_target(source, asked.output, naming, into_folder=into_folder)
        if is_finished_clip(source, target, naming):
            outcome = Outcome(str(source), Status.FINISHED, str(target))
        else:
            check_clip_target(source, target, naming)
            outcome = ClipChange(change).run(source, target)
        report.add(outcome)
        if outcome.output and not asked.as_json and not asked.quiet:
            typer.echo(os.fsencode(outcome.output))


def _change_one(asked: Request, change: PhotoChange, naming: Naming, report: Report) -> None:
    """Change one photo or stdin, and print the path of the output."""
    from pixelfes.cli.apply.targets import PhotoJob, check_single_target, format_of, is_finished, output_name

    source = asked.source
    named = output_name(source or Path("stdin.png"), naming.label)
    target = (source.parent if source else Path()) / named
    if asked.output is not None:
        target = Path(asked.output) / named if asked.output_is_folder else Path(asked.output)
    check_single_target(source, target, naming)
    if source is not None and is_finished(source, target, naming):
        outcome = Outcome(str(source), Status.FINISHED, str(target))
    else:
        outcome = change.run(PhotoJob(source, target, format_of(target)))
    report.add(outcome)
    if outcome.output and not asked.as_json and not asked.quiet:
        typer.echo(os.fsencode(outcome.output))


def _change_several(asked: Request, change: PhotoChange, naming: Naming, report: Report) -> None:
    """Change photos and folders, and print a summary."""
    from pixelfes.cli.apply.inputs import find_photos
    from pixelfes.cli.apply.targets import default_folder, plan_outputs
    from pixelfes.cli.outputs import check_writable

    if asked.to_stdout:
        raise InputError(f"{asked.inputs[0]} is a folder, and cannot go to stdout: name a folder with -o")
    output = asked.output_folder()
    if output is not None:
        check_writable(output)
    found = find_photos(asked.paths, output)
    plan = plan_outputs(found, output, naming)
    for outcome in (*found.others, *plan.settled):
        report.add(outcome)
    _change_planned(asked, change, plan, report)
    if not asked.quiet:
        folder = output if output is not None or len(asked.inputs) > 1 else default_folder(asked.paths[0], naming.label)
        where = f": {printable(folder)}" if folder is not None else ""
        typer.echo(f"{report.summary()}{where}", err=asked.as_json)


def _change_raw(asked: Request, change: PhotoChange) -> None:
    """Change raw frames from stdin to stdout."""
    from pixelfes.cli.apply.photo_change import stdin
    from pixelfes.cli.apply.raw_frames import FrameSize, change_frames

    if sys.stdout is None:
        raise PhotoError("stdout is closed")
    counts = change_frames(change, FrameSize.parse(str(asked.raw)), stdin(), sys.stdout.buffer)
    if not asked.quiet:
        print_error(counts)


def _change_watched(asked: Request, change: PhotoChange, naming: Naming, report: Report) -> None:
    """Change the photos of folders, and those that appear in them, until Ctrl-C."""
    from pixelfes.cli.apply.inputs import look_for_photos
    from pixelfes.cli.apply.many.watching import looks
    from pixelfes.cli.apply.targets import plan_outputs
    from pixelfes.cli.outputs import check_writable

    output = asked.output_folder()
    if output is not None:
        check_writable(output)
    named: set[tuple[str, str | None]] = set()
    try:
        for found, ready in looks(lambda: look_for_photos(asked.paths, output)):
            plan = plan_outputs(found, output, naming, ready)
            for outcome in (*found.others, *plan.settled):
                if (key := (outcome.photo, outcome.reason)) not in named:
                    named.add(key)
                    report.add(outcome)
            _change_planned(asked, change, plan, report)
    except KeyboardInterrupt:
        if not asked.quiet:
            typer.echo(report.summary(), err=asked.as_json)


def _change_planned(asked: Request, change: PhotoChange, plan: Plan, report: Report) -> None:
    with progress_bars() as show:
        show("photos", 0, len(plan.jobs))
        for done, outcome in enumerate(_outcomes(asked.processes, change, plan), start=1):
            report.add(outcome)
            show("photos", done, len(plan.jobs))


def _outcomes(processes: Processes, change: PhotoChange, plan: Plan) -> Iterator[Outcome]:
    """Change photos where they are to be changed."""
    if processes.scheduler is not None and plan.jobs:
        from pixelfes.cli.apply.many.cluster import change_on_cluster

        yield from change_on_cluster(change.settings, plan.jobs, processes.scheduler)
        return
    from pixelfes.cli.apply.many.workers import change_photos, worker_count

    yield from change_photos(change, plan.jobs, worker_count(processes.workers, len(plan.jobs)))
