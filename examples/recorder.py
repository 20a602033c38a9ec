"""A recorder: trades and books of some symbols as JSON lines in a file.

    python examples/recorder.py --file market.jsonl --symbols AAPL,MSFT --seconds 3600

Started again with the same file it goes on after the last trade that is in it: trades come without
a gap, whatever happened to this program or to the venue meanwhile. Books begin with a snapshot.
"""

import argparse
import asyncio
from pathlib import Path

import msgspec

from openoutcry.client.async_venue import AsyncVenue
from openoutcry.client.errors import Problem
from openoutcry.client.stream.messages import Mark


class Line(msgspec.Struct):
    """What has to be known of a recorded message to go on after it."""

    channel: str
    symbol: str
    epoch: str
    sequence: int


def last_trades(file: Path) -> dict[str, Mark]:
    """Return where each symbol's trades end in a file, and cut off a line that is not whole."""
    if not file.exists():
        return {}
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        file.write_bytes(whole)
    marks = {}
    for text in whole.splitlines():
        line = msgspec.json.decode(text, type=Line)
        if line.channel == "trades":
            marks[line.symbol] = Mark(line.epoch, line.sequence)
    return marks


async def record(asked: argparse.Namespace) -> None:
    """Write what comes until the time is up or there are enough messages."""
    marks = last_trades(asked.file)
    written = 0
    async with (
        AsyncVenue(asked.url, asked.key) as venue,
        venue.stream() as stream,
    ):
        for symbol in asked.symbols.split(","):
            try:
                await stream.subscribe("trades", symbol, since=marks.get(symbol))
                await stream.subscribe("book", symbol, depth=25)
            except Problem as problem:
                print(f"{symbol}: {problem.detail}")
        with asked.file.open("ab") as file:
            async for message in stream.messages(asked.seconds):
                file.write(msgspec.json.encode(message) + b"\n")
                file.flush()
                written += 1
                if written == asked.messages:
                    break
        print(
            f"wrote {written} messages over {stream.connections} connections; "
            f"went on after {len(marks)} marks"
        )


def main() -> None:
    """Read the options and record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--key", default="", help="needed where the venue wants one")
    parser.add_argument("--symbols", default="AAPL", help="with commas between them")
    parser.add_argument("--file", type=Path, default=Path("market.jsonl"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--messages", type=int, default=0, help="stop after so many; 0: never")
    asyncio.run(record(parser.parse_args()))


if __name__ == "__main__":
    main()
