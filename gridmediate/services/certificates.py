"""A certificate made on this machine, for trials and for an office without its own: phones give their position over https only.

One authority is made once, and signs a certificate for the names this machine has now. Whoever trusts the authority must not
thereby trust it for the rest of the world: it is limited to this machine's name, to ``.local`` and to private addresses
(RFC 5280, 4.2.1.10), so that a stolen key cannot stand for a bank.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label

#: What an authority of ours may sign for, besides the machine's own name.
_DOMAINS = ("localhost", "local")
_NETWORKS = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "::1/128",
             "fc00::/7", "fe80::/10")
_ALWAYS = ("localhost", "127.0.0.1", "::1")
#: Browsers refuse certificates that last longer than 398 days; another is made a month before the end.
_LEAF, _RENEW_BEFORE, _AUTHORITY = timedelta(days=397), timedelta(days=30), timedelta(days=3650)
_CLOCKS_APART = timedelta(days=1)

Key = ec.EllipticCurvePrivateKey


class CertificateUnreadable(Problem):
    """A file of the certificate is there, but cannot be read or does not fit."""

    code = "certificate.unreadable"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "{folder} 里的证书文件读不了。删掉这个文件夹会重做一份，手机要重新信任一次。",
        "The certificate's files in {folder} cannot be read. Delete that folder and new ones are made; phones must then trust it "
        "again.",
    )


@dataclass(frozen=True, slots=True)
class LocalCertificate:
    """What a server needs, and what a phone must be given.

    Parameters
    ----------
    certificate, key : Path
        Of the server, PEM.
    authority : Path
        What phones must trust, PEM; it holds no secret.
    fingerprint : str
        SHA-256 of the authority, by pairs, to compare on the phone.
    names : tuple of str
        Host names and addresses it is good for.
    until : datetime
    """

    certificate: Path
    key: Path
    authority: Path
    fingerprint: str
    names: tuple[str, ...]
    until: datetime


def local_certificate(folder: Path, host: str, names: tuple[str, ...], now: datetime) -> LocalCertificate:
    """Return the certificate of this machine; it is made where there is none, it ends soon, or the names have changed.

    Parameters
    ----------
    folder : Path
        Made, readable by its owner only.
    host : str
        The machine's own name.
    names : tuple of str
        Host names and addresses that people use; those that the authority may not sign for are left out.
    now : datetime

    Raises
    ------
    CertificateUnreadable
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        authority, authority_key = _authority(folder, host, now)
        wanted = _permitted(authority, tuple(dict.fromkeys((*_ALWAYS, *names))))
        leaf = _kept(folder / "server.pem")
        if leaf is None or not _is_good(leaf, authority, wanted, now) or not (folder / "server.key").exists():
            leaf = _sign(folder, authority, authority_key, wanted, now)
    except (ValueError, TypeError) as error:
        raise CertificateUnreadable(folder=str(folder)) from error
    digest = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    return LocalCertificate(folder / "server.pem", folder / "server.key", folder / "authority.crt", digest, _names_of(leaf),
                            leaf.not_valid_after_utc)


def _authority(folder: Path, host: str, now: datetime) -> tuple[x509.Certificate, Key]:
    kept, key_file = _kept(folder / "authority.crt"), folder / "authority.key"
    if kept is not None and key_file.exists() and now + _LEAF < kept.not_valid_after_utc:
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, Key) or key.public_key() != kept.public_key():
            raise ValueError(key_file)
        return kept, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "gridmediate"),
                      x509.NameAttribute(NameOID.COMMON_NAME, f"gridmediate, {host[:40] or 'local'}")])
    made = (
        _begun(name, name, key, now, _AUTHORITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(x509.NameConstraints(_subtrees(host), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _keep(key_file, _pem_of(key), 0o600)
    _keep(folder / "authority.crt", made.public_bytes(serialization.Encoding.PEM), 0o644)
    return made, key


def _subtrees(host: str) -> list[x509.GeneralName]:
    domains = dict.fromkeys([*_DOMAINS, *([host] if _is_host_name(host) else [])])
    return [*(x509.DNSName(each) for each in domains), *(x509.IPAddress(ipaddress.ip_network(each)) for each in _NETWORKS)]


def _permitted(authority: x509.Certificate, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of *names* that the authority may sign for: one too many and browsers refuse the whole."""
    trees = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    domains = [tree.value for tree in trees if isinstance(tree, x509.DNSName)]
    networks: list[Any] = [tree.value for tree in trees if isinstance(tree, x509.IPAddress)]

    def may(name: str) -> bool:
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return _is_host_name(name) and any(name == each or name.endswith(f".{each}") for each in domains)
        return any(address in network for network in networks)

    return tuple(each for each in names if may(each))


def _is_host_name(name: str) -> bool:
    return bool(re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?", name)) and not re.fullmatch(r"[0-9.]+", name)


def _is_good(leaf: x509.Certificate, authority: x509.Certificate, wanted: tuple[str, ...], now: datetime) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
    except Exception:  # whatever is wrong with it, another is made
        return False
    lasts = leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - _RENEW_BEFORE
    return lasts and set(wanted) == set(_names_of(leaf))


def _sign(folder: Path, authority: x509.Certificate, authority_key: Key, names: tuple[str, ...], now: datetime
          ) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "gridmediate")])
    made = (
        _begun(subject, authority.subject, key, now, _LEAF - _CLOCKS_APART)
        .add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _keep(folder / "server.key", _pem_of(key), 0o600)
    _keep(folder / "server.pem", made.public_bytes(serialization.Encoding.PEM), 0o644)
    return made


def _begun(subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, lasting: timedelta) -> x509.CertificateBuilder:
    # From the day before: a phone's clock may be behind.
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - _CLOCKS_APART).not_valid_after(now + lasting))


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority,
                         content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
                         encipher_only=False, decipher_only=False)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _names_of(leaf: x509.Certificate) -> tuple[str, ...]:
    names: Any = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(each.value) for each in names)


def _kept(path: Path) -> x509.Certificate | None:
    return x509.load_pem_x509_certificate(path.read_bytes()) if path.exists() else None


def _pem_of(key: Key) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _keep(path: Path, body: bytes, mode: int) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(body)
    beside.replace(path)
