"""What is said of each fault of a sheet of cells: a title, and what it means for the work."""

from __future__ import annotations

from gridmediate.domain.vocabulary import Phrase, add_phrases

add_phrases({
    "cells.overlap": ("{cells}重叠 {area} 平方米", "{cells} overlap by {area} m²"),
    "cells.overlap.advice": (
        "落在重叠处的上报会算给编码较小的一格，并注明两格。请把重叠处划归一格。",
        "A case in the overlap goes to the smaller code, and both are named. Give the overlap to one of them.",
    ),
    "cells.gap": ("{cells}之间有缝 {area} 平方米", "A gap of {area} m² between {cells}"),
    "cells.gap-within": ("{cells}里面有缝 {area} 平方米", "A gap of {area} m² within {cells}"),
    "cells.gap-within.advice": (
        "缝里的点不属于任何网格。请补上，有意留空也请说明。", "A point in the gap lies in no cell. Fill it, unless it is meant.",
    ),
    "cells.gap.advice": (
        "缝里的点不属于任何网格。请并入相邻的一格。", "A point in the gap lies in no cell. Join it to a neighbour.",
    ),
    "cells.void": ("{cells}围着一块 {area} 平方米的空处", "{area} m² without a cell, enclosed by {cells}"),
    "cells.void.advice": (
        "这块空处像一格那么大，也许是水面或别的辖区。有意留空可以不改。",
        "It is as large as a cell: perhaps water, or another authority's land. If it is meant, leave it.",
    ),
    "cells.uncovered": ("辖区里有 {area} 平方米没有网格，靠近{cells}", "{area} m² of the area have no cell, near {cells}"),
    "cells.uncovered.advice": (
        "那里的点不属于任何网格。请扩格或补一格。", "A point there lies in no cell. Extend one or add one.",
    ),
    "cells.slivers": (
        "还有 {overlaps} 处细小重叠、{gaps} 处细缝，合计 {area} 平方米",
        "{overlaps} more overlaps and {gaps} gaps too small to matter, {area} m² in all",
    ),
    "cells.slivers.advice": ("每处都小于容差，可以不改。", "Each is below the tolerance; they may stay."),
    "cells.ring": ("{cells}的边界有错：{reason}（{place}）", "The boundary of {cells} is wrong: {reason} ({place})"),
    "cells.ring.advice": (
        "分不清里外，上报会落错格。请改好，或看过修补的样子再采用。",
        "Inside and outside are not settled. Correct it, or look at the proposed repair first.",
    ),
    "cells.code-missing": ("{cells}没有编码", "{cells} has no code"),
    "cells.code-missing.advice": (
        "没有编码的网格不能派案。请补上。", "No case can be given to a cell without a code. Add it.",
    ),
    "cells.code-repeats": ("{cells}编码相同", "{cells} have the same code"),
    "cells.code-repeats.advice": ("{code} 出现 {count} 次。请各给一个编码。", "{code} appears {count} times. Give each its own."),
    "cells.code-pattern": ("{count} 格的编码不合规定：{cells}", "Codes not as agreed, cells: {count} ({cells})"),
    "cells.code-pattern.advice": (
        "规定的样式是 {pattern}。请更正编码，或改规定。", "The agreed pattern is {pattern}. Correct the codes, or the pattern.",
    ),
    "cells.name-missing": ("{count} 格没有名称：{cells}", "Cells without a name: {count} ({cells})"),
    "cells.name-missing.advice": (
        "页面上只能显示编码，不影响派案。", "Pages will show the code instead; cases are not affected.",
    ),
    "cells.empty": ("{cells}没有图形", "{cells} has no shape"),
    "cells.empty.advice": (
        "没有图形的网格找不到案件。请补画或删去。", "No place lies in a cell without a shape. Draw it or remove it.",
    ),
    "cells.tiny": ("{cells}只有 {area} 平方米", "{cells} is only {area} m²"),
    "cells.tiny.advice": ("多半是画图时留下的碎片。请核对。", "Probably a fragment left from drawing. Check it."),
    "cells.outside": ("{cells}有 {area} 平方米在辖区之外", "{area} m² of {cells} lie outside the area"),
    "cells.outside.advice": (
        "越界处的上报会与邻区重复。请改回界内。",
        "Cases there would be counted twice with the neighbours. Bring it back inside.",
    ),
    "cells.outside-wholly": ("{cells}整个在辖区之外", "{cells} lies wholly outside the area"),
    "cells.outside-wholly.advice": (
        "也许坐标系或图层选错了。请核对。", "Perhaps the coordinate system or the layer is the wrong one. Check it.",
    ),
    "cells.outside-rim": ("{cells}越出辖区约 {width} 米", "{cells} crosses the area's border by about {width} m"),
    "cells.outside-rim.advice": ("不到 1 米，不影响派案。", "Less than 1 m; cases are not affected."),
    "cells.multipart": ("{cells}分成 {parts} 块", "{cells} is in {parts} parts"),
    "cells.multipart.advice": ("飞地可以有；不是的话请核对。", "An exclave may be meant; if not, check it."),
    "cells.households-missing": ("{count} 格没写户数：{cells}", "Cells without households: {count} ({cells})"),
    "cells.households-missing.advice": (
        "每千户指标会空着，不影响派案。", "Figures per 1,000 households stay empty; cases are not affected.",
    ),
})

#: Reasons that GEOS gives for an invalid ring, in both languages.
RING_REASONS = {
    "Self-intersection": ("边界自相交", "the boundary crosses itself"),
    "Ring Self-intersection": ("边界碰到自己", "the boundary touches itself"),
    "Too few points in geometry component": ("点数太少", "too few points"),
    "Hole lies outside shell": ("洞在外圈之外", "a hole lies outside its shell"),
    "Holes are nested": ("洞里套洞", "a hole lies within a hole"),
    "Nested holes": ("洞里套洞", "a hole lies within a hole"),
    "Interior is disconnected": ("内部被切断", "the inside is cut apart"),
    "Nested shells": ("外圈套外圈", "a part lies within a part"),
    "Duplicate Rings": ("环重复", "a ring stands twice"),
    "Invalid Coordinate": ("坐标不是数", "a coordinate is no number"),
}


def words_of(code: str, /, **values: object) -> tuple[Phrase, Phrase]:
    """Return title and advice of a fault: one of this page's codes with what it names."""
    return Phrase(f"cells.{code}", values), Phrase(f"cells.{code}.advice", values)


def named(names: list[str], at_most: int = 6) -> dict[str, str]:
    """Return a row of cells in both languages: 第5网格与第6网格; A and B; many are cut short with their number."""
    if len(names) > at_most:
        shown, count = names[:at_most], len(names)
        return {"zh": f"{'、'.join(shown)} 等 {count} 格", "en": f"{', '.join(shown)} … ({count})"}
    if len(names) < 2:
        only = names[0] if names else ""
        return {"zh": only or "无编码的一格", "en": only or "a cell without code"}
    return {"zh": "、".join(names[:-1]) + "与" + names[-1], "en": ", ".join(names[:-1]) + " and " + names[-1]}


def square_metres(area_m2: float) -> str:
    """Return an area as printed: whole square metres with thousands set off, decimals below ten."""
    return f"{area_m2:,.0f}" if area_m2 >= 10 else f"{area_m2:.2g}"
