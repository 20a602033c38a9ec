"""The language of the scenarios: one command a line, and after the arrow everything it causes.

    alice sell 5 @ 101                   a limit order; gtc, ioc, fok or post after it
    bob   buy 5 market [fok]             protected, what is left is canceled
    bob   buy 5 market_to_limit          what is left rests at the protecting limit
    demo  simple 10 [GLOBEX] [delay 0]   the simple API's order; it waits a second unless told
    bob   cancel 3 | cancel all [GLOBEX] [buy]
    bob   amend 3 to 7 @ 102             either part may be missing
    bob   deposit 100 USD                a negative one is a withdrawal
    after 1s                             time goes by, and timers that are due fire
    venue halt | continue | close        the instrument's phase
    venue block bob | unblock bob | limit bob 2

A line may also ask, and then compares what stands:

    book         -> 99x5 98x1 / 101x5    bids / asks, best first
    bob has USD  -> 1000 held 505
    order 3      -> new 5 @ 101 cum 0 leaves 5 r0
    bob position -> 5 cost 505 realized 0

`on GLOBEX` names an instrument other than ACME. Text after `#` is for the reader; a line that
begins with `|` goes on with the one before. The complete list of events is compared, and after
each line the engine's own check and the auditor run.
"""

from typing import Final

from msgspec.structs import replace

from openoutcry.model.account import AccountStatus, Unlimited
from openoutcry.model.commands import (
    AdvanceTime,
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    ChangeAccount,
    ChangeInstrument,
    Command,
    Deposit,
    EnterOrder,
    EnterSimpleOrder,
    Listing,
    SetPhase,
)
from openoutcry.model.decimals import text_of, units_of
from openoutcry.model.instrument import Instrument, Phase
from openoutcry.model.order import Door, OrderType, PostOnly, Side, TimeInForce
from openoutcry.model.units import (
    AccountId,
    Amount,
    Asset,
    ClientOrderId,
    Nanos,
    OrderId,
    Symbol,
)
from tests.scenarios.telling import tell, tell_order
from tests.stage import SECOND, Stage, open_house

ACME: Final = Symbol("ACME")
PHASES: Final = {"halt": Phase.HALTED, "continue": Phase.CONTINUOUS, "close": Phase.CLOSED}


def play(text: str, *, listed: tuple[Instrument, ...] = (), stage: Stage | None = None) -> Stage:
    """Play a story line by line; return the stage, so that another may go on."""
    stage = stage or open_house(*listed)
    for line in _lines(text):
        asked, arrow, expected = line.partition("->")
        assert arrow, f"a line without an arrow: {line}"
        found = _play_line(stage, asked.split())
        assert found == [" ".join(part.split()) for part in expected.split("|")], line
    return stage


def _lines(text: str) -> list[str]:
    """Drop what is for the reader, and join what goes on in the next line."""
    lines: list[str] = []
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("|"):
            lines[-1] = f"{lines[-1]} {line}"
        elif line:
            lines.append(line)
    return lines


def _play_line(stage: Stage, words: list[str]) -> list[str]:  # noqa: PLR0911 -- a table
    match words:
        case ["book", *rest]:
            return [_book(stage, Symbol(rest[0]) if rest else ACME)]
        case ["order", order_id]:
            return [tell_order(stage.engine.order(OrderId(int(order_id))))]
        case [who, "has", asset]:
            total, held = (text_of(f(who, asset)) for f in (stage.total, stage.held))
            return [f"{total} held {held}"]
        case [who, "position", *rest]:
            figures = stage.engine.positions(AccountId(who))
            lots, cost, realized = figures.get(Symbol(rest[0]) if rest else ACME, (0, 0, 0))
            return [f"{lots} cost {text_of(cost)} realized {text_of(realized)}"]
        case ["after", span]:
            stage.later(nanos(span) - 1_000)  # the command itself takes a microsecond
            return _told(stage, AdvanceTime(), Door.VENUE)
        case ["venue", *rest]:
            return _told(stage, _venue(stage, rest), Door.ADMIN)
        case [who, "simple", *rest]:
            return _told(stage, _simple(who, rest), Door.SIMPLE)
        case [who, *rest]:
            door = Door.SIMULATION if who == "agent" else Door.NATIVE
            return _told(stage, _command(who, rest), door)
    message = f"no such line: {words}"
    raise ValueError(message)


def _told(stage: Stage, command: Command, door: Door) -> list[str]:
    return [tell(event) for event in stage.submit(command, door=door)] or ["nothing"]


