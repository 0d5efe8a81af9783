"""A phone's own position, seen both ways: WGS 84 or shifted coordinates? The choice stays in that browser."""

from __future__ import annotations

from flask import g, render_template
from flask_babel import gettext

from gridmediate.domain.permissions import Permission
from gridmediate.maps.labels import preview_labels
from gridmediate.maps.shell import PHONE_MAP_SCRIPTS, street_map_shell
from gridmediate.services.grid import grid_of
from gridmediate.web.admin_basemap import bounds_of
from gridmediate.web.context import actor_in_use, app_in_use, reading
from gridmediate.web.language import language_in_use
from gridmediate.web.map_ground import addresses
from gridmediate.web.rooms import Rooms

room = Rooms("phone", __name__)


@room.get("/my/phone-position", permission=Permission.CASE_FILE)
def position() -> str:
    """Show the page. Nothing is sent from it: no position and no choice reaches the server."""
    with reading() as session:
        grid = grid_of(session, g.now)
    bounds = bounds_of(grid)
    return render_template(
        "account/phone_position.html", map=street_map_shell(bounds) if bounds else None, scripts=PHONE_MAP_SCRIPTS,
        data=addresses(grid) | {"focus-cells": ",".join(sorted(actor_in_use().cells))} if bounds else {},
        words=preview_labels(gettext, language_in_use()), of_office=app_in_use().settings.position_datum,
    )
