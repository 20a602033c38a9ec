"""What most services of this shape are: FastAPI, Pydantic, SQLAlchemy's ORM, one commit per order.

Written as fairly as its kind allows: plain endpoints run in the framework's threads, the session is
opened inside the endpoint and closed before the answer is made, and SQLite is set as the venue sets
its journal (WAL, synchronous FULL), so that an answer means the same: the order is on disk. No
row is read again after its commit. It does nothing else that the venue does: no delay, no book, no
money, no stream.
"""

import os
import sqlite3
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

CONNECTIONS: Final = int(os.environ.get("PLAIN_CONNECTIONS", "0"))
"""In the pool, shared by the framework's forty threads; 0 leaves SQLAlchemy its default."""
WAIT_S: Final = 60
"""For a connection, and for SQLite's lock."""


class Table(DeclarativeBase):
    """What the ORM keeps its tables in."""


class OrderRow(Table):
    """An order as it is stored."""

    __tablename__ = "orders"

    order_id: Mapped[int] = mapped_column(primary_key=True)
    stocks: Mapped[str]
    quantity: Mapped[int]
    status: Mapped[str]
    created_at: Mapped[datetime]


class NewOrder(BaseModel):
    """An order as it is sent."""

    model_config = ConfigDict(extra="forbid")

    stocks: Annotated[str, Field(min_length=1, max_length=64)]
    quantity: Annotated[int, Field(strict=True, gt=0)]


class Order(BaseModel):
    """An order as it is answered."""

    model_config = ConfigDict(from_attributes=True)

    order_id: int
    stocks: str
    quantity: int
    status: str
    created_at: datetime


_pool: Final[dict[str, int]] = {"pool_size": CONNECTIONS, "max_overflow": 0} if CONNECTIONS else {}
engine = create_engine(
    f"sqlite:///{os.environ['PLAIN_DATABASE']}",
    pool_timeout=WAIT_S,
    connect_args={"timeout": WAIT_S},
    **_pool,
)
app = FastAPI()


@event.listens_for(engine, "connect")
def _set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


Table.metadata.create_all(engine)


@app.post("/orders", status_code=201)
def place(order: NewOrder) -> Order:
    """Store an order and answer it."""
    with Session(engine, expire_on_commit=False) as session:
        row = OrderRow(
            stocks=order.stocks,
            quantity=order.quantity,
            status="PENDING",
            created_at=datetime.now(UTC),
        )
        session.add(row)
        session.commit()
        return Order.model_validate(row)


@app.get("/health")
def health() -> dict[str, str]:
    """Say that it is there."""
    return {"status": "ok"}
