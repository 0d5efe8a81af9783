"""Why a case belongs to its cell, or to none yet: the sentences kept on the case."""

from __future__ import annotations

from enum import StrEnum

from gridmediate.domain.vocabulary import add_phrases


class Placed(StrEnum):
    """How a point stands to the cells, and how a cell was settled."""

    INSIDE = "inside"
    EDGE = "edge"
    OVERLAP = "overlap"
    OUTSIDE = "outside"
    NONE = "none"


add_phrases(
    {
        "place.inside": ("位置在{cell}内", "The point lies in {cell}"),
        "place.edge": (
            "位置正在{cells}的交界线上，按规则归编码小的{cell}",
            "The point lies on the border of {cells}; by rule it goes to the smaller code, {cell}",
        ),
        "place.overlap": (
            "位置同时在{cells}内（网格有重叠），按规则归编码小的{cell}",
            "The point lies in {cells}, which overlap; by rule it goes to the smaller code, {cell}",
        ),
        "place.chosen": (
            "误差约 {accuracy_m} 米，可能在{cells}，上报人认定在{cell}",
            "With an error of about {accuracy_m} m it may be in {cells}; the filer settled on {cell}",
        ),
        "place.confirmed": ("上报人在地图上认定在{cell}", "The filer settled on {cell} on the map"),
        "place.listed": ("上报人从列表选定{cell}", "The filer chose {cell} from the list"),
        "place.gazetteer": (
            "地名库：按{how}对上{place}，上报人确认在{cell}",
            "Gazetteer: found by {how}, {place}; the filer confirmed that it is in {cell}",
        ),
        "place.unsure": (
            "在{cells}交界处，上报人说不准，交社区认领",
            "Near the border of {cells}; the filer is not sure, so the community settles it",
        ),
        "place.outside": (
            "位置不在任何网格内，最近的{nearest}相距约 {distance_m} 米",
            "The point lies in no cell; the nearest, {nearest}, is about {distance_m} m away",
        ),
        "place.address": ("只有地址，还没有定到网格", "Only an address is known; no cell is settled yet"),
        "place.none": ("没有位置，还没有定到网格", "No position is known; no cell is settled yet"),
        "place.settled": ("{by}认定在{cell}：{reason}", "{by} settled on {cell}: {reason}"),
    }
)
