"""`openoutcry ca`: certificates of one's own, so that a venue speaks TLS without a proxy."""

from pathlib import Path
from typing import Annotated, Final

import typer

from openoutcry.cli.certificates import NAMES_MAX, SERVER_DAYS, open_authority
from openoutcry.cli.options import AsJson
from openoutcry.cli.show import show_row

LOCAL: Final = ("localhost", "127.0.0.1", "::1")
"""What every certificate is good for."""


def ca(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME…]",
            help="Hosts and addresses beside localhost, such as venue.lan or 10.0.0.5.",
            show_default=False,
        ),
    ] = None,
    folder: Annotated[
        Path, typer.Option("--dir", help="Where the authority and the certificate are kept.")
    ] = Path("certificates"),
    days: Annotated[
        int, typer.Option(min=1, max=3_650, help="How long the server's certificate is good for.")
    ] = SERVER_DAYS,
    *,
    as_json: AsJson = False,
) -> None:
    """Make a certificate for this venue's server, and the authority that signs it.

    The authority is made once and used again: whoever trusts its ca.pem trusts later certificates,
    which the same command makes. Keep ca.key to yourself: with it anybody is everybody.
    """
    wanted = tuple(dict.fromkeys((*(names or ()), *LOCAL)))
    if len(wanted) > NAMES_MAX:
        raise typer.BadParameter(f"a certificate has at most {NAMES_MAX} names")
    authority = open_authority(folder)
    made = authority.certify(wanted, days)
    show_row(
        {
            "authority": str(authority.path),
            "certificate": str(made.certificate),
            "key": str(made.key),
            "names": list(wanted),
            "expires_at": made.expires_at,
            "serve": f"openoutcry serve --certificate {made.certificate} --key {made.key}",
            "trust": f"SSL_CERT_FILE={authority.path} openoutcry … --url https://localhost:8000",
        },
        as_json=as_json,
    )
