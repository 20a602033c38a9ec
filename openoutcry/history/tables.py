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

SCHEMA: Final = 3
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
    # All that a list can be filtered by, but for the side: rows passed over are not fetched.
    Index("orders_of_account", "account_id", "order_id", "door", "status", "symbol", "created_at"),
)
"""One row per order that was accepted, as it stands. `shown` is what the list of its door shows of
it for good, made when it ended: such a list is put together by the database, without Python."""

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

IS_TAKER: Final = FILLS.c.liquidity == literal_column("'taker'")
"""One fill of each trade. A literal, because SQLite uses a partial index for nothing else."""

Index("fills_of_account", FILLS.c.account_id, FILLS.c.fill_id)
Index(
    "trades_of_symbol",
    FILLS.c.symbol,
    FILLS.c.fill_id,
    sqlite_where=IS_TAKER,
    postgresql_where=IS_TAKER,
)

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
