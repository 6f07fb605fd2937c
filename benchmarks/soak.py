"""Runs without a pause for some minutes: does anything grow?"""

import argparse
import asyncio
import time

from rich.console import Console

from benchmarks.load import Round, loaded, table_of


async def soak(minutes: float, runs: int) -> list[Round]:
    """Rounds of so many runs at once, until the time is over."""
    told: list[Round] = []
    ends = time.monotonic() + 60 * minutes
    async with loaded(0.05) as load:
        while time.monotonic() < ends:
            told.append(await load.round(runs))
    return told


def main() -> None:
    """Print about twenty of the rounds, and how memory grew over the last half."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--runs", type=int, default=20, help="at once")
    given = parser.parse_args()
    told = asyncio.run(soak(given.minutes, given.runs))
    Console().print(table_of(told, every=max(1, len(told) // 20)))
    print(f"{sum(each.answered for each in told)} of {given.runs * len(told)} runs answered")


if __name__ == "__main__":
    main()