def nanos(text: str) -> Nanos:
    """Read a span: 1s, 250ms, 5ns."""
    number = text.rstrip("mns")
    return Nanos(int(number) * {"s": SECOND, "ms": 10**6, "ns": 1}[text[len(number) :]])


def _book(stage: Stage, symbol: Symbol) -> str:
    bids, asks = stage.engine.depth(symbol, 10)
    sides = (" ".join(f"{p}x{q}" for p, q in side) or "-" for side in (bids, asks))
    return " / ".join(sides)


def _on_grid(text: str) -> int | str:
    """What the door does: a whole number of ticks or lots, else the text as it was sent."""
    return int(text) if text.lstrip("-").isdigit() else text


def _command(who: str, words: list[str]) -> Command:
    account_id = AccountId(who)
    match words:
        case ["buy" | "sell" as side, quantity, *rest]:
            return _order(account_id, Side(side), _on_grid(quantity), rest)
        case ["cancel", "all", *rest]:
            return CancelAllOrders(
                account_id=account_id,
                symbol=next((Symbol(w) for w in rest if w.isupper()), None),
                side=next((Side(w) for w in rest if w.islower()), None),
            )
        case ["cancel", order_id]:
            return CancelOrder(account_id=account_id, order_id=OrderId(int(order_id)))
        case ["amend", order_id, *rest]:
            return _amend(account_id, OrderId(int(order_id)), rest)
        case ["deposit", amount, asset]:
            units = units_of(amount)
            assert units is not None
            return Deposit(account_id=account_id, asset=Asset(asset), amount=Amount(units))
    message = f"no such command: {words}"
    raise ValueError(message)


def _order(account_id: AccountId, side: Side, quantity: int | str, words: list[str]) -> EnterOrder:
    terms: dict[str, object] = {"type": OrderType.LIMIT, "symbol": ACME}
    while words:
        match words:
            case ["@", price, *rest]:
                terms["price"] = _on_grid(price)
            case ["on", symbol, *rest]:
                terms["symbol"] = Symbol(symbol)
            case ["market" | "market_to_limit" as kind, *rest]:
                terms["type"] = OrderType(kind)
                if kind == "market":
                    terms.setdefault("time_in_force", TimeInForce.IOC)
            case ["gtc" | "ioc" | "fok" as time_in_force, *rest]:
                terms["time_in_force"] = TimeInForce(time_in_force)
            case ["post", *rest]:
                terms["post_only"] = PostOnly.REJECT
            case ["as", client_order_id, *rest]:
                terms["client_order_id"] = ClientOrderId(client_order_id)
            case _:
                message = f"not part of an order: {words}"
                raise ValueError(message)
        words = rest
    return EnterOrder(account_id=account_id, side=side, quantity=quantity, **terms)  # type: ignore[arg-type]


def _amend(account_id: AccountId, order_id: OrderId, words: list[str]) -> AmendOrder:
    given = dict(zip(words[::2], words[1::2], strict=True))
    return AmendOrder(
        account_id=account_id,
        order_id=order_id,
        quantity=_on_grid(given["to"]) if "to" in given else None,
        price=_on_grid(given["@"]) if "@" in given else None,
        client_order_id=ClientOrderId(given["as"]) if "as" in given else None,
    )


def _simple(who: str, words: list[str]) -> EnterSimpleOrder:
    quantity, *rest = words
    delay = rest[rest.index("delay") + 1] if "delay" in rest else "1s"
    return EnterSimpleOrder(
        account_id=AccountId(who),
        symbol=next((Symbol(w) for w in rest if w.isupper()), ACME),
        quantity=int(quantity),
        delay_ns=Nanos(0) if delay == "0" else nanos(delay),
        listing=Listing.CLOSED if "closed" in rest else Listing.OPEN,
    )


def _venue(stage: Stage, words: list[str]) -> Command:
    match words:
        case ["halt" | "continue" | "close" as phase, *rest]:
            return SetPhase(symbol=Symbol(rest[0]) if rest else ACME, phase=PHASES[phase])
        case ["block", who]:
            return ChangeAccount(account_id=AccountId(who), status=AccountStatus.BLOCKED)
        case ["unblock", who]:
            return ChangeAccount(account_id=AccountId(who), status=AccountStatus.ACTIVE)
        case ["limit", who, number]:
            limit = Unlimited.UNLIMITED if number == "none" else int(number)
            return ChangeAccount(account_id=AccountId(who), open_orders_max=limit)
        case ["set", name, number]:
            instrument = stage.engine.instrument(ACME)
            assert instrument is not None
            return ChangeInstrument(instrument=replace(instrument, **{name: int(number)}))
    message = f"the venue does not: {words}"
    raise ValueError(message)
