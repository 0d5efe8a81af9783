"""The command line: one table of commands, exit codes, and what serving needs."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from gridmediate.cli import main as run
from gridmediate.cli import serve
from gridmediate.cli.certificate import CertificateHalf, with_certificate
from gridmediate.cli.main import COMMANDS
from gridmediate.home import open_store, secret_of, sign_in_rules
from gridmediate.settings import Settings
from gridmediate.store.encryption import KeysMissing
from gridmediate.store.schema import prepare
from tests import builders


@pytest.fixture(autouse=True)
def _english(monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("GRIDMEDIATE_INSTANCE_FOLDER", str(tmp_path / "instance"))


@pytest.mark.parametrize("arguments", [["nonsense"], ["workflow", "--nonsense"], ["serve", "--port", "many"]])
def test_misuse_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        run(arguments)
    assert left.value.code == 2 and capsys.readouterr().err


def test_help_lists_the_commands_that_are_there(capsys):
    with pytest.raises(SystemExit) as left:
        run([])
    assert left.value.code == 0
    assert "serve" in capsys.readouterr().out


def test_a_refusal_is_1_with_its_sentence_on_stderr(capsys):
    assert run(["serve"]) == 1
    said = capsys.readouterr()
    assert "There are no records" in said.err and "Traceback" not in said.err and not said.out


def test_several_wrong_settings_are_all_told(capsys, monkeypatch):
    monkeypatch.setenv("GRIDMEDIATE_PORT", "many")
    monkeypatch.setenv("GRIDMEDIATE_PROT", "8000")
    assert run(["settings"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_notices_are_sent_once_and_counted(capsys, tmp_path):
    store = open_store(Settings(instance_folder=tmp_path / "instance"), create=True)
    prepare(store)
    store.close()
    assert run(["notify"]) == 0
    assert capsys.readouterr().out.startswith("Notices planned: 0; sent: 0")


def test_the_terminals_language_is_spoken(capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    run(["serve"])
    assert "还没有数据" in capsys.readouterr().err


def test_the_diagram_and_the_routes_are_printed_from_their_tables(capsys):
    assert run(["workflow", "--mermaid", "--language", "zh"]) == 0
    assert capsys.readouterr().out.startswith("stateDiagram-v2\n    [*] --> filed")
    assert run(["routes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["POST", "/sign-in", "public"] for line in lines)
    assert all(len(line.split()) >= 3 for line in lines)


def test_every_command_says_what_it_does_in_both_languages():
    assert all(words.zh and words.en for _, words in COMMANDS.values())


def test_a_taken_port_is_told_at_once(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(serve.PortTaken):
            serve._check_port(Settings(instance_folder=tmp_path, port=taken.getsockname()[1]))


def test_the_signing_key_is_made_once_and_for_its_owner_only(tmp_path):
    settings = Settings(instance_folder=tmp_path / "new")
    assert secret_of(settings) == secret_of(settings) and len(secret_of(settings)) == 64
    assert settings.secret_file.stat().st_mode & 0o077 == 0


def test_records_are_not_opened_with_keys_made_on_the_way(tmp_path):
    with pytest.raises(KeysMissing):
        open_store(Settings(instance_folder=tmp_path))


def test_the_rules_of_signing_in_follow_the_settings(tmp_path):
    rules = sign_in_rules(Settings(instance_folder=tmp_path, lockout_tries=7, session_idle_minutes=3, argon2_memory_kib=64))
    assert rules.tries == 7 and rules.hashing.memory_kib == 64
    assert rules.seen_every.total_seconds() == 30, "a short idle time must not sign out who is at work"


def test_the_demonstrations_records_are_served_only_as_a_demonstration(capsys, tmp_path):
    store = open_store(Settings(instance_folder=tmp_path / "instance"), create=True)
    prepare(store)
    with store.writing() as session:
        builders.a_home(session).is_demonstration = True
    store.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert run(["serve", "--port", str(port)]) == 1
    assert "GRIDMEDIATE_DEMONSTRATION=1" in capsys.readouterr().err


@pytest.mark.slow
def test_the_server_answers_and_prints_its_address(tmp_path):
    folder = tmp_path / "instance"
    settings = Settings(instance_folder=folder)
    store = open_store(settings, create=True)
    prepare(store)
    with store.writing() as session:
        builders.a_home(session)
    store.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "gridmediate.cli", "serve", "--port", str(port)], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                    assert answer.status == 200 and answer.headers["Server"] == "gridmediate"
                break
            except URLError:
                assert time.monotonic() < deadline and process.poll() is None
                time.sleep(0.05)
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=20)
    assert f"http://127.0.0.1:{port}" in said and process.returncode == 0


@pytest.mark.slow
def test_over_https_whoever_trusts_this_machine_shakes_hands_and_nobody_else(tmp_path, capsys):
    folder = tmp_path / "instance"
    store = open_store(Settings(instance_folder=folder), create=True)
    prepare(store)
    with store.writing() as session:
        builders.a_home(session).is_demonstration = True
    store.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"GRIDMEDIATE_HTTPS": "1", "GRIDMEDIATE_DEMONSTRATION": "1", "GRIDMEDIATE_SCHEDULER": "0"}
    process = subprocess.Popen([sys.executable, "-m", "gridmediate.cli", "serve", "--port", str(port)], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        assert f"https://127.0.0.1:{port}" in process.stdout.readline()
        assert str(folder / "tls" / "authority.crt") in process.stdout.readline()
        trusting = ssl.create_default_context(cafile=str(folder / "tls" / "authority.crt"))
        for host in ("127.0.0.1", "localhost"):
            with urlopen(f"https://{host}:{port}/sign-in", timeout=20, context=trusting) as answer:
                cookie = answer.headers["Set-Cookie"]
                assert cookie.startswith("__Host-") and "Secure" in cookie
                # A browser told to insist on https would be shut out when this certificate is gone.
                assert answer.headers["Strict-Transport-Security"] is None
        with pytest.raises(URLError) as refusal:
            urlopen(f"https://127.0.0.1:{port}/sign-in", timeout=20, context=ssl.create_default_context())
        assert isinstance(refusal.value.reason, ssl.SSLCertVerificationError)
        with pytest.raises((URLError, ConnectionError, HTTPException)):
            urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=20)
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0
    assert run(["certificate"]) == 0
    assert str(folder / "tls" / "authority.crt") in capsys.readouterr().out


@pytest.mark.parametrize("given", [("TLS_CERTIFICATE",), ("TLS_KEY",), ("TLS_CERTIFICATE", "TLS_KEY")])
def test_half_a_certificate_or_a_missing_file_is_said(given, tmp_path):
    settings = Settings.from_environment({f"GRIDMEDIATE_{name}": str(tmp_path / "absent.pem") for name in given})
    with pytest.raises(CertificateHalf):
        with_certificate(settings)
