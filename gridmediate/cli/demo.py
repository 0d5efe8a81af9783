"""``gridmediate demo``: build the demonstration street if there is none yet, and print who can sign in."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import select

from gridmediate.cli.command import Command, home_in_use, language_in_use, settings_in_use
from gridmediate.demo.life import PASSWORD, build_demo
from gridmediate.demo.people import PRINTED_LOGINS
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label, Role, label
from gridmediate.home import sign_in_rules
from gridmediate.resources import grids_folder
from gridmediate.services.passwords import hash_password
from gridmediate.settings import Settings
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, Home
from gridmediate.store.schema import prepare

_STEPS = {"cells": Label("网格", "cells"), "people": Label("人员", "people"), "cases": Label("案件", "cases")}


class NotEmpty(Problem):
    """The home holds real records."""

    code = "demo.not-empty"
    kind = Kind.CONFLICT
    sentence = Label(
        "这里已有正式数据（{name}），不在上面建演示街道。请用另一个数据目录：GRIDMEDIATE_INSTANCE_FOLDER=…",
        "There are real records here ({name}); the demonstration is not built over them. Use another folder: "
        "GRIDMEDIATE_INSTANCE_FOLDER=…",
    )


def _demo(_options: Namespace) -> None:
    settings = settings_in_use()
    url = settings.database_url
    if url.startswith("sqlite"):
        _build_beside(settings)
    else:
        with home_in_use(settings, create=True) as store:
            prepare(store)
            _build(store, settings)
    with home_in_use(settings) as store:
        _print_accounts(store)


def _build_beside(settings: Settings) -> None:
    """Build in a file beside and put it in place when whole, so that an interrupted build leaves nothing half made."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    if path.exists():
        with home_in_use(settings) as store:
            prepare(store)
            _build(store, settings)
        return
    beside = path.with_name(path.name + ".building")
    for left in path.parent.glob(beside.name + "*"):
        left.unlink()
    with home_in_use(replace(settings, database_url=f"sqlite:///{beside}"), create=True) as store:
        prepare(store)
        _build(store, settings)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    os.replace(beside, path)
    for left in path.parent.glob(beside.name + "*"):
        left.unlink()


def _build(store: Store, settings: Settings) -> None:
    with store.reading() as session:
        home = session.get(Home, 1)
    if home is not None:
        if not home.is_demonstration:
            raise NotEmpty(name=home.name)
        return
    password_hash = hash_password(PASSWORD, sign_in_rules(settings).hashing)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar, store.writing() as session:
        rows = {key: bar.add_task(words.say(language_in_use()), total=None) for key, words in _STEPS.items()}

        def show(step: str, done: int, total: int) -> None:
            bar.update(rows[step], completed=done, total=total)

        build_demo(session, grids_folder() / "liuxi", datetime.now(UTC), password_hash, show)


def _print_accounts(store: Store) -> None:
    tongue = language_in_use()
    with store.reading() as session:
        names = {account.login: account for account in session.scalars(select(Account).where(Account.login.in_(PRINTED_LOGINS)))}
    roles = {"worker": Role.GRID_WORKER, "cadre": Role.CADRE, "dept": Role.DEPARTMENT_STAFF, "leader": Role.LEADER,
             "county": Role.COORDINATOR, "admin": Role.ADMINISTRATOR, "auditor": Role.AUDITOR}
    print(Label(f"演示账号，密码都是 {PASSWORD}", f"Demonstration accounts, all with the password {PASSWORD}").say(tongue))
    for login in PRINTED_LOGINS:
        if login in names:
            print(
                f"  {login:<8} {label(roles[login]).say(tongue)}  {names[login].name if tongue == 'zh' else names[login].name_en}"
            )


COMMANDS = {"demo": Command(_demo)}
