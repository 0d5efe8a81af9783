"""Refusals about files of cells and of points: what was got, what was expected, what to do next."""

from __future__ import annotations

from typing import Any

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label


class CrsMissing(Problem):
    """A file does not say in which CRS its coordinates are."""

    code = "cells.crs-missing"
    sentence = Label(
        "文件“{file}”没有写明坐标系，不能猜。请从原软件重新导出并带上坐标系（Shapefile 要有 .prj，GeoPackage 要设 SRS，"
        "GeoJSON 用经纬度或写 crs），推荐 CGCS2000（EPSG:4490）。",
        "The file “{file}” does not say in which coordinate system its coordinates are, and we do not guess. Export it "
        "again with one (a .prj beside the Shapefile, an SRS in the GeoPackage, degrees or a crs member in the GeoJSON); "
        "CGCS2000 (EPSG:4490) is best.",
    )


class CrsUnknown(Problem):
    """A file names a CRS that cannot be read or does not lie on the Earth."""

    code = "cells.crs-unknown"
    sentence = Label(
        "文件“{file}”写的坐标系“{got}”无法识别。请改用有 EPSG 编号的坐标系重新导出，例如 EPSG:4490。",
        "The coordinate system “{got}” named by “{file}” is not known. Export the file in one with an EPSG code, such as "
        "EPSG:4490.",
    )


class NotAFileOfCells(Problem):
    """A file is of another kind than the three that are read."""

    code = "cells.wrong-format"
    sentence = Label(
        "“{file}”不是能读的网格文件。请给 GeoJSON、GeoPackage（.gpkg）或打成一个 zip 的 Shapefile（.shp、.shx、.dbf、.prj"
        "）。",
        "“{file}” is no file of cells that can be read. Give GeoJSON, a GeoPackage (.gpkg), or a Shapefile zipped with "
        "its .shp, .shx, .dbf and .prj.",
    )


class FileBroken(Problem):
    """A file of a known kind cannot be read to its end."""

    code = "file.broken"
    sentence = Label(
        "“{file}”读到一半读不下去：{why}。文件可能不完整，请重新导出或重新上传。",
        "“{file}” cannot be read to its end: {why}. It may be incomplete; export or upload it again.",
    )


class FileAbsent(Problem):
    """There is no such file."""

    code = "file.absent"
    kind = Kind.MISSING
    sentence = Label("找不到文件“{file}”。请核对路径。", "There is no file “{file}”. Check the path.")


class FolderAbsent(Problem):
    """The folder a file should be written to is not there or may not be written to."""

    code = "file.folder-absent"
    sentence = Label(
        "文件夹“{folder}”不存在或不能写。请先建好，或换一个位置。",
        "The folder “{folder}” is not there or cannot be written to. Create it first, or choose another place.",
    )


class FileTooLarge(Problem):
    """A file is larger than is read."""

    code = "cells.too-large"
    sentence = Label(
        "“{file}”太大：{got}，最多 {limit}。请按街道分开，或先简化边界再导出。",
        "“{file}” is too large: {got}, where at most {limit} are read. Split it by street, or simplify the boundaries "
        "before exporting.",
    )


class ArchiveRefused(Problem):
    """A zip holds something that is not unpacked."""

    code = "cells.archive-refused"
    sentence = Label(
        "压缩包“{file}”不能拆：{why}。请只把一个 Shapefile 的 .shp、.shx、.dbf、.prj、.cpg 打成 zip。",
        "The archive “{file}” is not unpacked: {why}. Zip just one Shapefile's .shp, .shx, .dbf, .prj and .cpg.",
    )


class LayerUnclear(Problem):
    """A file holds several layers of polygons, or none."""

    code = "cells.layer-unclear"
    sentence = Label(
        "“{file}”里应当只有一个面图层，现在有：{layers}。请写明用哪一个，或只导出这一个。",
        "“{file}” should hold one layer of polygons; it holds: {layers}. Say which one to use, or export only that one.",
    )


class NotPolygons(Problem):
    """Some shapes are no polygons, or have coordinates that are no numbers."""

    code = "cells.not-polygons"
    sentence = Label(
        "网格应当是面，“{file}”第 {rows} 个要素不是（{got}）。请删掉点和线，只留面。",
        "Cells are polygons; in “{file}” feature {rows} is not ({got}). Remove points and lines and keep the polygons.",
    )


