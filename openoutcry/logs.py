"""Logging: events with fields, as JSON for machines and as text for a terminal."""

import logging
import sys
from typing import Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

LOGGER: Final = "openoutcry"
SERVER_LOGGER: Final = "uvicorn"
NOT_UTF8: Final = "Invalid UTF-8 sequence received from client."
"""What uvicorn logs as an error, with a traceback, whenever a client sends such a message."""


def set_up_logging(level: str, form: Literal["auto", "json", "text"]) -> None:
    """Send what the venue says to standard error, from `level` on."""
    is_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor
    if is_text:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    else:
        shared += [structlog.processors.format_exc_info, _in_order]
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    _attach(LOGGER, handler, level)


def adopt_server_logging(level: str) -> None:
    """Let the server's lines look like the venue's; for the server that we start ourselves."""
    for handler in logging.getLogger(LOGGER).handlers:
        _attach(SERVER_LOGGER, handler, level)
    logging.getLogger(f"{SERVER_LOGGER}.error").addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    """Say whether a line is about the server; a client's broken text only ends its socket."""
    return record.msg != NOT_UTF8


def _attach(name: str, handler: logging.Handler, level: str) -> None:
    logger = logging.getLogger(name)
    logger.handlers = [handler]
    logger.setLevel(level.upper())
    logger.propagate = False


def _in_order(_: object, __: str, fields: EventDict) -> EventDict:
    """Begin a line with what a reader looks for."""
    first = ("timestamp", "level", "event")
    ordered: EventDict = {name: fields.pop(name) for name in first if name in fields}
    ordered.update(fields)
    return ordered


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what is standard error now, not to what it was when logging was set up."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # read-only on purpose
        """Standard error."""
        return sys.stderr
