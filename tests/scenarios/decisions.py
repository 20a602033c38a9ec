"""What the venue decides, as the scenarios write it, after `venue`:

band 500 | collar 300                basis points; 0 for none
delist [GLOBEX]
kill [bob] | revive [bob]            the kill switch, on and off
reset bob 500
tier gold -1 2                       maker and taker, basis points
put bob gold                         into a tier; `put bob nothing` out of it
margin bob 4 | cap bob 10 [GLOBEX] | quotes bob 10 5s
bust 3                               a trade, by its number
grace 60s                            from a margin call to the liquidation
sessions always 10s auction 20s continuous
"""

from msgspec.structs import replace

from openoutcry.model.account import QuoteLimit
from openoutcry.model.commands import (
    BustTrade,
    ChangeAccount,
    ChangeInstrument,
    Command,
    Configure,
    DelistInstrument,
    ResetAccount,
    SetSessions,
    SetTier,
    ThrowKillSwitch,
)
from openoutcry.model.events import OrderExecuted
from openoutcry.model.instrument import FeeRates, Phase, SessionTurn
from openoutcry.model.order import OrderReport
from openoutcry.model.units import (
    FEE_RATE_PER_BPS,
    UNIT,
    AccountId,
    Amount,
    FeeRate,
    Nanos,
    OrderId,
    Symbol,
)
from tests.stage import SECOND, Stage

ACME = Symbol("ACME")


def nanos(text: str) -> Nanos:
    """Read a span: 1s, 250ms, 5ns."""
    number = text.rstrip("mns")
    return Nanos(int(number) * {"s": SECOND, "ms": 10**6, "ns": 1}[text[len(number) :]])


def decide(stage: Stage, words: list[str]) -> Command:  # noqa: C901, PLR0911 -- a table
    """Return the command that the words after `venue` stand for."""
    match words:
        case ["band" | "collar" as name, number]:
            instrument = stage.engine.instrument(ACME)
            assert instrument is not None
            return ChangeInstrument(instrument=replace(instrument, **{name: int(number) or None}))
        case ["delist", *rest]:
            return DelistInstrument(symbol=Symbol(rest[0]) if rest else ACME)
        case ["kill" | "revive" as word, *rest]:
            who = AccountId(rest[0]) if rest else None
            return ThrowKillSwitch(on=word == "kill", account_id=who)
        case ["reset", who, cash]:
            return ResetAccount(account_id=AccountId(who), cash=Amount(int(cash) * UNIT))
        case ["tier", name, maker, taker]:
            maker_rate, taker_rate = (FeeRate(int(b) * FEE_RATE_PER_BPS) for b in (maker, taker))
            return SetTier(name=name, fees=FeeRates(maker_rate, taker_rate))
        case ["put", who, tier]:
            tier = "" if tier == "nothing" else tier
            return ChangeAccount(account_id=AccountId(who), tier=tier)
        case ["margin", who, number]:
            return ChangeAccount(account_id=AccountId(who), margin=int(number))
        case ["cap", who, number, *rest]:
            symbol = Symbol(rest[0]) if rest else ACME
            limits = {symbol: Amount(int(number) * UNIT)}
            return ChangeAccount(account_id=AccountId(who), position_limits=limits)
        case ["quotes", who, number, window]:
            limit = QuoteLimit(quantity=Amount(int(number) * UNIT), window=nanos(window))
            return ChangeAccount(account_id=AccountId(who), mass_quote=limit)
        case ["bust", trade_id]:
            return BustTrade(trade=trade_as_it_stands(stage, int(trade_id)))
        case ["grace", span]:
            return Configure(liquidation_grace=nanos(span))
        case ["sessions", calendar, *rest]:
            turns = tuple(
                SessionTurn(Nanos(stage.at + nanos(span)), Phase(phase))
                for span, phase in zip(rest[::2], rest[1::2], strict=True)
            )
            return SetSessions(calendar=calendar, turns=turns)
    message = f"the venue does not: {words}"
    raise ValueError(message)


def trade_as_it_stands(stage: Stage, trade_id: int) -> OrderExecuted:
    """What a door finds in history: the trade, and its two orders as they are now."""
    latest: dict[OrderId, OrderReport] = {}
    trade: OrderExecuted | None = None
    for record in stage.records:
        for event in record.events:
            if isinstance(event, OrderExecuted) and event.trade_id == trade_id:
                trade = event
            for name in ("order", "taker", "maker"):
                report = getattr(event, name, None)
                if report is not None:
                    latest[report.terms.order_id] = report
    assert trade is not None, f"no trade {trade_id}"
    taker, maker = (latest[report.terms.order_id] for report in (trade.taker, trade.maker))
    return replace(trade, taker=taker, maker=maker)
