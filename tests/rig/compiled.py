"""Templates compiled once a test process: each application would otherwise compile the same pages anew, for half a second."""

from __future__ import annotations

from typing import ClassVar

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from gridmediate.web.rooms import Application


class _Kept(BytecodeCache):
    """Holds what was compiled, under the template's name and the digest of its source."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


def keep_compiled() -> None:
    """Let every application made from here on share what was compiled."""
    Application.jinja_options = {**Application.jinja_options, "bytecode_cache": _Kept()}
