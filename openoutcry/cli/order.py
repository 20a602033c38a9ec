"""`openoutcry order`: trading by hand."""

import json
from contextlib import suppress
from typing import Annotated, Final

import typer

from openoutcry.cli.api import Row, part
from openoutcry.cli.failed import Failed
from openoutcry.cli.live import NoStream, Place, subscribed
from openoutcry.cli.options import LIMIT_DEFAULT, AsJson, Limit, TradeKey, Url, trading
from openoutcry.cli.show import console, show_json, show_row, show_rows
from openoutcry.model.order import OrderType, Side, TimeInForce

COLUMNS: Final = (
    "order_id",
    "symbol",
    "side",
    "type",
    "quantity",
    "price",
    "status",
    "cum_quantity",
    "average_price",
    "created_at",
)

order = typer.Typer(
    name="order",
    help="Place, change, cancel and list orders, as the account of a key or as demo.",
    no_args_is_help=True,
)
OrderId = Annotated[int, typer.Argument(help="The venue's number of it.", show_default=False)]
OnlySymbol = Annotated[str | None, typer.Option("--symbol", help="Of this instrument only.")]
OnlySide = Annotated[Side | None, typer.Option("--side", help="Of this side only.")]


@order.command("place")
def place(  # noqa: PLR0913  (each is an option of the command)
    side: Annotated[Side, typer.Argument(show_default=False)],
    quantity: Annotated[str, typer.Argument(help="Such as 10 or 0.5.", show_default=False)],
    symbol: Annotated[str, typer.Argument(help="Such as AAPL or EUR/USD.", show_default=False)],
    *,
    price: Annotated[
        str | None, typer.Option(help="The limit; without one, a market order.")
    ] = None,
    order_type: Annotated[
        OrderType | None, typer.Option("--type", help="Else limit or market, by the price.")
    ] = None,
    time_in_force: Annotated[
        TimeInForce | None, typer.Option("--tif", help="Else gtc, for a market order ioc.")
    ] = None,
    client_order_id: Annotated[
        str | None, typer.Option(help="Your name of it: sent again, it is the same order.")
    ] = None,
    url: Url = None,
    key: TradeKey = None,
    post_only: Annotated[
        bool, typer.Option("--post-only", help="Refuse it if it would take.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Place an order: `place buy 10 AAPL --price 187.20`."""
    kind = order_type or (OrderType.MARKET if price is None else OrderType.LIMIT)
    body: Row = {"symbol": symbol, "side": side.value, "type": kind.value, "quantity": quantity}
    chosen: Row = {
        "price": price,
        "time_in_force": time_in_force.value if time_in_force is not None else None,
        "client_order_id": client_order_id,
        "post_only": "reject" if post_only else None,
    }
    body |= {name: value for name, value in chosen.items() if value is not None}
    show_row(trading(url, key).write("POST", "/orders", body), as_json=as_json)


@order.command("amend")
def amend(
    order_id: OrderId,
    quantity: Annotated[str | None, typer.Option(help="The new total.")] = None,
    price: Annotated[str | None, typer.Option(help="The new limit.")] = None,
    url: Url = None,
    key: TradeKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Change an order in place; a smaller quantity keeps its priority."""
    body: Row = {"quantity": quantity, "price": price}
    body = {name: value for name, value in body.items() if value is not None}
    if not body:
        raise typer.BadParameter("an amend has --quantity, --price or both")
    show_row(trading(url, key).write("PATCH", f"/orders/{order_id}", body), as_json=as_json)


@order.command("cancel")
def cancel(
    order_id: OrderId, url: Url = None, key: TradeKey = None, *, as_json: AsJson = False
) -> None:
    """Cancel an order."""
    show_row(trading(url, key).delete(f"/orders/{order_id}"), as_json=as_json)


@order.command("cancel-all")
def cancel_all(
    symbol: OnlySymbol = None,
    side: OnlySide = None,
    url: Url = None,
    key: TradeKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Cancel every open order of the account."""
    chosen = side.value if side is not None else None
    answer = trading(url, key).delete("/orders", symbol=symbol, side=chosen)
    canceled = answer.get("canceled")
    if as_json:
        show_json(answer)
    else:
        typer.echo(f"canceled: {len(canceled) if isinstance(canceled, list) else 0}")


@order.command("list")
def list_orders(  # noqa: PLR0913  (each is an option of the command)
    status: Annotated[str, typer.Option(help="open, closed or all.")] = "open",
    symbol: OnlySymbol = None,
    side: OnlySide = None,
    limit: Limit = LIMIT_DEFAULT,
    url: Url = None,
    key: TradeKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List orders, newest first."""
    chosen = side.value if side is not None else None
    rows = trading(url, key).read_pages("/orders", limit, status=status, symbol=symbol, side=chosen)
    show_rows(rows, COLUMNS, as_json=as_json)


@order.command("show")
def show_order(
    order_id: OrderId, url: Url = None, key: TradeKey = None, *, as_json: AsJson = False
) -> None:
    """Show an order."""
    show_row(trading(url, key).read(f"/orders/{part(order_id)}"), as_json=as_json)


@order.command("watch")
def watch(url: Url = None, key: TradeKey = None, *, as_json: AsJson = False) -> None:
    """Show every change of the account's orders as it happens, until Ctrl+C."""
    venue = trading(url, key)
    shown = console()
    with suppress(KeyboardInterrupt):
        try:
            with subscribed(Place(*venue.place), {"channel": "executions"}) as messages:
                for message in messages:
                    if as_json:
                        typer.echo(json.dumps(message))
                    elif message["type"] == "snapshot":
                        show_rows(_rows(message["orders"]), COLUMNS, as_json=False)
                    else:
                        shown.print(_line_of(message), soft_wrap=True)
        except NoStream:
            raise Failed("this venue has no stream; use `openoutcry order list`") from None


def _rows(value: object) -> list[Row]:
    assert isinstance(value, list), "orders are a list"
    return value


def _line_of(message: Row) -> str:
    """Return one change of an order as a line for a person."""
    changed = message["order"]
    assert isinstance(changed, dict), "an order is an object"
    words = [
        str(message["at"]),
        f"[bold]{message['event']}[/bold]",
        f"#{changed.get('order_id') or '-'}",
        f"{changed.get('side')} {changed.get('quantity')} {changed.get('symbol')}",
    ]
    if changed.get("price") is not None:
        words.append(f"at {changed['price']}")
    if message.get("last_quantity") is not None:
        words.append(f"[green]{message['last_quantity']} for {message['last_price']}[/green]")
    if message.get("code") is not None:
        words.append(f"[red]{message['code']}[/red]")
    elif changed.get("status") is not None:
        words.append(f"{changed['status']}, {changed.get('cum_quantity')} executed")
    return "  ".join(words)