class CoordinatesOutOfRange(Problem):
    """Coordinates are not finite, or no degrees where degrees were declared."""

    code = "cells.coordinates-out-of-range"
    sentence = Label(
        "“{file}”第 {rows} 个要素的坐标（{got}）不在声明的坐标系“{crs}”之内，像是米而不是度，或经纬度颠倒。请核对坐标系后"
        "重新导出。",
        "The coordinates of feature {rows} in “{file}” ({got}) are not within the declared system “{crs}”; they look "
        "like metres, or are swapped. Check the coordinate system and export again.",
    )


class NoCells(Problem):
    """A file holds no feature."""

    code = "cells.none"
    sentence = Label("“{file}”里没有网格。请核对导出的图层。", "“{file}” holds no cells. Check which layer was exported.")


class CodeFieldUnclear(Problem):
    """The field with the cell codes was not named and cannot be told from its name."""

    code = "cells.code-field-unclear"
    sentence = Label(
        "看不出哪一列是网格编码。“{file}”有这些字段：{fields}。请指明一个。",
        "It is not clear which field holds the cell code. “{file}” has: {fields}. Name one.",
    )


class FieldNotInFile(Problem):
    """A field that was named is not in the file."""

    code = "file.field-absent"
    sentence = Label(
        "“{file}”里没有“{got}”这一列。有这些：{fields}。请从中选。",
        "“{file}” has no field “{got}”. It has: {fields}. Choose one of these.",
    )


class CodesRepeat(Problem):
    """Two cells have the same code, or one has none."""

    code = "cells.codes-repeat"
    sentence = Label(
        "网格编码必须各不相同、不能空着：{codes}。请先用“grid check”查清再改。",
        "Cell codes must be present and each its own: {codes}. Find them with “grid check” and correct them first.",
    )


class RingsInvalid(Problem):
    """Some cells cross themselves, so that inside and outside are not settled."""

    code = "cells.rings-invalid"
    sentence = Label(
        "这些网格的边界自相交，分不清里外：{codes}。请先用“grid check”看位置并改好。",
        "The boundaries of these cells cross themselves, so inside and outside are not settled: {codes}. See where with "
        "“grid check” and correct them.",
    )


class ReadingStopped(Problem):
    """The reader of an untrusted file went over its limits of time or memory."""

    code = "cells.reading-stopped"
    sentence = Label(
        "读“{file}”超出了时间或内存的限度，已停止。请先简化边界，或按街道分开再传。",
        "Reading “{file}” went over its limit of time or memory and was stopped. Simplify the boundaries or split the "
        "file by street.",
    )


class TextUnreadable(Problem):
    """A text file is in no encoding that is read."""

    code = "points.encoding-unknown"
    sentence = Label(
        "“{file}”的文字编码无法识别。请另存为 UTF-8 或 GBK 的 CSV。",
        "The text encoding of “{file}” is not known. Save it as CSV in UTF-8 or GBK.",
    )


class HeaderMissing(Problem):
    """A table has no header."""

    code = "points.header-missing"
    sentence = Label(
        "“{file}”是空的，没有表头。请给第一行写列名的 CSV。",
        "“{file}” is empty and has no header. Give a CSV whose first row names its columns.",
    )


class RowTooLong(Problem):
    """A row has more fields than the header names."""

    code = "points.row-too-long"
    sentence = Label(
        "“{file}”第 {line} 行有 {got} 格，表头只有 {expected} 列。请检查这一行的逗号和引号。",
        "Line {line} of “{file}” has {got} fields where the header names {expected}. Check the commas and quotes of that "
        "line.",
    )


class ColumnTaken(Problem):
    """A column that would be added is in the table already."""

    code = "points.column-taken"
    sentence = Label(
        "“{file}”已经有这些列：{columns}。请先删掉或改名，免得混淆新旧答案。",
        "“{file}” already has: {columns}. Remove or rename them first, so that old answers are not taken for new ones.",
    )


class OutputIsInput(Problem):
    """The answer would be written over what was asked."""

    code = "file.output-is-input"
    sentence = Label(
        "输出“{file}”就是输入文件，会把它覆盖。请换一个文件名。",
        "The output “{file}” is an input file and would replace it. Choose another name.",
    )


BY_CODE: dict[str, type[Problem]] = {each.code: each for each in Problem.__subclasses__() if each.__module__ == __name__}


def problem_from(code: str, values: dict[str, Any]) -> Problem:
    """Make again a problem of this page that came over from another process as its code and values."""
    return BY_CODE[code](**values)
