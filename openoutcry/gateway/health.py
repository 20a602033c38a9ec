"""Whether the process lives, and whether the venue takes commands: what orchestrators ask."""

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openoutcry.model.errors import NotReady

_ALIVE: Final = b'{"status":"alive"}'
_READY: Final = b'{"status":"ready"}'


def health_routes(is_ready: Callable[[], bool]) -> list[BaseRoute]:
    """Return `/health` and `/ready`."""

    async def health(_: Request) -> Response:
        return Response(_ALIVE, media_type="application/json")

    async def ready(_: Request) -> Response:
        if not is_ready():
            raise NotReady
        return Response(_READY, media_type="application/json")

    return [Route("/health", health), Route("/ready", ready)]
