"""How many statements an answer costs, counted in a run of its own: counting slows what it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event

from benchmarks.asked import FILING, PAGES, a_filing, first_cell, logins
from benchmarks.served import TOKEN
from benchmarks.world import PASSWORD, World
from gridmediate.services.grid import Grid
from gridmediate.settings import Settings
from gridmediate.web.app import create_app

#: What opens and closes a transaction is no statement of ours; neither are the switches of a connection.
_NOT_COUNTED = ("BEGIN", "PRAGMA", "COMMIT", "ROLLBACK")


def statements_per_request(world: World, grid: Grid) -> dict[str, int]:
    """Return how many statements each kind of answer costs, the recognition of the person included."""
    app = create_app(Settings(instance_folder=world.folder, database_url=world.url, cookie_secure=False))
    people = {who: _signed_in(app, login) for who, login in logins(grid).items()}
    client, token = people["worker"]
    random, cell, counts = Random(3), first_cell(grid, 1), {}
    with _counting(app.store.engine) as heard:
        def note(name: str, ask: Callable[[], Any]) -> Any:
            ask()  # the first one reads what is kept between requests
            heard.clear()
            answer = ask()
            counts[name] = len(heard)
            if answer.status_code not in (200, 303):
                raise SystemExit(f"{name}: {answer.status_code}")
            return answer

        filed = note(FILING, lambda: client.post("/cases", data={"csrf_token": token, **a_filing(grid, cell, random)}))
        case_no = filed.location.split("/")[-2]
        for name, (who, path) in PAGES.items():
            note(name, partial(people[who][0].get, path.format(case_no=case_no)))
    app.store.close()
    return counts


def _signed_in(app: Any, login: str) -> tuple[FlaskClient, str]:
    client = app.test_client()
    token = _token(client, "/sign-in")
    client.post("/sign-in", data={"csrf_token": token, "login": login, "password": PASSWORD, "next": ""})
    return client, _token(client, "/account/sign-ins")


def _token(client: FlaskClient, path: str) -> str:
    found = TOKEN.search(client.get(path).data)
    if found is None:
        raise SystemExit(f"no form token on {path}")
    return (found[1] or found[2]).decode()


@contextmanager
def _counting(engine: Any) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(_NOT_COUNTED):
            heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)
