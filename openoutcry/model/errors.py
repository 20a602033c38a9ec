"""What can go wrong that is not a market rule.

VenueError
├── NotReady          the venue is starting, stopping, or stopped by a fault: 503
├── Overloaded        a bounded queue is full: 503
│   └── DiskLow       the disk nearly is, so nothing new is taken: 503
├── KeyReused         an idempotency key came back with another request: 409
├── JournalDamaged    the journal, a snapshot or history contradict each other: start-up refuses
└── DirectoryLocked   another process owns the data directory
"""


class VenueError(Exception):
    """The root of the tree above."""


class NotReady(VenueError):
    """The venue does not take commands now."""


class Overloaded(VenueError):
    """More commands wait than the venue will hold."""


class DiskLow(Overloaded):
    """The command would add to what is kept, and there is little room left on the disk."""


class KeyReused(VenueError):
    """The key has already been used for another request."""


class JournalDamaged(VenueError):
    """What is on disk cannot be trusted; the message names the sequence."""


class DirectoryLocked(VenueError):
    """The data directory belongs to another running venue."""
