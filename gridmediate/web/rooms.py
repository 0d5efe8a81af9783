"""Routes that name who may take them: a blueprint that refuses any other, and the application that remembers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from flask import Blueprint, Flask

from gridmediate.domain.permissions import Permission
from gridmediate.services.sign_ins import SignInRules
from gridmediate.settings import Settings
from gridmediate.store.engine import Store


class Access(StrEnum):
    """What a route names when it asks for no permission of the table."""

    #: The same for everybody: no sign-in is even read (style sheets, probes).
    IMPERSONAL = "impersonal"
    #: Open without an account.
    PUBLIC = "public"
    #: Any signed-in person, about that person's own account.
    SIGNED_IN = "signed-in"


#: One permission, several of which any will do, or an access.
Need = Permission | tuple[Permission, ...] | Access


class PermissionNotNamed(TypeError):
    """A route was registered that does not say who may take it."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"the route {rule!r} names no permission: write permission=Permission.… or use public() or signed_in()")


class Rooms(Blueprint):
    """A blueprint whose routes name their permission beside the address.

    ``@room.get("/cases", permission=Permission.CASE_READ)``; several permissions in a tuple mean any of them. A route that needs
    none says so: ``@room.public(…)``, ``@room.signed_in(…)``.

    Notes
    -----
    The permission opens the route to people who hold it anywhere. Whether it reaches this case, the service asks.
    """

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a route.

        Raises
        ------
        PermissionNotNamed
        """
        if options.get("permission") is None:
            raise PermissionNotNamed(rule)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    def public(self, rule: str, **options: Any) -> Callable[[Any], Any]:
        """Register a route that is open without an account."""
        return self.route(rule, permission=Access.PUBLIC, **options)

    def signed_in(self, rule: str, **options: Any) -> Callable[[Any], Any]:
        """Register a route about the signed-in person's own account."""
        return self.route(rule, permission=Access.SIGNED_IN, **options)

    def impersonal(self, rule: str, **options: Any) -> Callable[[Any], Any]:
        """Register a route whose answer is the same for everybody."""
        return self.route(rule, permission=Access.IMPERSONAL, **options)


class Application(Flask):
    """The Flask application with its records, its settings, its clock, and the permission of each of its endpoints."""

    store: Store
    settings: Settings
    rules: SignInRules

    def __init__(self, *names: Any, **options: Any) -> None:
        self._needs: dict[str, Need] = {}
        #: Tests put a clock of their own here.
        self.clock: Callable[[], datetime] = _now
        super().__init__(*names, **options)

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a route and remember its permission.

        Raises
        ------
        PermissionNotNamed
        """
        need: Need | None = options.pop("permission", None)
        name = endpoint or (view_func.__name__ if view_func else rule)
        if need is None or self._needs.setdefault(name, need) != need:
            raise PermissionNotNamed(rule)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    def permission_of(self, endpoint: str) -> Need:
        """Return what a route asks for."""
        return self._needs[endpoint]


def _now() -> datetime:
    return datetime.now(UTC)
