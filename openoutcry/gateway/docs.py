"""Swagger at /docs and its files, from this venue alone: offline and under a strict policy.

The files come out of `fastapi_offline`, which is only their carrier; they are read when asked for.
"""

from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openoutcry.gateway.guard import ASSETS
from openoutcry.gateway.page import ASK_AGAIN, FOR_EVER, POLICY, SAFE, type_of
from openoutcry.gateway.troubles import not_found

CARRIER: Final = "fastapi_offline"
_FILES: Final = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")
_STARTER: Final = "start.js"
_PLACE: Final = f"{ASSETS}docs-{version('fastapi-offline')}"
# Swagger sets styles on its elements as it draws them; scripts come from here only, all the same.
_POLICY: Final = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_PAGE: Final = f"""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Open Outcry: API</title>
  <link rel="icon" href="{_PLACE}/favicon.png">
  <link rel="stylesheet" href="{_PLACE}/swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="{_PLACE}/swagger-ui-bundle.js"></script>
  <script src="{_PLACE}/{_STARTER}"></script>
</body>
</html>
"""
_START: Final = b"""SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""


def docs_routes() -> list[BaseRoute]:
    """Return `/docs` and the files that it names."""

    async def docs(_: Request) -> Response:
        headers = SAFE | {"content-security-policy": _POLICY, "cache-control": ASK_AGAIN}
        return Response(_PAGE, media_type="text/html", headers=headers)

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        if name != _STARTER and name not in _FILES:
            raise not_found(request.url.path)
        headers = SAFE | {"cache-control": FOR_EVER, "content-type": type_of(name)}
        return Response(_START if name == _STARTER else _content_of(name), headers=headers)

    return [Route("/docs", docs), Route(f"{_PLACE}/{{name}}", file)]


@cache
def _content_of(name: str) -> bytes:
    return (resources.files(CARRIER) / "static" / name).read_bytes()
