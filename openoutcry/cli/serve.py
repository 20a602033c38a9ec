"""`openoutcry serve`: the venue in this process."""

import errno
import socket
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from openoutcry.cli.options import url_of
from openoutcry.settings import BadSettings, read_settings
from openoutcry.version import VERSION

if TYPE_CHECKING:
    from openoutcry.app import Application


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port to listen on; else PORT.")
    ] = None,
    *,
    proxy_headers: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESSES",
            help="Proxies whose X-Forwarded-For is believed, with commas between; else none.",
        ),
    ] = None,
    reload: Annotated[bool, typer.Option(help="Start again when a source changes.")] = False,
    accept_loss: Annotated[
        bool, typer.Option(help="Go on although the journal has lost records: a new epoch begins.")
    ] = False,
) -> None:
    """Start the venue and serve it until Ctrl+C."""
    # Here, because the web framework takes longer to import than the other commands to run.
    from openoutcry import app, logs, opening, server  # noqa: PLC0415

    settings = read_settings()
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    if reload:
        if accept_loss:
            raise BadSettings("--accept-loss is for one start, --reload for many: choose one")
        if proxy_headers is not None:
            raise BadSettings("--reload is for one developer's machine, without --proxy-headers")
        server.serve_reloading("openoutcry.cli.serve:app_of_settings", host, port)
        return
    loss = opening.Loss.ACCEPTED if accept_loss else opening.Loss.REFUSED
    application = app.create_app(settings, loss)
    logs.adopt_server_logging(settings.log_level)
    _refuse_taken(host, port)
    url = url_of(host, port)
    structlog.get_logger("openoutcry").info(
        "starting", version=VERSION, page=f"{url}/", orders=f"{url}/orders", docs=f"{url}/docs"
    )
    server.serve(
        application, host, port, log_level=settings.log_level, proxies=proxy_headers or None
    )


def app_of_settings() -> "Application":
    """Return the app of the settings, for a server that makes it in a process of its own."""
    from openoutcry.app import create_app  # noqa: PLC0415

    return create_app(read_settings())


def _refuse_taken(host: str, port: int) -> None:
    """Say that the port is taken before the venue opens, rather than after."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                raise BadSettings(f"port {port} is taken; choose another: --port or PORT") from None
