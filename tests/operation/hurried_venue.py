"""A venue that does in moments what takes another one minutes: `python -m … serve`."""

from functools import partial

from openoutcry import opening
from openoutcry.cli.main import main
from openoutcry.upkeep import upkeep

RECORDS_BETWEEN = 300
SECONDS_BETWEEN = 0.1

if __name__ == "__main__":
    upkeep.LOOK_S = 0.02
    opening.Terms = partial(
        upkeep.Terms, records_between=RECORDS_BETWEEN, seconds_between=SECONDS_BETWEEN
    )
    main()
