"""The outlines that a map of counts draws: cells with their communities, or communities and streets themselves."""

from __future__ import annotations

from pathlib import Path

from gridmediate.domain.vocabulary import Level
from gridmediate.geo.measure import union_of
from gridmediate.maps.basemap import find_base_map, read_landmarks
from gridmediate.maps.frame import AreaShape, CellShape
from gridmediate.services.grid import Grid
from gridmediate.services.heat_view import area_code


def street_of(grid: Grid, place: str) -> str:
    """Return the street of a place: of a community the one above it."""
    area = grid.areas.get(place)
    return area.parent_code or place if area and area.level is Level.COMMUNITY else place


def shapes_of(grid: Grid, place: str, level: Level, folder: Path | None) -> tuple[list[CellShape], list[AreaShape]]:
    """Return the units of a map in the order of their codes, and the areas that it names.

    Parameters
    ----------
    place : str
        A community, a street or the county.
    level : Level
        What the units are.
    folder : Path or None
        Where the place's base map and landmarks are kept.
    """
    base = find_base_map(folder) if folder else None
    communities = [
        AreaShape(area.code, area.name, area.name_en, buildings=bool(base and area.code in base.buildings))
        for area in grid.communities_of(place)
    ]
    if level is Level.CELL:
        landmarks = read_landmarks(folder) if folder else {}
        cells = [
            CellShape(card.code, card.name, grid.outlines[card.code], card.name_en,
                      card.community_code, card.households, *landmarks.get(card.code, ("", "")))
            for card in grid.cells_of(place)
        ]
        return cells, communities
    areas = _areas(grid, place, level)
    names = communities if level is Level.COMMUNITY else [AreaShape(each.code, each.name, each.name_en) for each in areas]
    return areas, names


def streets_above(grid: Grid, place: str) -> dict[str, AreaShape]:
    """Return the street of each community of a place."""
    above = {area.code: grid.areas.get(area.parent_code or "") for area in grid.communities_of(place)}
    return {code: AreaShape(street.code, street.name, street.name_en) for code, street in above.items() if street}


def _areas(grid: Grid, place: str, level: Level) -> list[CellShape]:
    members: dict[str, list[str]] = {}
    for card in grid.cells_of(place):
        members.setdefault(area_code(card, level), []).append(card.code)
    found = []
    for code in sorted(members):
        area = grid.areas[code]
        households = [known for each in members[code] if (known := grid.cells[each].households) is not None]
        outline = union_of([grid.outlines[each] for each in members[code]])
        found.append(CellShape(code, area.name, outline, area.name_en, code,
                               sum(households) if households else None))
    return found
