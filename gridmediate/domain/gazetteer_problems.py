"""Refusals about a file of place names, by row as Excel counts."""

from __future__ import annotations

from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label


class PlacesFileRefused(Problem):
    """The file is neither a workbook nor a CSV that is read."""

    code = "gazetteer.file-refused"
    sentence = Label(
        "“{file}”不能导入：{why}。请下载模板，填好后存为 .xlsx 或 .csv 再传。",
        "“{file}” cannot be imported: {why}. Download the template, fill it in and save it as .xlsx or .csv.",
    )


class PlacesHeaderMissing(Problem):
    """The sheet lacks columns."""

    code = "gazetteer.header-missing"
    sentence = Label(
        "表头缺这些列：{columns}。请用模板的表头，列的先后不限。",
        "These columns are missing: {columns}. Use the template's header row; the order of the columns is free.",
    )


class PlaceNameMissing(Problem):
    """A row has no name, or one without a letter."""

    code = "gazetteer.name-missing"
    sentence = Label(
        "第 {row} 行没有填“地名”。",
        "Row {row} lacks the name of the place.",
    )


class PlaceValueTooLong(Problem):
    """A row has a value longer than its field."""

    code = "gazetteer.value-too-long"
    sentence = Label(
        "第 {row} 行“{column}”有 {length} 字，最多 {limit} 字。",
        "Row {row}: “{column}” has {length} characters; at most {limit} fit.",
    )


class PlaceNowhere(Problem):
    """A row names neither a cell nor a point."""

    code = "gazetteer.nowhere"
    sentence = Label(
        "第 {row} 行“{place}”没有网格，也没有经纬度。请至少填一样。",
        "Row {row}: “{place}” has neither a cell nor a point. Give at least one of them.",
    )


class PlaceCellUnknown(Problem):
    """A row names a cell that is not in force."""

    code = "gazetteer.cell-unknown"
    sentence = Label(
        "第 {row} 行“{place}”的网格是“{got}”，现在没有这一格。请核对编码或名称。",
        "Row {row}: the cell of “{place}” is “{got}”; no such cell is in force. Check the code or the name.",
    )


class PlaceCellUnclear(Problem):
    """A row names a cell by a name that several have."""

    code = "gazetteer.cell-unclear"
    sentence = Label(
        "第 {row} 行“{place}”的网格名“{got}”有几格同名：{codes}。请写网格编码。",
        "Row {row}: several cells are called “{got}” (of “{place}”): {codes}. Give the code.",
    )


class PlacePointUnreadable(Problem):
    """A row has half a point, or one that is no number."""

    code = "gazetteer.point-unreadable"
    sentence = Label(
        "第 {row} 行“{place}”的经纬度是“{got}”，看不懂。经度、纬度都要填，写成 118.760123 的样子。",
        "Row {row}: the point of “{place}”, “{got}”, cannot be read. Give both longitude and latitude, such as 118.760123.",
    )


class PlaceDatumUnknown(Problem):
    """A row names a datum that is not known."""

    code = "gazetteer.datum-unknown"
    sentence = Label(
        "第 {row} 行“{place}”的坐标系是“{got}”，应为：{choices}。",
        "Row {row}: the datum of “{place}” is “{got}”; expected one of: {choices}.",
    )


class PlaceOutside(Problem):
    """A row's point lies in no cell."""

    code = "gazetteer.outside"
    sentence = Label(
        "第 {row} 行“{place}”的点不在任何网格内，最近的{nearest}相距约 {distance_m} 米。请核对经纬度和坐标系。",
        "Row {row}: the point of “{place}” lies in no cell; the nearest, {nearest}, is about {distance_m} m away. Check the "
        "coordinates and their datum.",
    )


class PlaceCellAndPointDiffer(Problem):
    """A row's cell is not the one its point lies in."""

    code = "gazetteer.cell-and-point-differ"
    sentence = Label(
        "第 {row} 行“{place}”写的是{cell}，点却在{found}。请改网格或经纬度。",
        "Row {row}: “{place}” is said to be in {cell}, but its point lies in {found}. Correct the cell or the point.",
    )


class PlaceTwice(Problem):
    """Two rows name the same place and building in one community."""

    code = "gazetteer.twice"
    sentence = Label(
        "第 {row} 行与第 {other} 行是同一个社区的同一处：“{place}”。请删掉一行，或写清楼栋。",
        "Rows {row} and {other} name the same place of one community: “{place}”. Delete one, or give the buildings.",
    )


class PlacesFileEmpty(Problem):
    """A file without rows would end the whole book."""

    code = "gazetteer.file-empty"
    sentence = Label(
        "“{file}”里没有地名，没有导入。",
        "“{file}” holds no places; nothing was imported.",
    )
