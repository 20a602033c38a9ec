"""The venue as an ASGI application, for `uvicorn main:app`."""

from openoutcry.app import create_app
from openoutcry.settings import Settings

app = create_app(Settings())
