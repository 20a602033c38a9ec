"""`openoutcry` and `python -m openoutcry`: every subcommand in its place.

Exit codes: 0 done, 1 could not be done (one sentence on standard error says why), 2 wrong usage.
`serve` has two more: 3 when the venue cannot start, 70 when a fault stopped it.
"""

import typer

from openoutcry.cli.account import account
from openoutcry.cli.backup import backup
from openoutcry.cli.book import book
from openoutcry.cli.ca import ca
from openoutcry.cli.doctor import doctor
from openoutcry.cli.export import export
from openoutcry.cli.instrument import instrument
from openoutcry.cli.key import key
from openoutcry.cli.order import order
from openoutcry.cli.oversight import bust, kill_switch, tier
from openoutcry.cli.serve import serve
from openoutcry.cli.verify import verify
from openoutcry.version import VERSION

cli = typer.Typer(
    name="openoutcry",
    help="A trading venue of your own: a real exchange in one process.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
RUN = "The venue"
TRADE = "Trading"
ADMINISTER = "Administration (needs the admin key)"


@cli.callback()
def root() -> None:
    """Run, use and look after a venue; settings come from OPENOUTCRY_… variables or a .env file."""


@cli.command(rich_help_panel=RUN)
def version() -> None:
    """Say which edition this is."""
    typer.echo(VERSION)


cli.command(rich_help_panel=RUN)(serve)
cli.command(rich_help_panel=RUN)(verify)
cli.command(rich_help_panel=RUN)(backup)
cli.command(rich_help_panel=RUN)(export)
cli.command(rich_help_panel=RUN)(doctor)
cli.command(rich_help_panel=RUN)(ca)
cli.add_typer(order, rich_help_panel=TRADE)
cli.command(rich_help_panel=TRADE)(book)
cli.add_typer(account, rich_help_panel=ADMINISTER)
cli.add_typer(key, rich_help_panel=ADMINISTER)
cli.add_typer(instrument, rich_help_panel=ADMINISTER)
cli.command(rich_help_panel=ADMINISTER)(tier)
cli.command(rich_help_panel=ADMINISTER)(bust)
cli.command("kill-switch", rich_help_panel=ADMINISTER)(kill_switch)


def main() -> None:
    """Run the command line."""
    cli(prog_name="openoutcry")
