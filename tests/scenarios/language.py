"""The language of the scenarios: one command a line, and after the arrow everything it causes.

    alice sell 5 @ 101                   a limit order; gtc, ioc, fok or post after it
    alice sell 5 stop 95                 and all the other terms: see `asking`
    bob   buy 5 market [fok]             protected, what is left is canceled
    bob   buy 5 market_to_limit          what is left rests at the protecting limit
    demo  simple 10 [GLOBEX] [delay 0]   the simple API's order; it waits a second unless told
    bob   cancel 3 | cancel all [GLOBEX] [buy] | cancel after 5s | cancel after off
    bob   amend 3 to 7 @ 102             either part may be missing
    bob   deposit 100 USD                a negative one is a withdrawal
    after 1s                             time goes by, and timers that are due fire
    venue halt | continue | close        the instrument's phase
    venue block bob | unblock bob | limit bob 2
    venue stp bob decrement | kin bob desk | kin bob none    self-trade prevention
    venue preopen | call                 orders accumulate; leaving it uncrosses
    venue ...                            more of it in `decisions`

A line may also ask, and then compares what stands:

    book         -> 99x5 98x1 / 101x5    bids / asks, best first
    queue        -> 1:99x5 / 2:101x5     every order as it is shown, in the order it would trade
    bob has USD  -> 1000 held 505
    order 3      -> new 5 @ 101 cum 0 leaves 5 r0
    bob position -> 5 cost 505 realized 0
    auction      -> 101 paired 5 imbalance 3 buy
    bob margin   -> equity 1000 exposure 500 maintenance 125

`on GLOBEX` names an instrument other than ACME. Text after `#` is for the reader; a line that
begins with `|` goes on with the one before. The complete list of events is compared, and after
each line the engine's own check and the auditor run.
"""

from typing import Final

from msgspec.structs import replace

from openoutcry.model.account import AccountStatus, Unlimited
from openoutcry.model.commands import (
    AdvanceTime,
    CancelAllOrders,
    CancelOrder,
    ChangeAccount,
    ChangeInstrument,
    Command,
    Deposit,
    EnterSimpleOrder,
    Listing,
    SetCancelAfter,
    SetPhase,
)
from openoutcry.model.decimals import text_of, units_of
from openoutcry.model.instrument import Instrument, Phase
from openoutcry.model.order import Door, SelfTradePrevention, Side
from openoutcry.model.units import (
    AccountId,
    Amount,
    Asset,
    Nanos,
    OrderId,
    Symbol,
)
from tests.scenarios.asking import asked_amend, asked_group, asked_order
from tests.scenarios.decisions import decide, nanos
from tests.scenarios.telling import tell, tell_auction, tell_margin, tell_order
from tests.stage import Stage, open_house

ACME: Final = Symbol("ACME")
PHASES: Final = {
    "halt": Phase.HALTED,
    "continue": Phase.CONTINUOUS,
    "close": Phase.CLOSED,
    "call": Phase.AUCTION,
    "preopen": Phase.PRE_OPEN,
}


def play(text: str, *, listed: tuple[Instrument, ...] = (), stage: Stage | None = None) -> Stage:
    """Play a story line by line; return the stage, so that another may go on."""
    stage = stage or open_house(*listed)
    for line in _lines(text):
        asked, arrow, expected = line.partition("->")
        assert arrow, f"a line without an arrow: {line}"
        found = _play_line(stage, asked.split())
        wanted = [" ".join(part.split()) for part in expected.split("|")]
        assert found == wanted, f"{line}\nfound: {' | '.join(found)}"
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


