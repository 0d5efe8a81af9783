"""The network ends at this machine: a test that reaches for another host fails at that line."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

_BY_NAME = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_BY_ADDRESS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_installed = False


class NetworkReached(RuntimeError):
    """A test tried to reach another machine."""


def close_network() -> None:
    """Refuse, for the rest of this process, every connection and look-up that leaves the machine.

    Notes
    -----
    An audit hook sees what a patched ``socket.connect`` would miss: names bound before the patch, other socket classes,
    ``asyncio``. It cannot be taken off again, which is the point.
    """
    global _installed
    if not _installed:
        sys.addaudithook(_watch)
        _installed = True


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _BY_NAME:
        host = arguments[0]
    elif event in _BY_ADDRESS:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path is a Unix socket
    else:
        return
    if host is not None and not _is_here(host):
        raise NetworkReached(f"a test may not reach {host!r} ({event}); tests run without a network")


def _is_here(host: Any) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
