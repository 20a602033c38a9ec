"""Which edition of the venue this is."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final


def _installed() -> str:
    try:
        return version("openoutcry")
    except PackageNotFoundError:
        return "0.1.0"


VERSION: Final = _installed()
"""The installed package's; in a checkout that is not installed, the one being worked on."""
