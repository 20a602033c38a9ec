"""What a trader may ask for, in the words of the scenarios.

sell 5 @ 100 stop 95                  a stop-limit; without a price a stop
sell 5 stop 95 quote                  watches the best bid instead of the last trade
sell 5 trail 3 | trail 250bps [from 110]
buy 5 peg bid +1 [@ 100]              bid, ask or mid; the price is its limit
sell 10 @ 100 show 2                  an iceberg
buy 5 @ 100 ioc least 3               a minimum quantity
... post | slide | reduce | stp decrement | day | until 5s | as name

oco: sell 5 @ 110, sell 5 stop 90     so oto: and bracket:, whose parent comes first
amend 3 to 7 @ 102 stop 94 trail 2 | 250bps, peg +2, show 3, until 5s, as name
"""

from openoutcry.model.commands import AmendOrder, EnterGroup, EnterOrder
from openoutcry.model.order import (
    GroupKind,
    OrderType,
    Peg,
    PostOnly,
    SelfTradePrevention,
    Side,
    Special,
    SpecialChange,
    TimeInForce,
    Trigger,
)
from openoutcry.model.units import AccountId, ClientOrderId, Nanos, OrderId, Symbol
from tests.scenarios.decisions import nanos

ACME = Symbol("ACME")


def on_grid(text: str) -> int | str:
    """What the door does: a whole number of ticks or lots, else the text as it was sent."""
    return int(text) if text.lstrip("+-").isdigit() else text


def asked_order(account_id: AccountId, words: list[str], now: Nanos) -> EnterOrder:
    """Read an order."""
    side, quantity, *rest = words
    asked = _Asked(now)
    while rest:
        rest = asked.take(rest)
    terms = asked.terms
    return EnterOrder(
        account_id=account_id,
        side=Side(side),
        quantity=on_grid(quantity),
        type=asked.type,
        special=Special(**asked.special) if asked.special else None,
        **terms,
    )


class _Asked:
    """The terms of an order as they are read, one after the other."""

    def __init__(self, now: Nanos) -> None:
        self.now = now
        self.terms: dict[str, object] = {"symbol": ACME}
        self.special: dict[str, object] = {}
        self.kind: OrderType | None = None

    @property
    def type(self) -> OrderType:
        if self.kind is OrderType.STOP and "price" in self.terms:
            return OrderType.STOP_LIMIT
        return self.kind or OrderType.LIMIT

    def take(self, words: list[str]) -> list[str]:  # noqa: C901, PLR0912, PLR0915 -- a table
        match words:
            case ["@", price, *rest]:
                self.terms["price"] = on_grid(price)
            case ["on", symbol, *rest]:
                self.terms["symbol"] = Symbol(symbol)
            case ["market" | "market_to_limit" as kind, *rest]:
                self.kind = OrderType(kind)
                if kind == "market":
                    self.terms.setdefault("time_in_force", TimeInForce.IOC)
            case ["gtc" | "day" | "ioc" | "fok" | "opg" | "cls" as time_in_force, *rest]:
                self.terms["time_in_force"] = TimeInForce(time_in_force)
            case ["until", span, *rest]:
                self.terms["time_in_force"] = TimeInForce.GTD
                self.special["expires_at"] = self.now + nanos(span)
            case ["post", *rest]:
                self.terms["post_only"] = PostOnly.REJECT
            case ["slide", *rest]:
                self.terms["post_only"] = PostOnly.SLIDE
            case ["as", client_order_id, *rest]:
                self.terms["client_order_id"] = ClientOrderId(client_order_id)
            case ["stop", price, *rest]:
                self.kind = OrderType.STOP
                self.special["stop_price"] = on_grid(price)
            case ["quote", *rest]:
                self.special["trigger"] = Trigger.QUOTE
            case ["trail", span, *rest]:
                self.kind = OrderType.TRAILING_STOP
                self.special |= _trail(span)
            case ["from", price, *rest]:
                self.special["activation_price"] = on_grid(price)
            case ["peg", peg, *rest]:
                self.kind = OrderType.PEGGED
                self.special["peg"] = Peg(peg)
                if rest and rest[0][0] in "+-":
                    offset, *rest = rest
                    self.special["peg_offset"] = on_grid(offset)
            case ["show", quantity, *rest]:
                self.special["display_quantity"] = on_grid(quantity)
            case ["least", quantity, *rest]:
                self.special["minimum_quantity"] = on_grid(quantity)
            case ["reduce", *rest]:
                self.special["reduce_only"] = True
            case ["stp", mode, *rest]:
                self.special["stp"] = SelfTradePrevention(mode)
            case _:
                message = f"not part of an order: {words}"
                raise ValueError(message)
        return rest


def _trail(span: str) -> dict[str, object]:
    if span.endswith("bps"):
        return {"trail_bps": int(span.removesuffix("bps"))}
    return {"trail": on_grid(span)}


def asked_group(account_id: AccountId, kind: str, words: list[str], now: Nanos) -> EnterGroup:
    """Read the orders of a group, which commas part."""
    parts = " ".join(words).split(",")
    return EnterGroup(
        account_id=account_id,
        kind=GroupKind(kind),
        orders=tuple(asked_order(account_id, part.split(), now) for part in parts),
    )


def asked_amend(
    account_id: AccountId, order_id: OrderId, words: list[str], now: Nanos
) -> AmendOrder:
    """Read what an amend changes."""
    given = dict(zip(words[::2], words[1::2], strict=True))
    change: dict[str, object] = {}
    if "trail" in given:
        change |= _trail(given["trail"])
    if "until" in given:
        change["expires_at"] = now + nanos(given["until"])
    for word, name in (
        ("stop", "stop_price"),
        ("peg", "peg_offset"),
        ("show", "display_quantity"),
    ):
        if word in given:
            change[name] = on_grid(given[word])
    return AmendOrder(
        account_id=account_id,
        order_id=order_id,
        quantity=on_grid(given["to"]) if "to" in given else None,
        price=on_grid(given["@"]) if "@" in given else None,
        client_order_id=ClientOrderId(given["as"]) if "as" in given else None,
        special=SpecialChange(**change) if change else None,
    )
