"""What leaders look at, in a large home: the pages over HTTP and the map in Chromium, beside folium as it comes.

    python -m benchmarks leaders [--world FOLDER] [--cells 20000] [--cases 100000] [--rounds 3] [--no-browser]

Ours is ``gridmediate serve`` with the settings of production; each page is asked for in turn with the others.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from benchmarks.asked import a_filing, first_cell
from benchmarks.drawn import drawn
from benchmarks.report import Timing, load, machine, table
from benchmarks.served import Answer, Browser, ours
from benchmarks.unfold import unfolded
from benchmarks.world import COUNTY
from gridmediate.services.grid import Grid, local_day

_WARM = 2
#: What is measured → who asks, and for which address; {month} is the last whole one.
PAGES = {
    "counts of all cells, now": ("county", f"/map/counts?street={COUNTY}&level=cell&months=1"),
    "counts of all cells, 12 months": ("county", f"/map/counts?street={COUNTY}&level=cell"),
    "counts of all streets, 12 months": ("county", f"/map/counts?street={COUNTY}&level=street"),
    "days to settle of all cells": ("county", f"/map/counts?street={COUNTY}&level=cell&months=1&measure=median_days"),
    "map of the county": ("county", f"/map?street={COUNTY}"),
    "table of the county": ("county", f"/map?street={COUNTY}&view=table"),
    "levels of settlement by street": ("county", f"/map?street={COUNTY}&view=levels"),
    "outlines of all cells": ("county", f"/map/geometry?street={COUNTY}&level=cell"),
    "figures of the county, a month": ("county", "/figures?period={month}"),
    "returns that streets issued": ("county", "/figures/returns?period={month}"),
    "stuck board of the county": ("county", "/stuck"),
    "figures of a street with 20,000 cases, a year": ("leader", "/figures?period={year}"),
    "returns of that street, a month": ("leader", "/figures/returns?period={month}"),
    "stuck board of that street": ("leader", "/stuck"),
    "briefings of that street": ("leader", "/briefings"),
}


def main() -> None:
    """Build what is missing, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--world", type=Path, default=Path(tempfile.gettempdir()) / "gridmediate-benchmark")
    asked.add_argument("--cases", type=int, default=100_000)
    asked.add_argument("--cells", type=int, default=20_000)
    asked.add_argument("--rounds", type=int, default=3, help="of five requests of each kind, in turns")
    asked.add_argument("--no-browser", action="store_true", help="leave Chromium out")
    options = asked.parse_args()
    print(f"{machine()}\nhome of {options.cases:,} cases in {options.cells:,} cells", flush=True)
    world = unfolded(options.world, options.cases, options.cells)
    grid = world.grid()
    with ExitStack() as running:
        logs = Path(running.enter_context(tempfile.TemporaryDirectory()))
        server = running.enter_context(ours(world, logs / "ours"))
        print(_pages(server.port, grid, options.rounds), flush=True)
        resident, own = server.memory_mb()[0]
        print(f"\nmemory of the worker: {resident:.0f} MB resident, {own:.0f} MB its own share; {load()}", flush=True)
        if not options.no_browser:
            print(drawn(server.port, grid, logs))


def _pages(port: int, grid: Grid, rounds: int) -> str:
    people = {"county": Browser(port).sign_in("county"), "leader": Browser(port).sign_in("leader-1")}
    worker, cell = Browser(port).sign_in(f"worker-{first_cell(grid, 1)}"), first_cell(grid, 1)
    today = local_day(datetime.now(UTC))
    last = today.replace(day=1) - timedelta(days=1)
    words = {"month": f"{last:%Y-%m}", "year": str(today.year)}
    asks: dict[str, Callable[[], Answer]] = {
        name: partial(people[who].get, path.format(**words)) for name, (who, path) in PAGES.items()}
    random = Random(11)

    def after_a_filing() -> Answer:
        if worker.post("/cases", a_filing(grid, cell, random)).status != 303:
            raise SystemExit("the filing was refused")
        return people["county"].get(PAGES["counts of all cells, now"][1])

    asks["counts of all cells, now, after a filing"] = after_a_filing
    taken: dict[str, list[float]] = {name: [] for name in asks}
    answers: dict[str, Answer] = {}
    first: dict[str, float] = {}
    for at in range(rounds + 1):
        for name, ask in asks.items():
            for _ in range(5 if at else _WARM):
                answers[name] = ask()
                first.setdefault(name, answers[name].seconds)
                if at:
                    taken[name].append(answers[name].seconds)
    rows = [[name, str(answers[name].status), f"{1000 * first[name]:.0f}", f"{timing.p50_ms:.1f}", f"{timing.p95_ms:.1f}",
             f"{len(answers[name].body):,}"]
            for name, seconds in taken.items() for timing in [Timing(name, seconds)]]
    return table(["page", "status", "first, ms", "p50 ms", "p95 ms", "bytes"], rows)


if __name__ == "__main__":
    main()
