"""The tables of history.

Rule 1: everything here can be deleted and rebuilt from the journal; nothing is kept only here.
Rule 2: a change of a table raises `SCHEMA`, and a history of another schema is rebuilt.

A row is a body, the whole thing as JSON, beside the columns that queries choose by. More columns
would double the cost of a fill, and JSON holds amounts of any size. An order is one row. A trade is
two fills, one per side, and the ledger postings of a trade are derived from its fills; what moved
outside of trades is two transfers. Fills and transfers share one numbering, twice the sequence of
the event plus the leg, so that one number says where in time a row stands.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    literal_column,
)

SCHEMA: Final = 4
"""Edition of the tables."""

RowId: Final = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite keeps a table in the order of a key of exactly this type, without a second index."""

METADATA: Final = MetaData()

PROGRESS: Final = Table(
    "progress",
    METADATA,
    Column("row", Integer, primary_key=True),
    Column("epoch", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("reached", BigInteger, nullable=False),
)
"""One row: whose history this is, and up to which sequence it is complete."""

ORDERS: Final = Table(
    "orders",
    METADATA,
    Column("order_id", RowId, primary_key=True, autoincrement=False),
    Column("account_id", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("shown", Text),
    Column("first", BigInteger, nullable=False),
    # All that a list can be filtered by, but for the side: rows passed over are not fetched.
    Index("orders_of_account", "account_id", "order_id", "door", "status", "symbol", "created_at"),
)
"""One row per order that was accepted, as it stands. `shown` is what the list of its door shows of
it for good, made when it ended: such a list is put together by the database, without Python. Its
`first` sequence is the one at which it began."""

CLIENT_ORDER_IDS: Final = Table(
    "client_order_ids",
    METADATA,
    Column("account_id", Text, nullable=False),
    Column("client_order_id", Text, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "client_order_id"),
    sqlite_with_rowid=False,
)
"""What participants call their orders; an amended order may have several names."""

FILLS: Final = Table(
    "fills",
    METADATA,
    Column("fill_id", RowId, primary_key=True, autoincrement=False),
    Column("account_id", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("liquidity", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Two rows per trade: what each side's order got. The body is a `Fill`."""

IS_FIRST: Final = (FILLS.c.fill_id % literal_column("2")) == literal_column("0")
"""One fill of each trade, the taker's if there is one. Literals, because SQLite uses a partial
index for nothing else."""

Index("fills_of_account", FILLS.c.account_id, FILLS.c.fill_id)
Index(
    "trades_of_symbol",
    FILLS.c.symbol,
    FILLS.c.fill_id,
    sqlite_where=IS_FIRST,
    postgresql_where=IS_FIRST,
)

BUSTS: Final = Table(
    "busts",
    METADATA,
    Column("trade_id", RowId, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
)
"""One row per trade that was undone. Its fills stay, because they happened."""

PREVENTED: Final = Table(
    "prevented",
    METADATA,
    Column("sequence", RowId, primary_key=True, autoincrement=False),
    Column("account_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("prevented_of_account", "account_id", "sequence"),
)
"""One row per prevented match and account in it. The body is a `Prevented`."""

TRANSFERS: Final = Table(
    "transfers",
    METADATA,
    Column("transfer_id", RowId, primary_key=True, autoincrement=False),
    Column("account_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("transfers_of_account", "account_id", "transfer_id"),
)
"""Two rows per amount that moved outside of trades. The body is a `Transfer`."""

REQUESTS: Final = Table(
    "requests",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("body", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""One row per idempotency key, never dropped: the engine remembers the newest keys only. The body
is a `Request`, whose record is kept here because the journal may drop it."""


def _spans(name: str, part: str) -> Table:
    """Return a table of spans: one row per account, part of it, and batch that tells of it."""
    return Table(
        name,
        METADATA,
        Column("account_id", Text, nullable=False),
        Column(part, Text, nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        PrimaryKeyConstraint("account_id", part, "first"),
        sqlite_with_rowid=False,
    )


ORDER_SPANS: Final = Table(
    "order_spans",
    METADATA,
    Column("order_id", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    PrimaryKeyConstraint("order_id", "first"),
    sqlite_with_rowid=False,
)
"""Where events tell of an order; an order that began and ended in one batch has no row."""

HOLDING_SPANS: Final = _spans("holding_spans", "asset")
"""Where events other than fills tell what an account has of an asset."""

FILL_SPANS: Final = _spans("fill_spans", "symbol")
"""Where events tell of fills of an account in a symbol, or that one was undone."""

QUEUE_STEPS: Final = Table(
    "queue_steps",
    METADATA,
    Column("symbol", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("symbol", "first"),
)
"""One row per book and batch that changed it. The body is a `QueueSteps`."""

QUEUE_IMAGES: Final = Table(
    "queue_images",
    METADATA,
    Column("symbol", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("symbol", "sequence"),
)
"""A book as it was after a sequence, now and then: so that its steps need not be taken from the
first. Made from them when there is time; any may be missing."""

VERSIONS: Final = Table(
    "versions",
    METADATA,
    Column("symbol", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("symbol", "sequence"),
)
"""One row per change of an instrument. The body is a `Version`."""

TURNS: Final = Table(
    "turns",
    METADATA,
    Column("account_id", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "sequence"),
    sqlite_with_rowid=False,
)
"""One row when an account was opened, and one whenever it was reset."""

CANDLES: Final = Table(
    "candles",
    METADATA,
    Column("symbol", Text, nullable=False),
    Column("length", Integer, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("symbol", "length", "start"),
    sqlite_with_rowid=False,
)
"""One row per symbol, interval (its length in seconds) and interval in which something traded. The
body is a `Bar`."""

MARKS: Final = Table(
    "marks",
    METADATA,
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("stretch", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    PrimaryKeyConstraint("channel", "key", "stretch"),
    sqlite_with_rowid=False,
)
"""The last sequence that the stream said something with, by channel, symbol or account, and stretch
of sequences: what the next message names as its predecessor."""

CLOSES: Final = Table(
    "closes",
    METADATA,
    Column("account_id", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("length", Integer, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("amount", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "series", "length", "start"),
    sqlite_with_rowid=False,
)
"""One row per account, series (cash, or a symbol's position), interval (its length in seconds) and
interval in which it changed: a `Close`."""
