"""What `/ws` must have said about a record, worked out again from the events alone."""

from openoutcry.model import events
from openoutcry.model.order import Door

STATUS = {
    "pending_new": "PENDING",
    "new": "PENDING",
    "partially_filled": "PENDING",
    "filled": "EXECUTED",
    "canceled": "CANCELLED",
    "expired": "CANCELLED",
    "rejected": "CANCELLED",
}


def shown(record, last_shown):
    """Return the messages of one record as far as they can be told from outside.

    `last_shown` is what each order showed before, and follows.
    """
    found = {}
    for event in record.events:
        if isinstance(event, events.OrderExecuted):
            reports = [event.maker, event.taker]
        else:
            report = getattr(event, "order", None)
            reports = [] if report is None else [report]
        for report in reports:
            if report.terms.door is not Door.SIMPLE:
                continue
            kept = found.get(key := (report.terms.order_id, isinstance(event, events.OrderPended)))
            # Joining the book after a fill, for one, changes nothing that is shown.
            if kept is None or (kept.status, kept.cum_quantity) != (
                report.status,
                report.cum_quantity,
            ):
                found[key] = report
    messages = []
    for (order_id, _), report in found.items():
        picture = (STATUS[report.status.value], report.cum_quantity)
        if last_shown.get(order_id) != picture:
            last_shown[order_id] = picture
            messages.append((report.sequence, order_id, *picture))
    return sorted(messages)
