"""Events in the compact words of the scenarios."""

from openoutcry.model import events as told
from openoutcry.model.decimals import text_of
from openoutcry.model.order import OrderReport, OrderType


def tell(event: told.Event) -> str:  # noqa: C901, PLR0911, PLR0912 -- one line an event
    """Say what happened: ids first, then quantities, then the reason."""
    match event:
        case told.OrderPended(order=order):
            return f"pended {order.terms.order_id}"
        case told.OrderAccepted(order=order):
            return f"accepted {order.terms.order_id}{_worked_out(order)}"
        case told.OrderExecuted():
            return _executed(event)
        case told.OrderReplaced(order=order, requeued=requeued):
            what = f"replaced {order.terms.order_id} {order.terms.quantity}{_at(order)}"
            return f"{what} requeued" if requeued else what
        case told.OrderCanceled(order=order):
            return f"canceled {order.terms.order_id} {order.canceled_quantity}{_reason(order)}"
        case told.OrderExpired(order=order):
            return f"expired {order.terms.order_id} {order.prevented_quantity}{_reason(order)}"
        case told.OrderRejected():
            return f"rejected {event.reason.value}"
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
        case told.RulesAdopted():
            return f"rules {event.rules}"
        case told.CommandRefused():
            return f"refused {event.reason.value}"


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
    return "" if order.terms.type is OrderType.LIMIT else _at(order)


def _reason(order: OrderReport) -> str:
    return "" if order.reason is None else f" {order.reason.value}"
