"""`openoutcry serve`: the venue in this process."""

import errno
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import structlog
import typer

from openoutcry.cli.options import url_of
from openoutcry.settings import BadSettings, read_settings
from openoutcry.version import VERSION

if TYPE_CHECKING:
    from openoutcry.app import Application

_NO_PASSWORD: Final = ""
"""Of a key that has one: refused, rather than asked for at a terminal that may not be there."""


def serve(  # noqa: PLR0913  (each is an option of the command)
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
    certificate: Annotated[
        Path | None,
        typer.Option(help="Certificate chain in PEM: speak TLS. `openoutcry ca` makes one."),
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's private key, in PEM.")] = None,
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
    tls = _tls_of(certificate, key)
    if reload:
        if tls is not None:
            raise BadSettings("--reload is for one developer's machine, without --certificate")
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
    url = url_of(host, port, "http" if tls is None else "https")
    structlog.get_logger("openoutcry").info(
        "starting", version=VERSION, page=f"{url}/", orders=f"{url}/orders", docs=f"{url}/docs"
    )
    way = server.Way(settings.log_level, proxy_headers or None, tls)
    server.serve(application, host, port, way)


def app_of_settings() -> "Application":
    """Return the app of the settings, for a server that makes it in a process of its own."""
    from openoutcry.app import create_app  # noqa: PLC0415

    return create_app(read_settings())


def _tls_of(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Return certificate and key once it is known that a server can use them."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise BadSettings("TLS needs both --certificate and --key; `openoutcry ca` makes them")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _NO_PASSWORD)
    except (OSError, ValueError) as fault:  # An SSLError is an OSError.
        raise BadSettings(f"cannot use {certificate} with {key}: {fault}") from None
    return certificate, key


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
