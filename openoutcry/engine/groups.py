"""Groups: orders that enter together, wholly or not at all, and legs that wait for their parent.

    oco       two orders of one side; when one ends the other does
    oto       a parent, and a leg that is held until the parent is completely filled
    bracket   a parent, then two held exits that are `oco` with each other

Rule: held legs reserve nothing and are checked again, like fresh orders, when they are released.
"""

from typing import Final

from msgspec.structs import replace

from openoutcry.engine import bonds, specials
from openoutcry.engine.market import Market
from openoutcry.engine.recounting import recounted
from openoutcry.engine.refusing import allowed_by
from openoutcry.engine.special_order import STOPS, SpecialOrder
from openoutcry.engine.state import State
from openoutcry.engine.vetting import Plan, vet_again, vet_held, vet_new
from openoutcry.ledger.ledger import LedgerAccount
from openoutcry.model.commands import EnterGroup, EnterOrder
from openoutcry.model.events import OrderHeld, OrderRejected
from openoutcry.model.order import GroupKind, OrderStatus, OrderType, Side, Special
from openoutcry.model.reasons import Reason
from openoutcry.model.record import Entry
from openoutcry.model.units import OrderId, Symbol
from openoutcry.risk.checks import Refusal
from openoutcry.risk.combinations import LASTING

LEGS: Final = {GroupKind.OCO: 2, GroupKind.OTO: 2, GroupKind.BRACKET: 3}
"""How many orders a group has, the parent included."""
RESTING: Final = (OrderType.LIMIT, OrderType.PEGGED, *STOPS)
"""The types that can stay at market, which the legs of a pair must."""


def enter_group(state: State, entry: Entry, command: EnterGroup) -> None:
    """Enter all orders of a group, or refuse it for the first of them that is refused."""
    if not _has_shape(command):
        return _reject(state, command, 0, Refusal(Reason.NOT_ALLOWED_COMBINATION))
    commands = _named(state, command)
    places: list[tuple[Market, LedgerAccount]] = []
    plans: list[Plan] = []
    for number, sent in enumerate(commands):
        place = specials.whereabouts(state, sent)
        if isinstance(place, Refusal):
            return _reject(state, command, number, place)
        market, account = place
        asked, grid = sent, market.instrument.grid
        if sent.grid is not None and sent.grid != grid:
            asked = commands[number] = recounted(sent, sent.grid, grid)
        is_held = number > 0 and command.kind is not GroupKind.OCO
        vet = vet_held if is_held else vet_new
        plan = vet(state, account, market, asked, entry.door, before=tuple(plans))
        if isinstance(plan, Refusal):
            return _reject(state, command, number, plan)
        places.append(place)
        plans.append(plan)
    if command.kind is GroupKind.OCO:
        refusal = _cannot_hold(places[0], commands[0].side, plans)
        if refusal is not None:
            return _reject(state, command, 0, refusal)
    orders = [
        specials.admit(state, entry, asked, market, account)
        for asked, (market, account) in zip(commands, places, strict=True)
    ]
    if command.kind is GroupKind.OCO:
        _enter_pair(state, orders, plans)
    else:
        _enter_parent(state, orders, plans[0])
    return None


def _has_shape(command: EnterGroup) -> bool:
    """Say whether the orders are those that a group of this kind has."""
    orders = command.orders
    if len(orders) != LEGS[command.kind]:
        return False
    if any(order.account_id != command.account_id for order in orders):
        return False
    match command.kind:
        case GroupKind.OTO:
            return True
        case GroupKind.OCO:
            return _is_pair(*orders)
        case GroupKind.BRACKET:
            return _is_pair(*orders[1:]) and _are_exits(*orders)


def _is_pair(one: EnterOrder, other: EnterOrder) -> bool:
    """Say whether two orders can stay at market beside each other."""
    may_rest = all(
        order.type in RESTING and order.time_in_force in LASTING for order in (one, other)
    )
    return may_rest and one.symbol == other.symbol and one.side is other.side


