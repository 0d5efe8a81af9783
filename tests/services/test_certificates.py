"""The certificate of this machine: made once, private, renewed in time, and good for nothing beyond the office's walls."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from gridmediate.services import certificates
from gridmediate.services.certificates import CertificateUnreadable, local_certificate

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = ("office.local", "192.168.3.8", "geli.example.cn", "8.8.8.8")


def test_it_is_made_once_and_again_only_when_names_change_or_the_end_is_near(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    first = local_certificate(folder, "office", NAMES, NOW)
    # Names of the wide world are the office's own certificate's business.
    assert first.names == ("localhost", "127.0.0.1", "::1", "office.local", "192.168.3.8")
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.glob("*.key")}
    assert modes == {"authority.key": 0o600, "server.key": 0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    leaf = x509.load_pem_x509_certificate(first.certificate.read_bytes())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=397)
    kept = first.certificate.read_bytes()
    assert local_certificate(folder, "office", NAMES, NOW + timedelta(days=300)).certificate.read_bytes() == kept
    renewed = local_certificate(folder, "office", NAMES, NOW + timedelta(days=370))
    assert renewed.certificate.read_bytes() != kept and renewed.until > first.until
    moved = local_certificate(folder, "office", ("10.1.2.3",), NOW)
    assert "10.1.2.3" in moved.names and moved.fingerprint == renewed.fingerprint == first.fingerprint


def test_browsers_would_refuse_what_the_authority_may_not_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tls"
    local_certificate(folder, "office", (), NOW)
    monkeypatch.setattr(certificates, "_permitted", lambda _, names: names)  # as a thief of the key would
    stolen = local_certificate(folder, "office", ("bank.example",), NOW)
    assert _is_refused(stolen, "bank.example")
    assert _is_refused(stolen, "localhost")  # one name too many spoils the whole
    monkeypatch.undo()
    honest = local_certificate(folder, "office", (), NOW)
    assert not _is_refused(honest, "localhost") and not _is_refused(honest, "127.0.0.1") and _is_refused(honest, "bank.example")


def _is_refused(made: certificates.LocalCertificate, name: str) -> bool:
    """Shake hands in memory: a client that trusts the authority, a server with the certificate."""
    here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.certificate, made.key)
    client = ssl.create_default_context(cafile=str(made.authority))
    ends = [client.wrap_bio(here, there, server_hostname=name), server.wrap_bio(there, here, server_side=True)]
    for _ in range(6):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return True
    return False


def test_a_damaged_or_foreign_key_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    local_certificate(folder, "office", (), NOW)
    other = certificates.ec.generate_private_key(certificates.ec.SECP256R1())
    (folder / "authority.key").write_bytes(other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    with pytest.raises(CertificateUnreadable):
        local_certificate(folder, "office", (), NOW)
    (folder / "authority.crt").write_text("nothing")
    with pytest.raises(CertificateUnreadable):
        local_certificate(folder, "office", (), NOW)
