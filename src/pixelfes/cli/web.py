"""``pixelfes web``: serve the page that changes a photo or the camera's picture in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from pixelfes.cli.grammar.options import ModelOption
from pixelfes.cli.messages import note

DEFAULT_PORT = 8468


def web(
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="The port to listen on; 0 picks a free one.")
    ] = DEFAULT_PORT,
    open_browser: Annotated[bool, typer.Option("--open", help="Also open the page in your browser.")] = False,
    model: ModelOption = None,
) -> None:
    """Serve a page that makes your photo or camera smile.

    The page is at http://127.0.0.1 until Ctrl-C. Photos and camera pictures stay in the browser; this program never receives
    them. The model must have the registration mesh.

    Examples
    --------
    pixelfes web --open
    pixelfes web --port 0 -m mine.safetensors
    """
    from pixelfes.export.web.server import PageServer, page_files

    files = page_files()
    if model:
        from pixelfes.export.web.model import web_model
        from pixelfes.export.web.page_version import with_model
        from pixelfes.loading import load_expression_model

        files = with_model(files, web_model(load_expression_model(model)))
    note(f"{len(files)} files")
    with PageServer(files, port) as server:
        typer.echo(f"{server.url} (Ctrl-C ends it)")
        if open_browser:
            import webbrowser

            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo()
