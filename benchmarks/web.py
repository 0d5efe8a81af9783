"""The pages over HTTP with everything on, beside the floor, in one run, taking turns.

    python -m benchmarks.web [--world FOLDER] [--cases 100000] [--postgres] [--seconds 5] [--rounds 5]

Ours is ``gridmediate serve`` with the settings of production: sign-in, form token, checks, sealing, chained history. The floor
does the same inserts and lists without any of it (:mod:`benchmarks.floor`).
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random

from benchmarks import floor as floor_program
from benchmarks.asked import FILING, PAGES, a_filing, first_cell, logins
from benchmarks.postgres import cluster, copied
from benchmarks.report import Timing, load, machine, table
from benchmarks.served import Answer, Browser, Server, floor, ours
from benchmarks.statements import statements_per_request
from benchmarks.world import STREETS, World, county
from gridmediate.services.grid import Grid

_WARM, _TURN = 10, 20
Ask = Callable[[], Answer]


def main() -> None:
    """Build what is missing, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--world", type=Path, default=Path(tempfile.gettempdir()) / "gridmediate-benchmark")
    asked.add_argument("--cases", type=int, default=100_000)
    asked.add_argument("--seconds", type=float, default=5.0, help="of each turn with eight clients")
    asked.add_argument("--rounds", type=int, default=5, help="of twenty requests of each kind, in turns")
    asked.add_argument("--postgres", action="store_true", help="measure on PostgreSQL as well")
    options = asked.parse_args()
    print(f"{machine()}\ncounty of {options.cases:,} cases in {options.world}", flush=True)
    world = county(options.world, options.cases)
    print(measure(world, f"sqlite:///{world.folder / f'floor-{options.cases}.sqlite3'}", 1, options), flush=True)
    if options.postgres:
        with cluster() as server:
            print(f"\nPostgreSQL, two workers, fsync on; {load()}", flush=True)
            print(measure(copied(world, server), server.url(server.create()), 2, options))


def measure(world: World, floor_url: str, workers: int, options: argparse.Namespace) -> str:
    """Measure one county and return the figures in Markdown."""
    grid = world.grid()
    floor_program.build(floor_url, options.cases, list(grid.cells))
    with ExitStack() as running:
        logs = Path(running.enter_context(tempfile.TemporaryDirectory()))
        starts = [_start(world, logs) for _ in range(3)]
        served = running.enter_context(ours(world, logs / "ours"))
        bare = running.enter_context(floor(floor_url, workers, logs / "floor"))
        figures = Figures(served, bare, grid)
        filing, pages = figures.filing(options.rounds), figures.pages(options.rounds)
        many = figures.many(options.seconds)
        weight = f"memory of a worker after load: {_weight(served)}; the floor's: {_weight(bare)}"
    counted = statements_per_request(world, grid)
    began = f"start to first answer: {min(starts):.2f} to {max(starts):.2f} s; {load()} at the end"
    return "\n\n".join([_timings([*filing, *pages], counted), many, weight, began])


def _weight(server: Server) -> str:
    return ", ".join(f"{resident:.0f} MB resident, {own:.0f} MB its own share" for resident, own in server.memory_mb())


def _start(world: World, logs: Path) -> float:
    with ours(world, logs / "start") as server:
        return server.start_s


class Figures:
    """Both servers with people signed in."""

    def __init__(self, served: Server, bare: Server, grid: Grid) -> None:
        self.served, self.bare, self.grid, self.random = served, bare, grid, Random(7)
        self.cells = [first_cell(grid, number) for number in range(1, STREETS + 1)]
        self.worker = Browser(served.port).sign_in(f"worker-{self.cells[0]}")
        self.plain = Browser(bare.port)

    def filing(self, rounds: int) -> list[Timing]:
        """Time filings of one person at a time."""
        ways = {FILING: self._file(self.worker, self.cells[0]), "floor: insert": self._insert(self.plain)}
        return self._in_turns(ways, rounds)

    def pages(self, rounds: int) -> list[Timing]:
        """Time the pages that people look at all day, and what the floor does for the heaviest."""
        browsers = {who: Browser(self.served.port).sign_in(login) for who, login in logins(self.grid).items()}
        case_no = self._file(self.worker, self.cells[0])().location.split("/")[-2]
        asked: dict[str, Ask] = {
            name: partial(browsers[who].get, path.format(case_no=case_no)) for name, (who, path) in PAGES.items()
        }
        asked["floor: list, 100 rows"] = partial(self.plain.get, f"/cases?community={self.cells[0][:12]}")
        asked["floor: GROUP BY over all cases"] = partial(self.plain.get, "/counts")
        return self._in_turns(asked, rounds)

    def many(self, seconds: float, clients: int = 8) -> str:
        """Let eight people file at once, ours and the floor in turns."""
        people = [Browser(self.served.port).sign_in(f"worker-{cell}") for cell in self.cells[:clients]]
        plain = [Browser(self.bare.port) for _ in range(clients)]
        ways = {
            "gridmediate": [self._file(each, cell) for each, cell in zip(people, self.cells, strict=False)],
            "floor": [self._insert(each) for each in plain],
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        rate: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(2):
            for name, asks in ways.items():
                found = _at_once(asks, seconds)
                took[name] += found
                rate[name].append(len(found) / seconds)
        rows = []
        for name, found in took.items():
            timing = Timing(name, found)
            rows.append([name, f"{max(rate[name]):.0f}/s", f"{timing.p50_ms:.1f}", f"{timing.p95_ms:.1f}"])
        return table([f"{clients} clients file", "best rate", "p50 ms", "p95 ms"], rows)

    def _in_turns(self, asked: dict[str, Ask], rounds: int) -> list[Timing]:
        for ask in asked.values():
            for _ in range(_WARM):
                _good(ask())
        seconds: dict[str, list[float]] = {name: [] for name in asked}
        sizes: dict[str, int] = {}
        for _ in range(rounds):
            for name, ask in asked.items():
                for _ in range(_TURN):
                    answer = _good(ask())
                    seconds[name].append(answer.seconds)
                    sizes[name] = len(answer.body)
        return [Timing(name, taken, sizes[name]) for name, taken in seconds.items()]

    def _file(self, browser: Browser, cell: str) -> Ask:
        return lambda: browser.post("/cases", a_filing(self.grid, cell, self.random))

    def _insert(self, browser: Browser) -> Ask:
        return lambda: browser.post("/cases", a_filing(self.grid, self.cells[0], self.random))


def _good(answer: Answer) -> Answer:
    if answer.status not in (200, 303):
        raise SystemExit(f"answered {answer.status}: {answer.text[:600].decode(errors='replace')}")
    return answer


def _at_once(asks: Sequence[Ask], seconds: float) -> list[float]:
    until = time.perf_counter() + seconds
    taken: list[list[float]] = [[] for _ in asks]

    def go_on(ask: Ask, mine: list[float]) -> None:
        while time.perf_counter() < until:
            mine.append(_good(ask()).seconds)

    threads = [threading.Thread(target=go_on, args=pair) for pair in zip(asks, taken, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [each for mine in taken for each in mine]


def _timings(timings: Sequence[Timing], counted: dict[str, int]) -> str:
    rows = [
        [each.name, f"{each.p50_ms:.1f}", f"{each.p95_ms:.1f}", f"{each.body:,}", str(counted.get(each.name, "–"))]
        for each in timings
    ]
    return table(["one client", "p50 ms", "p95 ms", "bytes", "statements"], rows)


if __name__ == "__main__":
    main()
