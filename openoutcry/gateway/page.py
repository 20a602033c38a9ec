"""The terminal at `/` and its files, served as they lie in the package.

Rule: the page runs nothing that did not come from here, and says so to the browser (CSP).

The files live under a path that holds a hash of them all, so a browser keeps them for ever and
still gets the new ones on the day of an upgrade. They are read once, when the venue opens.
"""

import mimetypes
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openoutcry.gateway.guard import ASSETS
from openoutcry.gateway.troubles import not_found

FOLDER: Final = "web"
PAGE: Final = "index.html"
PLACEHOLDER: Final = "{{assets}}"
HASH_DIGITS: Final = 16
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
"""Headers of everything that a browser shows or runs."""
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
# Some systems' tables call JavaScript text/plain, and browsers then refuse to run a module.
_TYPES: Final = mimetypes.MimeTypes()
_TYPES.add_type("text/javascript", ".js")
_TYPES.add_type("text/javascript", ".mjs")
_TYPES.add_type("image/svg+xml", ".svg")
_TYPES.add_type("font/woff2", ".woff2")
_NOT_SERVED: Final = (".py", ".pyc")


class File(NamedTuple):
    """A file in memory."""

    content: bytes
    media_type: str


def page_routes() -> list[BaseRoute]:
    """Return `/` and the files that it names."""
    files = files_of(resources.files("openoutcry") / FOLDER)
    html = files.pop(PAGE, File(b"", "text/html")).content
    place = f"{ASSETS}{_hash_of(files)}"
    page = html.replace(PLACEHOLDER.encode(), place.encode())

    async def home(_: Request) -> Response:
        return Response(page, media_type="text/html", headers=SAFE | {"cache-control": ASK_AGAIN})

    async def asset(request: Request) -> Response:
        found = files.get(request.path_params["name"])
        if found is None:
            raise not_found(request.url.path)
        return Response(
            found.content,
            headers=SAFE | {"cache-control": FOR_EVER, "content-type": found.media_type},
        )

    return [Route("/", home), Route(f"{place}/{{name:path}}", asset)]


def files_of(folder: Traversable, prefix: str = "") -> dict[str, File]:
    """Return every file below a folder by its path, with the type that a browser needs."""
    files: dict[str, File] = {}
    for entry in sorted(folder.iterdir(), key=lambda found: found.name):
        if entry.is_dir():
            if not entry.name.startswith("__"):
                files |= files_of(entry, f"{prefix}{entry.name}/")
        elif not entry.name.endswith(_NOT_SERVED):
            files[prefix + entry.name] = File(entry.read_bytes(), type_of(entry.name))
    return files


def type_of(name: str) -> str:
    """Return a file's media type."""
    guessed = _TYPES.guess_type(name)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed


def _hash_of(files: Mapping[str, File]) -> str:
    digest = sha256()
    for name, file in files.items():
        digest.update(f"{name}\0{len(file.content)}\0".encode())
        digest.update(file.content)
    return digest.hexdigest()[:HASH_DIGITS]
