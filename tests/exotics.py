"""Orders with special terms, groups and their amends, drawn for the workload.

Rule: most are sound and close to the market, so that they meet, trigger and follow; a few are not.
"""

from random import Random

from msgspec.structs import replace

from openoutcry.model.account import AccountStatus
from openoutcry.model.commands import AmendOrder, ChangeAccount, EnterGroup, EnterOrder
from openoutcry.model.order import (
    GroupKind,
    OrderReport,
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
from tests.stage import SECOND

KINDS = "stop stop stop_limit trailing pegged iceberg minimum reduce mode slide gtd odd"
LASTING = (TimeInForce.GTC, TimeInForce.GTC, TimeInForce.DAY, TimeInForce.GTD)
OPPOSITE = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


class Exotics:
    """What few participants ask for, drawn often."""

    def __init__(self, dice: Random, kinds: str = KINDS, wrong: float = 0.05) -> None:
        self.dice = dice
        self.kinds = kinds.split()
        self.wrong = wrong
        """How many of the groups are no groups."""

    def order(self, account_id: str, symbol: str, centre: int, at: int) -> EnterOrder:
        """Return an order with special terms."""
        kind = self.dice.choice(self.kinds)
        side = self.dice.choice(tuple(Side))
        order = getattr(self, f"_{kind}")(self._limit(account_id, symbol, side, centre))
        order = self._lasting(order, at)
        if self.dice.random() < 0.2:
            order = self._with(order, reduce_only=True)
        if self.dice.random() < 0.2:
            order = self._with(order, stp=self.dice.choice(tuple(SelfTradePrevention)))
        return order

    def _near(self, centre: int, away: int = 0) -> int:
        span = max(3, centre // 60)
        return max(1, centre + away * span + self.dice.randint(-span, span))

    def _limit(self, account_id: str, symbol: str, side: Side, centre: int) -> EnterOrder:
        return EnterOrder(
            account_id=account_id,
            symbol=symbol,
            side=side,
            type=OrderType.LIMIT,
            quantity=self.dice.randint(2, 30),
            price=self._near(centre),
        )

    def _lasting(self, order: EnterOrder, at: int) -> EnterOrder:
        """Let what lasts last for different times."""
        if order.time_in_force is not TimeInForce.GTC:
            return order
        lasts = self.dice.choice(LASTING)
        if lasts is TimeInForce.GTD:
            order = self._with(order, expires_at=at + self.dice.randint(0, 3 * SECOND))
        return replace(order, time_in_force=lasts)

    @staticmethod
    def _with(order: EnterOrder, **terms: object) -> EnterOrder:
        return replace(order, special=replace(order.special or Special(), **terms))

    def _stop(self, order: EnterOrder) -> EnterOrder:
        trigger = self.dice.choice((Trigger.LAST, Trigger.LAST, Trigger.QUOTE))
        away = 1 if order.side is Side.BUY else -1
        stop_price = self._near(order.price, self.dice.choice((0, away)))
        stopped = replace(order, type=OrderType.STOP, price=None)
        return self._with(stopped, stop_price=stop_price, trigger=trigger)

    def _stop_limit(self, order: EnterOrder) -> EnterOrder:
        return replace(self._stop(order), type=OrderType.STOP_LIMIT, price=order.price)

    def _trailing(self, order: EnterOrder) -> EnterOrder:
        trail = self.dice.choice(({"trail": self.dice.randint(1, 9)}, {"trail_bps": 137}))
        if self.dice.random() < 0.3:
            trail["activation_price"] = self._near(order.price)
        return self._with(replace(order, type=OrderType.TRAILING_STOP, price=None), **trail)

    def _pegged(self, order: EnterOrder) -> EnterOrder:
        limit = order.price if self.dice.random() < 0.3 else None
        return self._with(
            replace(order, type=OrderType.PEGGED, price=limit),
            peg=self.dice.choice(tuple(Peg)),
            peg_offset=self.dice.choice((None, -2, -1, 1, 3)),
        )

    def _iceberg(self, order: EnterOrder) -> EnterOrder:
        return self._with(order, display_quantity=self.dice.randint(1, order.quantity))

    def _minimum(self, order: EnterOrder) -> EnterOrder:
        at_once = replace(order, time_in_force=TimeInForce.IOC)
        return self._with(at_once, minimum_quantity=self.dice.randint(1, order.quantity))

    def _reduce(self, order: EnterOrder) -> EnterOrder:
        return self._with(order, reduce_only=True)

    def _mode(self, order: EnterOrder) -> EnterOrder:
        lasts = self.dice.choice((TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK))
        moded = replace(order, time_in_force=lasts)
        return self._with(moded, stp=self.dice.choice(tuple(SelfTradePrevention)))

    def _slide(self, order: EnterOrder) -> EnterOrder:
        return replace(order, post_only=PostOnly.SLIDE)

    def _gtd(self, order: EnterOrder) -> EnterOrder:
        return order

    def _odd(self, order: EnterOrder) -> EnterOrder:
        """Terms that contradict each other, or are off the grid."""
        return self._with(
            replace(order, type=self.dice.choice(tuple(OrderType))),
            **self.dice.choice(
                (
                    {"stop_price": "99.5"},
                    {"display_quantity": 99},
                    {"minimum_quantity": 2},
                    {"peg": Peg.BID},
                    {"trail": 3, "trail_bps": 3},
                )
            ),
        )

    def group(self, account_id: str, symbol: str, centre: int, at: int) -> EnterGroup:
        """Return a group of orders, mostly well formed."""
        kind = self.dice.choice(tuple(GroupKind))
        side = self.dice.choice(tuple(Side))
        parent = self._limit(account_id, symbol, OPPOSITE[side], centre)
        away = 1 if side is Side.SELL else -1
        profit = replace(parent, side=side, price=self._near(parent.price, away))
        stop = self.dice.choice((self._stop, self._stop_limit, self._trailing))(
            replace(parent, side=side, price=self._near(parent.price, -away))
        )
        if self.dice.random() < 0.2 and kind is GroupKind.OCO:
            stop = replace(stop, quantity=self.dice.randint(1, 30))
        orders = {
            GroupKind.OCO: (profit, stop),
            GroupKind.OTO: (parent, self.dice.choice((profit, stop))),
            GroupKind.BRACKET: (parent, profit, stop),
        }[kind]
        if self.dice.random() < 0.3:
            orders = tuple(self._lasting(order, at) for order in orders)
        if self.dice.random() < 0.3:
            orders = tuple(self._with(order, reduce_only=True) for order in orders)
        if self.dice.random() < self.wrong:
            orders = orders[::-1]
        return EnterGroup(account_id=account_id, kind=kind, orders=orders)

    def amend(self, report: OrderReport, at: int) -> AmendOrder:
        """Return an amend of an order with special terms: of what it has, mostly."""
        terms, special = report.terms, report.terms.special or Special()
        change: dict[str, object] = {}
        price = report.price or terms.price
        if special.stop_price is not None:
            change["stop_price"] = self._near(special.stop_price)
        if special.trail is not None:
            change["trail"] = self.dice.randint(1, 9)
        if special.peg is not None:
            change["peg_offset"] = self.dice.randint(-3, 3)
        if special.display_quantity is not None:
            change["display_quantity"] = self.dice.randint(1, terms.quantity + 2)
        if special.expires_at is not None:
            change["expires_at"] = at + self.dice.randint(0, SECOND)
        kept = {name: value for name, value in change.items() if self.dice.random() < 0.6}
        grown = self.dice.randint(1, 30) if self.dice.random() < 0.5 else None
        moved = self._near(price) if price is not None and self.dice.random() < 0.4 else None
        return AmendOrder(
            account_id=terms.account_id,
            order_id=terms.order_id,
            quantity=grown,
            price=moved,
            special=SpecialChange(**kept) if kept else None,
        )

    def account(self, account_id: str) -> ChangeAccount:
        """Return a change of how an account prevents trades with itself."""
        return ChangeAccount(
            account_id=account_id,
            status=AccountStatus.ACTIVE,
            stp=self.dice.choice(tuple(SelfTradePrevention)),
            stp_group=self.dice.choice(("", "desk")),
        )
