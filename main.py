"""The venue as an ASGI application, for `uvicorn main:app`."""

from openoutcry.app import create_app
from openoutcry.settings import read_settings

app = create_app(read_settings())
