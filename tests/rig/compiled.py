"""Templates and addresses compiled once a test process: each application would otherwise compile the same anew, for a second."""

from __future__ import annotations

from typing import Any, ClassVar

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from gridmediate.web.rooms import Application

_compile_builder = Rule._compile_builder
_builders: dict[tuple[str, ...], Any] = {}


class _Kept(BytecodeCache):
    """Holds what was compiled, under the template's name and the digest of its source."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


def keep() -> None:
    """Let every application made from here on share what was compiled."""
    Application.jinja_options = {**Application.jinja_options, "bytecode_cache": _Kept()}
    Rule._compile_builder = _builder_of  # type: ignore[method-assign]


def _builder_of(rule: Rule, append_unknown: bool = True) -> Any:
    """Return what builds the addresses of a rule: a function of the rule's own text alone, which takes the rule."""
    key = (rule.rule, str(rule.subdomain), str(rule.host), repr(rule.defaults), str(append_unknown))
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]
