"""``pixelfes live``: change what a camera sees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixelfes.cli.apply.expressions import Wanted, model_of, wanted_mix
from pixelfes.cli.grammar.options import checked_intensity
from pixelfes.cli.messages import say

if TYPE_CHECKING:
    from pixelfes.video.live.screens import Screen


def live(
    camera: Annotated[
        str, typer.Option(metavar="N|FILE", help="The camera's number, or a video file to try it with.")
    ] = "0",
    virtual: Annotated[
        bool, typer.Option("--virtual", help="Be a camera for other programs instead of a window.")
    ] = False,
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="MODEL", help="A shipped model's name, or a model file.")
    ] = "smile",
    expression: Annotated[
        str | None,
        typer.Option(
            "--expression", "-e", metavar="NAMES", help='What faces are to show: "surprised".', show_default=False
        ),
    ] = None,
    sizes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=SIZE", help="Add one facial action; any number of times.", show_default=False
        ),
    ] = None,
    intensity: Annotated[
        float, typer.Option(callback=checked_intensity, metavar="NUMBER", help="From 0 to 1.5.")
    ] = 1.0,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Ask the camera for this size.", show_default=False)
    ] = None,
    mirror: Annotated[
        bool, typer.Option("--mirror/--no-mirror", help="Exchange left and right, as a mirror does.")
    ] = True,
    insist: Annotated[bool, typer.Option("--insist", help="Change every face, whatever its verdict.")] = False,
) -> None:
    """Change the faces that a camera sees.

    They are shown in a window, or by a virtual camera. In the window, space shows the input, the arrows up and down change
    the intensity, Q and Esc end. No frame is stored or sent. The window needs the extra "live", the virtual camera the extra
    "virtual".

    Examples
    --------
    pixelfes live
    pixelfes live --camera 1 --expression "surprised:0.6"
    pixelfes live --virtual --size 1280x720
    """
    from pixelfes.cli.apply.raw_frames import FrameSize
    from pixelfes.tracking.frame_change import FrameChange
    from pixelfes.video.live.camera import opened_camera
    from pixelfes.video.live.session import Live

    loaded = model_of(model, wanted_mix(Wanted(expression, sizes or [], None), model))
    wanted = None if size is None else FrameSize.parse(size)
    source: int | str = int(camera) if camera.isdecimal() else str(Path(camera))
    change = FrameChange(loaded.provider(None), insist=insist)
    session = Live(change, loaded.drawing, intensity, is_mirrored=mirror and not virtual)
    with (
        _screen(virtual=virtual) as screen,
        opened_camera(source, None if wanted is None else (wanted.width, wanted.height)) as frames,
    ):
        try:
            count = session.run(frames, screen)
        except KeyboardInterrupt:
            return
    say(f"{count} frames")


def _screen(*, virtual: bool) -> Screen:
    from pixelfes.video.live.screens import VirtualCamera, Window

    return VirtualCamera() if virtual else Window()
