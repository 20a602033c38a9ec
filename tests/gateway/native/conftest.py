import pytest

from tests.gateway.native.floor import open_floor


@pytest.fixture
def floor():
    with open_floor() as opened:
        yield opened
