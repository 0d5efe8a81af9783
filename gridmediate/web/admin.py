"""The administrator's rooms, in the order of the rail."""

from __future__ import annotations

from gridmediate.web import (
    admin_basemap,
    admin_cells,
    admin_coverage,
    admin_notices,
    admin_people,
    admin_places,
    admin_rosters,
    admin_rules,
)
from gridmediate.web.rooms import Rooms

ROOMS: tuple[Rooms, ...] = (
    admin_cells.room, admin_basemap.room, admin_places.room, admin_rosters.room, admin_coverage.room,
    admin_people.room, admin_rules.room,
    admin_notices.room,
)
