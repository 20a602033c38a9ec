"""What the calls around orders answer: batches, previews, the dead man's switch."""

from msgspec import Struct

from openoutcry.wire.orders import Order


class CancelAfter(Struct, frozen=True):
    """When all open orders of the account will be canceled; null: not at all."""

    fires_at: str | None


class BatchResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one order of a batch: `order` with 201, else `problem`."""

    status: int
    order: Order | None = None
    problem: dict[str, object] | None = None


class Batch(Struct, frozen=True):
    """What became of the orders of a batch, in order."""

    results: list[BatchResult]


class Refused(Struct, frozen=True, omit_defaults=True):
    """Why an order would be refused, and what would have been allowed."""

    code: str
    detail: str
    allowed: dict[str, str] | None = None


class Preview(Struct, frozen=True, kw_only=True):
    """What an order would come to if it were entered now."""

    refusal: Refused | None
    fills_now: str
    average_price: str | None
    notional: str
    fee: str
    hold: str
    rests: str
    sequence: int
