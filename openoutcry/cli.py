"""The command line: `openoutcry serve` and what else an operator needs."""

import errno
import socket
from typing import Annotated

import structlog
import typer

from openoutcry.app import Application, create_app
from openoutcry.logs import adopt_server_logging
from openoutcry.opening import Loss
from openoutcry.server import serve as run_server
from openoutcry.server import serve_reloading
from openoutcry.settings import BadSettings, read_settings, unknown_names
from openoutcry.version import VERSION

cli = typer.Typer(
    name="openoutcry",
    help="A trading venue of your own: a real exchange in one process.",
    no_args_is_help=True,
    add_completion=False,
)


@cli.callback()
def root() -> None:
    """Run and look after a venue; settings come from OPENOUTCRY_… variables or a .env file."""


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port to listen on; else PORT.")
    ] = None,
    *,
    reload: Annotated[bool, typer.Option(help="Start again when a source changes.")] = False,
    accept_loss: Annotated[
        bool, typer.Option(help="Go on although the journal has lost records: a new epoch begins.")
    ] = False,
) -> None:
    """Start the venue and serve it until Ctrl+C."""
    settings = read_settings()
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    if reload:
        if accept_loss:
            raise BadSettings("--accept-loss is for one start, --reload for many: choose one")
        serve_reloading("openoutcry.cli:app_of_settings", host, port)
        return
    app = create_app(settings, Loss.ACCEPTED if accept_loss else Loss.REFUSED)
    adopt_server_logging(settings.log_level)
    log = structlog.get_logger("openoutcry")
    for name in unknown_names():
        log.warning("unknown_setting", name=name)
    _refuse_taken(host, port)
    url = url_of(host, port)
    log.info(
        "starting", version=VERSION, page=f"{url}/", orders=f"{url}/orders", docs=f"{url}/docs"
    )
    run_server(app, host, port, log_level=settings.log_level)


@cli.command()
def version() -> None:
    """Say which edition this is."""
    typer.echo(VERSION)


def app_of_settings() -> Application:
    """Return the app of the settings, for a server that makes it in a process of its own."""
    return create_app(read_settings())


def url_of(host: str, port: int) -> str:
    """Return where a person on this machine finds the venue."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://{name}:{port}"


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


def main() -> None:
    """Run the command line."""
    cli()
