import pytest

from tests.client.floor import open_floor


@pytest.fixture(scope="session")
def floor():
    """One served venue for all tests of the client that do not stop it."""
    with open_floor("alice", "bob") as opened:
        yield opened


@pytest.fixture
def alice(floor):
    with floor.client("alice") as venue:
        yield venue
        venue.cancel_all()


@pytest.fixture
def bob(floor):
    with floor.client("bob") as venue:
        yield venue
        venue.cancel_all()
