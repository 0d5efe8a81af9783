"""Refusals about taking a sheet of cells into the home's grid."""

from __future__ import annotations

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label


class FaultsOpen(Problem):
    """Faults that must be corrected stand in the way of an import."""

    code = "cells.faults-open"
    kind = Kind.CONFLICT
    sentence = Label(
        "还有 {count} 处必须改，才能导入。请按清单改好文件再来；确实存在的重叠可以写明接受。",
        "Faults to be corrected before the import: {count}. Correct the file by the list; overlaps that are real can "
        "be accepted "
        "expressly.",
    )


class CommunityUnclear(Problem):
    """The codes do not say which community the cells belong to."""

    code = "cells.community-unclear"
    sentence = Label(
        "从编码看不出网格属于哪个社区：{codes}。编码不足 15 位时，请写明都归哪个社区。",
        "The codes do not tell the community: {codes}. Where codes are not of 15 digits, say which community they all "
        "belong to.",
    )


class OtherCounty(Problem):
    """Cells of another county than this home's."""

    code = "cells.other-county"
    sentence = Label(
        "这里是 {county} 的网格库，文件里有别的区县的编码：{codes}。一个区县一个库，请分开导入。",
        "This home is county {county}; the file has codes of another: {codes}. Each county has its own home; import them "
        "apart.",
    )


class EditionAhead(Problem):
    """A later edition of a cell is entered already."""

    code = "cells.edition-ahead"
    kind = Kind.CONFLICT
    sentence = Label(
        "这些网格在 {day} 或之后已有新的一版：{codes}。请把生效日定在那之后。",
        "These cells already have an edition from {day} or later: {codes}. Let this one begin after that day.",
    )


class EffectiveInThePast(Problem):
    """A change of cells would reach back."""

    code = "cells.effective-in-the-past"
    sentence = Label(
        "改动或停用的网格最早从 {earliest} 起生效：更早的案件已按原来的网格登记，不能倒改。"
        "只有新增的网格可以写过去的日期。",
        "Changed or retired cells take effect on {earliest} at the earliest: earlier cases were entered with the cells "
        "of their day. "
        "Only new cells may have a day in the past.",
    )


class PatternUnusable(Problem):
    """The pattern for codes is no regular expression."""

    code = "cells.pattern-unusable"
    sentence = Label(
        "编码样式“{got}”不是可用的正则表达式。15 位数字写作 \\d{{15}}。",
        "The code pattern “{got}” is no regular expression. Fifteen digits are \\d{{15}}.",
    )


class UploadGone(Problem):
    """The file uploaded in an earlier step is no longer kept."""

    code = "cells.upload-gone"
    kind = Kind.MISSING
    sentence = Label(
        "上传的文件已经清除（保留 {hours} 小时）。请重新选文件。",
        "The uploaded file is gone (it is kept {hours} hours). Choose it again.",
    )
