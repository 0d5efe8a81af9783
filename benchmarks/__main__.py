"""What ``make bench`` runs: the pages over HTTP, what leaders look at, points to cells, then filing on a slow phone.

    python -m benchmarks [web | leaders | locate | field] [OPTIONS]      each alone takes its own options; see --help
"""

from __future__ import annotations

import sys

from benchmarks import filing_time, leaders, locate, web

_ALL = {"web": web.main, "leaders": leaders.main, "locate": locate.main, "field": filing_time.main}


def main() -> None:
    """Run the one that is named, else all."""
    named = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] in _ALL else None
    if named is not None:
        del sys.argv[1]
    for name, run in _ALL.items():
        if named in (None, name):
            print(f"== {name}", flush=True)
            run()


if __name__ == "__main__":
    main()
