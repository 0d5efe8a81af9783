"""Settings come from the environment, are refused in words, and explain themselves."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

from gridmediate.domain.problems import Faults
from gridmediate.settings import SettingInvalid, Settings, SettingUnknown, variable_of
from tests.architecture.source_tree import modules


def test_nothing_set_gives_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({"HOME": "/root", "PORT": "9"})
    assert settings == Settings()
    assert settings.port == 8000
    assert settings.database_url == f"sqlite:///{tmp_path}/instance/gridmediate.sqlite3"
    assert settings.keyring_file == tmp_path / "instance" / "keyring.json"


def test_files_follow_the_instance_folder_unless_named() -> None:
    settings = Settings.from_environment({"GRIDMEDIATE_INSTANCE_FOLDER": "/srv/gm", "GRIDMEDIATE_KEYRING_FILE": "/etc/gm/keys"})
    assert settings.database_url == "sqlite:////srv/gm/gridmediate.sqlite3"
    assert (settings.secret_file, settings.keyring_file) == (Path("/srv/gm/secret.key"), Path("/etc/gm/keys"))


def test_the_sign_in_cookie_travels_openly_only_in_the_demonstration() -> None:
    assert Settings().cookie_secure is True
    assert Settings(demonstration=True).cookie_secure is False
    assert Settings.from_environment({"GRIDMEDIATE_DEMONSTRATION": "1", "GRIDMEDIATE_COOKIE_SECURE": "yes"}).cookie_secure is True


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "0"),
        ("PORT", "80000"),
        ("PORT", "٨"),
        ("PORT", "8e3"),
        ("COOKIE_SECURE", "maybe"),
        ("TRUSTED_HOSTS", "*"),
        ("TRUSTED_HOSTS", ","),
        ("DATABASE_URL", "mysql://host/name"),
        ("LANGUAGE", "fr"),
        ("HOST", "a b"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_was_expected(variable: str, value: str) -> None:
    with pytest.raises(SettingInvalid) as refusal:
        Settings.from_environment({f"GRIDMEDIATE_{variable}": value})
    for language in ("zh", "en"):
        assert f"GRIDMEDIATE_{variable}" in refusal.value.say(language)
        assert value in refusal.value.say(language)


def test_a_misspelt_variable_does_not_pass_unseen() -> None:
    with pytest.raises(SettingUnknown):
        Settings.from_environment({"GRIDMEDIATE_PROT": "8001"})


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(Faults) as refusal:
        Settings.from_environment({"GRIDMEDIATE_PORT": "x", "GRIDMEDIATE_THREADS": "x"})
    assert len(refusal.value.problems) == 2


def test_every_setting_explains_itself_in_both_languages() -> None:
    described = Settings(database_url="postgresql+psycopg://gm:s3cret@db/gm").describe()
    assert [each.variable for each in described] == [variable_of(each) for each in dataclasses.fields(Settings)]
    for each in described:
        assert each.unit and each.default and each.help.zh and each.help.en
    assert not [each for each in described if "s3cret" in each.value]


def test_every_default_can_be_said_as_a_variable() -> None:
    settings = Settings()
    assert Settings.from_environment({each.variable: each.value for each in settings.describe()}) == settings


def test_every_setting_is_read_somewhere() -> None:
    if missing := [room for room in ("web", "cli") if room not in {each.room for each in modules()}]:
        pytest.skip(f"rooms still to be built: {', '.join(missing)}")
    read = {
        node.attr
        for each in modules()
        if each.room != "settings"
        for node in ast.walk(each.tree)
        if isinstance(node, ast.Attribute)
    }
    assert {each.name for each in dataclasses.fields(Settings)} - read == set()
