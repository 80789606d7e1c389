"""``pixelfes web``: serve the page that changes a photo or the camera's picture in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT_PORT = 8468


def web(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free port.")] = DEFAULT_PORT,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="A shipped model's name, or a model file with the registration mesh.")
    ] = "",
) -> None:
    """Serve the page that makes your camera or photo smile, at http://127.0.0.1, until Ctrl-C.

    Photos and camera pictures stay in the browser; this program never receives them.
    """
    from pixelfes.export.web.server import PAGE_MODEL_NAME, PageServer, page_files

    files = page_files()
    if model:
        from pixelfes.export.web.model import web_model
        from pixelfes.loading import load_expression_model

        files[PAGE_MODEL_NAME] = web_model(load_expression_model(model))
    with PageServer(files, port) as server:
        typer.echo(f"{server.url} (Ctrl-C ends it)")
        if open_browser:
            import webbrowser

            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo()