def _are_exits(parent: EnterOrder, profit: EnterOrder, stop: EnterOrder) -> bool:
    """Say whether two legs close what their parent opens, one with a profit, one with a loss."""
    return (
        parent.symbol == profit.symbol
        and parent.side is not profit.side
        and parent.quantity == profit.quantity == stop.quantity
        and profit.type is OrderType.LIMIT
        and stop.type in STOPS
    )


def _named(state: State, command: EnterGroup) -> list[EnterOrder]:
    """Return the orders with the name of their group, and of the parent that they wait for."""
    first = OrderId(state.last_order_id + 1)
    parents = [None, None if command.kind is GroupKind.OCO else first, first]
    return [
        replace(
            order,
            special=replace(
                order.special or Special(), group_id=f"g{first}", parent_id=parents[number]
            ),
        )
        for number, order in enumerate(command.orders)
    ]


def _enter_parent(state: State, orders: list[SpecialOrder], plan: Plan) -> None:
    """Let a parent go to market, and its legs wait."""
    parent, *legs = orders
    specials.accept(state, parent, plan, plan.need_per_lot)
    for leg in legs:
        leg.status = OrderStatus.HELD
        leg.conceal()
        state.note(leg)
        state.events.append(OrderHeld(order=leg.report()))
    specials.proceed(state, parent, plan)


def _enter_pair(state: State, legs: list[SpecialOrder], plans: list[Plan]) -> None:
    """Let two legs go to market with one hold, in the order given; what is still there enters."""
    held = bonds.shares(*(bonds.Need(plan.leaves, plan.need_per_lot) for plan in plans))
    for leg, plan, held_per_lot in zip(legs, plans, held, strict=True):
        specials.accept(state, leg, plan, held_per_lot)
    for leg, plan in zip(legs, plans, strict=True):
        if leg.is_live():
            specials.proceed(state, leg, plan)


def _cannot_hold(
    place: tuple[Market, LedgerAccount], side: Side, plans: list[Plan]
) -> Refusal | None:
    """Say why an account cannot hold what a pair needs, if its legs are of different quantities."""
    market, account = place
    grid = market.instrument.grid
    needed = bonds.joint(*(bonds.Need(plan.leaves, plan.need_per_lot) for plan in plans))
    available = account.available(grid.currency if side is Side.BUY else grid.asset)
    # On margin nothing is held, and less than nothing may be there.
    if not needed or needed <= available:
        return None
    reason = Reason.INSUFFICIENT_FUNDS if side is Side.BUY else Reason.INSUFFICIENT_ASSET
    return Refusal(reason, {"available": available, "needed": needed})


def release_next(state: State) -> bool:
    """Let the legs of a filled parent go to market; say whether there were any."""
    released = state.links.released
    if not released:
        return False
    group = state.links.groups.get(released.pop(0), [])
    legs = [order for order in group if order.status is OrderStatus.HELD]
    plans: list[Plan] = []
    for leg in legs:
        plan = vet_again(state, leg, before=tuple(plans))
        if isinstance(plan, Refusal):
            state.cancel(leg, plan.reason)
            return True
        plans.append(plan)
    refusal = None
    if len(legs) > 1:
        refusal = _cannot_hold((legs[0].market, legs[0].account), legs[0].side, plans)
    if refusal is not None:
        state.cancel(legs[0], refusal.reason)
    elif len(legs) == 1:
        specials.accept(state, legs[0], plans[0], plans[0].need_per_lot)
        specials.proceed(state, legs[0], plans[0])
    elif legs:
        _enter_pair(state, legs, plans)
    return True


def _reject(state: State, command: EnterGroup, number: int, refusal: Refusal) -> None:
    asked = command.orders[number] if command.orders else None
    state.events.append(
        OrderRejected(
            account_id=command.account_id,
            symbol=asked.symbol if asked is not None else Symbol(""),
            reason=refusal.reason,
            allowed=allowed_by(state, refusal),
            client_order_id=asked.client_order_id if asked is not None else None,
            leg=number,
        )
    )
