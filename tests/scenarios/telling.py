"""Events in the compact words of the scenarios."""

from openoutcry.engine.auctions import Figures
from openoutcry.model import events as told
from openoutcry.model.account import MarginFigures
from openoutcry.model.decimals import text_of
from openoutcry.model.instrument import Indicative
from openoutcry.model.order import OrderReport, OrderType


def tell(event: told.Event) -> str:  # noqa: C901, PLR0911, PLR0912, PLR0915 -- a line an event
    """Say what happened: ids first, then quantities, then the reason."""
    match event:
        case told.OrderPended(order=order):
            return f"pended {order.terms.order_id}"
        case told.OrderAccepted(order=order):
            what = f"accepted {order.terms.order_id}{_worked_out(order)}"
            cut = order.canceled_quantity
            return f"{what} less {cut}" if cut else what
        case told.OrderHeld(order=order):
            return f"held {order.terms.order_id}"
        case told.OrderTriggered(order=order):
            return f"triggered {order.terms.order_id}{_worked_out(order)}"
        case told.OrderRested(order=order):
            return f"rested {order.terms.order_id} {_shown(order)}{_at(order)}"
        case told.OrderAllotted(order_id=order_id, shown=shown):
            return f"allotted {order_id} {shown}"
        case told.OrderRestated(order=order, reason=reason):
            why = f" {reason.value}" if reason is not None else ""
            return f"restated {order.terms.order_id} {order.leaves_quantity}{why}"
        case told.MatchPrevented(order=order):
            met = {event.order_id, event.resting_order_id} - {order.terms.order_id}
            return f"prevented {order.terms.order_id}x{met.pop()} {event.quantity}"
        case told.OrderExecuted():
            return _executed(event)
        case told.OrderReplaced(order=order, requeued=requeued):
            what = f"replaced {order.terms.order_id} {order.terms.quantity}{_at(order)}"
            return f"{what} requeued" if requeued else what
        case told.OrderCanceled(order=order):
            return f"canceled {order.terms.order_id} {order.canceled_quantity}{_reason(order)}"
        case told.OrderExpired(order=order):
            left = order.canceled_quantity or order.prevented_quantity
            return f"expired {order.terms.order_id} {left}{_reason(order)}"
        case told.OrderRejected():
            leg = f" leg {event.leg + 1}" if event.leg is not None else ""
            return f"rejected {event.reason.value}{leg}"
        case told.CancelRejected():
            return f"cancel_rejected {event.reason.value}"
        case told.ReplaceRejected():
            return f"amend_rejected {event.reason.value}"
        case told.FundsMoved():
            amount = text_of(event.amount)
            return f"{event.kind.value} {event.account_id} {amount} {event.asset}"
        case told.AccountOpened(account=account):
            return f"opened {account.account_id}"
        case told.AccountChanged(account=account):
            return f"changed {account.account_id}"
        case told.KeyAdded(key=key):
            return f"key {key.key_id}"
        case told.KeyRevoked():
            return f"revoked {event.key_id}"
        case told.InstrumentListed(instrument=instrument):
            return f"listed {instrument.symbol}"
        case told.InstrumentChanged(instrument=instrument):
            return f"changed {instrument.symbol}"
        case told.PhaseChanged():
            return f"phase {event.symbol} {event.phase.value}"
        case told.InstrumentDelisted():
            return f"delisted {event.instrument.symbol}"
        case told.SessionsSet():
            return f"sessions {event.calendar} {len(event.turns)}"
        case told.IndicativeChanged():
            return f"indicative {tell_indicative(event.indicative)}"
        case told.BandSet():
            ends = "none" if event.lower is None else f"{event.lower} {event.upper}"
            return f"band {event.symbol} {ends}"
        case told.OrderSuspended():
            return f"suspended {event.order.terms.order_id}"
        case told.OrderResumed():
            return f"resumed {event.order.terms.order_id}"
        case told.TradeBusted():
            return f"busted {event.trade_id}"
        case told.AccountReset():
            return f"reset {event.account.account_id}"
        case told.TierSet():
            return f"tier {event.name}"
        case told.KillSwitchThrown():
            return f"{'killed' if event.on else 'revived'} {event.account_id or 'venue'}"
        case told.MarginCalled():
            figures = f"equity {text_of(event.equity)} maintenance {text_of(event.maintenance)}"
            return f"margin_called {event.account_id} {figures}"
        case told.CancelAfterSet():
            return f"cancel_after {event.account_id} {'off' if event.fires_at is None else 'on'}"
        case told.MarginRestored():
            return f"margin_restored {event.account_id}"
        case told.Configured():
            return "configured"
        case told.RulesAdopted():
            return f"rules {event.rules}"
        case told.CommandRefused():
            return f"refused {event.reason.value}"


def tell_indicative(indicative: Indicative) -> str:
    """Say what an auction would come to."""
    if indicative.price is None:
        return "nothing"
    side = {1: " buy", 0: "", -1: " sell"}[(indicative.imbalance > 0) - (indicative.imbalance < 0)]
    left = f"imbalance {abs(indicative.imbalance)}{side}"
    return f"{indicative.price} paired {indicative.paired} {left}"


def tell_auction(figures: Figures | None) -> str:
    """Say what an auction would come to, where there is one."""
    return "none" if figures is None else tell_indicative(figures.indicative)


def tell_margin(figures: MarginFigures | None) -> str:
    """Say how an account stands at the present marks."""
    if figures is None:
        return "none"
    equity, exposure, maintenance = (
        text_of(amount) for amount in (figures.equity, figures.exposure, figures.maintenance)
    )
    return f"equity {equity} exposure {exposure} maintenance {maintenance}"


def tell_order(order: OrderReport | None) -> str:
    """Say how a live order stands."""
    if order is None:
        return "gone"
    what = f"{order.status.value} {order.terms.quantity}{_at(order)}"
    return f"{what} cum {order.cum_quantity} leaves {order.leaves_quantity} r{order.revision}"


def _executed(event: told.OrderExecuted) -> str:
    ids = f"{event.taker.terms.order_id}x{event.maker.terms.order_id}"
    what = f"executed {ids} {event.quantity} @ {event.price}"
    if event.taker_fee or event.maker_fee:
        what += f" fees {text_of(event.taker_fee)} {text_of(event.maker_fee)}"
    return what


def _at(order: OrderReport) -> str:
    return "" if order.price is None else f" @ {order.price}"


def _worked_out(order: OrderReport) -> str:
    """The limit, where it was not sent."""
    is_sent = order.price == order.terms.price and order.terms.type is not OrderType.PEGGED
    return "" if is_sent else _at(order)


def _shown(order: OrderReport) -> int:
    return order.leaves_quantity - order.hidden_quantity


def _reason(order: OrderReport) -> str:
    return "" if order.reason is None else f" {order.reason.value}"
