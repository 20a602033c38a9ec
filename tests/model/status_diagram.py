"""Draw docs/order-status.md from the table of legal transitions.

python -m tests.model.status_diagram
"""

from pathlib import Path
from typing import Final

from openoutcry.model.order import TRANSITIONS

PAGE: Final = Path(__file__).parents[2] / "docs" / "order-status.md"
INTRODUCTION: Final = """\
# The status of an order

Drawn from `TRANSITIONS` in `openoutcry/model/order.py` by `python -m tests.model.status_diagram`; a
test fails when the two differ. The names are FIX's OrdStatus (tag 39). `new` to itself is a
replacement or a stop that triggers, `partially_filled` to itself a replacement or another fill.
`held` is a leg that waits for its parent. What has no way out is final; only a
bust corrects it, `filled` to `canceled`.
"""


def draw() -> str:
    """Return the page."""
    lines = ["stateDiagram-v2", "[*] --> pending_new", "[*] --> held", "[*] --> new"]
    for status, following in TRANSITIONS.items():
        lines += [f"{status.value} --> {after.value}" for after in following]
    finals = [status for status, following in TRANSITIONS.items() if not following]
    lines += [f"{status.value} --> [*]" for status in finals]
    drawn = "\n".join([lines[0], *(f"    {line}" for line in lines[1:])])
    return f"{INTRODUCTION}\n```mermaid\n{drawn}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf-8")
