"""``gridmediate certificate``, and what ``serve`` needs for https: the names of this machine and a certificate for them."""

from __future__ import annotations

import socket
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from gridmediate.cli.command import DONE, Command, language_in_use, settings_in_use
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label
from gridmediate.services.certificates import LocalCertificate, local_certificate
from gridmediate.settings import Settings

#: Addresses that mean every address of the machine.
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to
#: An address of the documentation (RFC 5737): asking the way there sends nothing, and names the address we would use.
_ELSEWHERE = ("192.0.2.1", 9)

_WHICH = Label("证书：{file}，到 {until}，用于 {names}", "Certificate: {file}, until {until}, for {names}")
_HOW = Label(
    "手机要信任它一次：把 {authority} 发到手机上打开。\n"
    "  安卓：设置 → 安全 → 加密与凭据 → 安装证书 → CA 证书。\n"
    "  苹果：安装描述文件，再到 设置 → 通用 → 关于本机 → 证书信任设置 里打开。\n"
    "  核对指纹（SHA-256）：{fingerprint}\n"
    "它只能用于本机名、.local 和内网地址。正式使用请用单位自己的证书（README）。",
    "Phones must trust it once: bring {authority} to the phone and open it.\n"
    "  Android: Settings > Security > Encryption and credentials > Install a certificate > CA certificate.\n"
    "  iPhone: install the profile, then switch it on in Settings > General > About > Certificate Trust Settings.\n"
    "  Compare the fingerprint (SHA-256): {fingerprint}\n"
    "It is good for this machine's name, .local and private addresses only. For real work use the office's own (README).",
)


class CertificateHalf(Problem):
    """Only one of certificate and key is set, or a file is missing."""

    code = "serve.certificate"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "证书和私钥要一起设，文件要能读：GRIDMEDIATE_TLS_CERTIFICATE={certificate}，GRIDMEDIATE_TLS_KEY={key}。请核对。",
        "A certificate needs its key, and both files must be readable: GRIDMEDIATE_TLS_CERTIFICATE={certificate}, "
        "GRIDMEDIATE_TLS_KEY={key}. Check them.",
    )


def certificate_of(settings: Settings) -> LocalCertificate:
    """Return this machine's own certificate, made or renewed where needed.

    Raises
    ------
    CertificateUnreadable
    """
    host = socket.gethostname().lower()
    return local_certificate(settings.instance_folder / "tls", host, names_of(settings, host), datetime.now(UTC))


def names_of(settings: Settings, host: str) -> tuple[str, ...]:
    """Return the names and addresses under which people on this network reach the program."""
    names = [host, f"{host}.local"] if "." not in host else [host]
    if settings.host in _EVERYWHERE:
        names += _addresses(host)
    elif settings.host:
        names.append(settings.host)
    return tuple(dict.fromkeys([*names, *(each.strip("[]").lstrip(".") for each in settings.trusted_hosts)]))


def _addresses(host: str) -> list[str]:
    found: list[str] = []
    with suppress(OSError):
        found += [str(row[4][0]).partition("%")[0] for row in socket.getaddrinfo(host, None)]
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ELSEWHERE)
        found.append(probe.getsockname()[0])
    return list(dict.fromkeys(found))


def with_certificate(settings: Settings) -> tuple[Settings, LocalCertificate | None]:
    """Return the settings with a certificate to serve by, and ours where it is ours.

    Raises
    ------
    CertificateHalf, CertificateUnreadable
    """
    own = (settings.tls_certificate, settings.tls_key)
    if any(own):
        if not all(path is not None and path.is_file() for path in own):
            raise CertificateHalf(certificate=str(own[0] or ""), key=str(own[1] or ""))
        return settings, None
    if not settings.https:
        return settings, None
    made = certificate_of(settings)
    hosts = [f"[{name}]" if ":" in name else name for name in made.names]
    return replace(settings, trusted_hosts=tuple(dict.fromkeys([*settings.trusted_hosts, *hosts]))), made


def addresses_of(settings: Settings, names: Sequence[str]) -> list[str]:
    """Return what people type into their browsers."""
    scheme = "https" if settings.is_https else "http"
    shown = [settings.host] if settings.host not in _EVERYWHERE else ["127.0.0.1", *(
        name for name in names if name not in ("localhost", "127.0.0.1", "::1"))]
    return [f"{scheme}://{f'[{name}]' if ':' in name else name}:{settings.port}" for name in shown]


def say_how(made: LocalCertificate) -> str:
    """Return how a phone comes to trust our certificate, in the terminal's language."""
    return _HOW.say(language_in_use()).format(authority=made.authority, fingerprint=made.fingerprint)


def _run(_options: Namespace) -> int:
    made = certificate_of(settings_in_use())
    until = made.until.astimezone(LOCAL_ZONE).date().isoformat()
    print(_WHICH.say(language_in_use()).format(file=made.certificate, until=until, names=", ".join(made.names)))
    print(say_how(made))
    return DONE


COMMANDS = {"certificate": Command(_run)}
