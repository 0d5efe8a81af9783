"""``gridmediate workflow``, ``routes`` and ``settings``: the tables of the program, printed from the tables themselves."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from gridmediate.cli.command import Command, language_in_use, settings_in_use
from gridmediate.domain.permissions import Permission
from gridmediate.domain.vocabulary import label
from gridmediate.domain.workflow import TRANSITIONS, as_mermaid
from gridmediate.settings import Settings
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store
from gridmediate.web.app import create_app
from gridmediate.web.rooms import Access, Need


def _workflow_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--mermaid", action="store_true", help="as a Mermaid state diagram")
    parser.add_argument("--language", choices=("zh", "en"), help="of the labels; by default the terminal's")


def _workflow(options: Namespace) -> None:
    language = options.language or language_in_use()
    if options.mermaid:
        print(as_mermaid(language), end="")
        return
    for row in TRANSITIONS:
        words = (label(row.source).say(language), label(row.act).say(language), label(row.target).say(language))
        print("\t".join((*words, row.permission.value, ",".join(row.conditions), ",".join(row.needs))))


def _routes(_options: Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance_folder=Path(folder)), Store("sqlite://", Keyring.fresh()))
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
            methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            print(f"{methods:<10}{rule.rule:<58} {_in_words(app.permission_of(rule.endpoint))}")


def _in_words(need: Need) -> str:
    return need.value if isinstance(need, Permission | Access) else " | ".join(each.value for each in need)


def _settings(_options: Namespace) -> None:
    language = language_in_use()
    for each in settings_in_use().describe():
        print(f"{each.variable}={each.value}\n    {each.help.say(language)} ({each.unit}; {each.default})")


COMMANDS = {
    "workflow": Command(_workflow, _workflow_arguments),
    "routes": Command(_routes),
    "settings": Command(_settings),
}
