"""The other side of the wire, on this machine: a mail server and a web server that keep what they are sent."""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class MailSink(socketserver.ThreadingTCPServer):
    """Takes mail. ``refuse`` is what it answers to every recipient, "" takes them."""

    daemon_threads = True

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuse = ""
        super().__init__(("127.0.0.1", 0), _MailTalk)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _MailTalk(socketserver.StreamRequestHandler):
    server: MailSink

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline():
            word = line.decode().strip().upper()
            if word.startswith("DATA"):
                self._say("354 go on")
                self._take()
            elif word.startswith("RCPT"):
                self.server.recipients.append(line.decode().strip())
                self._say(self.server.refuse or "250 ok")
            elif word.startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self._say("250 taken")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class WebSink(ThreadingHTTPServer):
    """Takes posts over https with a certificate of its own making. ``answer`` is (status, headers, body) for each."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: tuple[int, dict[str, str], bytes] = (200, {}, b'{"errcode": 0}')
        super().__init__(("127.0.0.1", 0), _WebTalk)
        self.certificate, key = a_certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        # Each talk shakes hands in its own thread, so that a stranger to the certificate holds nobody up.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_given: Any) -> None:
        """Say nothing of those who hang up."""

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"https://localhost:{self.server_address[1]}/robot"


class _WebTalk(BaseHTTPRequestHandler):
    server: WebSink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, dict(self.headers), body))
        status, headers, said = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_given: Any) -> None:
        """Say nothing."""


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this machine; return its file and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    alternative = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "sink.pem", folder / "sink.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return certificate, secret


@contextmanager
def listening(server: Any) -> Iterator[Any]:
    """Let a sink listen, and close it."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def read(body: bytes) -> Any:
    """Return what a post held."""
    return json.loads(body)