def _play_line(stage: Stage, words: list[str]) -> list[str]:  # noqa: C901, PLR0911 -- a table
    match words:
        case ["book", *rest]:
            return [_book(stage, Symbol(rest[0]) if rest else ACME)]
        case ["queue", *rest]:
            return [_queue(stage, Symbol(rest[0]) if rest else ACME)]
        case ["order", order_id]:
            return [tell_order(stage.engine.order(OrderId(int(order_id))))]
        case [who, "has", asset]:
            total, held = (text_of(f(who, asset)) for f in (stage.total, stage.held))
            return [f"{total} held {held}"]
        case [who, "position", *rest]:
            figures = stage.engine.positions(AccountId(who))
            lots, cost, realized = figures.get(Symbol(rest[0]) if rest else ACME, (0, 0, 0))
            return [f"{lots} cost {text_of(cost)} realized {text_of(realized)}"]
        case ["auction", *rest]:
            return [tell_auction(stage.engine.auction(Symbol(rest[0]) if rest else ACME))]
        case [who, "margin"]:
            return [tell_margin(stage.engine.margin(AccountId(who), Asset("USD")))]
        case ["after", span]:
            stage.later(nanos(span) - 1_000)  # the command itself takes a microsecond
            return _told(stage, AdvanceTime(), Door.VENUE)
        case ["venue", *rest]:
            return _told(stage, _venue(stage, rest), Door.ADMIN)
        case [who, "simple", *rest]:
            return _told(stage, _simple(who, rest), Door.SIMPLE)
        case [who, *rest]:
            door = Door.SIMULATION if who == "agent" else Door.NATIVE
            # The command comes a microsecond after what was before it.
            return _told(stage, _command(who, rest, Nanos(stage.at + 1_000)), door)
    message = f"no such line: {words}"
    raise ValueError(message)


def _told(stage: Stage, command: Command, door: Door) -> list[str]:
    return [tell(event) for event in stage.submit(command, door=door)] or ["nothing"]


def _book(stage: Stage, symbol: Symbol) -> str:
    bids, asks = stage.engine.depth(symbol, 10)
    sides = (" ".join(f"{p}x{q}" for p, q in side) or "-" for side in (bids, asks))
    return " / ".join(sides)


def _queue(stage: Stage, symbol: Symbol) -> str:
    """Every order as it is shown, in the order in which it would trade."""
    sides = stage.engine.queue(symbol)
    return " / ".join(
        " ".join(f"{o.order_id}:{o.price}x{o.quantity}" for o in side) or "-" for side in sides
    )


def _command(who: str, words: list[str], now: Nanos) -> Command:  # noqa: PLR0911 -- a table
    account_id = AccountId(who)
    match words:
        case ["buy" | "sell", _, *_]:
            return asked_order(account_id, words, now)
        case ["oco:" | "oto:" | "bracket:" as kind, *rest]:
            return asked_group(account_id, kind.removesuffix(":"), rest, now)
        case ["cancel", "after", span]:
            timeout = Nanos(0) if span == "off" else nanos(span)
            return SetCancelAfter(account_id=account_id, timeout=timeout)
        case ["cancel", "all", *rest]:
            return CancelAllOrders(
                account_id=account_id,
                symbol=next((Symbol(w) for w in rest if w.isupper()), None),
                side=next((Side(w) for w in rest if w.islower()), None),
            )
        case ["cancel", order_id]:
            return CancelOrder(account_id=account_id, order_id=OrderId(int(order_id)))
        case ["amend", order_id, *rest]:
            return asked_amend(account_id, OrderId(int(order_id)), rest, now)
        case ["deposit", amount, asset]:
            units = units_of(amount)
            assert units is not None
            return Deposit(account_id=account_id, asset=Asset(asset), amount=Amount(units))
    message = f"no such command: {words}"
    raise ValueError(message)


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


def _venue(stage: Stage, words: list[str]) -> Command:  # noqa: PLR0911 -- a table
    match words:
        case ["halt" | "continue" | "close" | "call" | "preopen" as phase, *rest]:
            return SetPhase(symbol=Symbol(rest[0]) if rest else ACME, phase=PHASES[phase])
        case ["block", who]:
            return ChangeAccount(account_id=AccountId(who), status=AccountStatus.BLOCKED)
        case ["unblock", who]:
            return ChangeAccount(account_id=AccountId(who), status=AccountStatus.ACTIVE)
        case ["limit", who, number]:
            limit = Unlimited.UNLIMITED if number == "none" else int(number)
            return ChangeAccount(account_id=AccountId(who), open_orders_max=limit)
        case ["stp", who, mode]:
            return ChangeAccount(account_id=AccountId(who), stp=SelfTradePrevention(mode))
        case ["kin", who, group]:
            group = "" if group == "none" else group
            return ChangeAccount(account_id=AccountId(who), stp_group=group)
        case ["set", name, number]:
            instrument = stage.engine.instrument(ACME)
            assert instrument is not None
            return ChangeInstrument(instrument=replace(instrument, **{name: int(number)}))
        case _:
            return decide(stage, words)
