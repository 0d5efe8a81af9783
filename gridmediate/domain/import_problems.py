"""Refusals about a file of cases and the mapping that tells how to read it."""

from __future__ import annotations

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label


class MapUnreadable(Problem):
    """The mapping is no TOML."""

    code = "import.map-unreadable"
    sentence = Label(
        "映射文件读不下去：{why}。请按 TOML 的写法改正。",
        "The mapping cannot be read: {why}. Correct it by the rules of TOML.",
    )


class MapKeyMissing(Problem):
    """The mapping lacks what every mapping has."""

    code = "import.map-key-missing"
    sentence = Label("映射里缺“{key}”，它要写{expected}。", "The mapping lacks “{key}”: {expected}.")


class MapKeyUnknown(Problem):
    """The mapping has a key that means nothing, most likely misspelt."""

    code = "import.map-key-unknown"
    sentence = Label(
        "映射里的“{key}”没有意义，请核对拼写。这里可写：{known}。",
        "“{key}” means nothing in a mapping; check the spelling. Here one may write: {known}.",
    )


class MapValueWrong(Problem):
    """A key of the mapping has a value that cannot be used."""

    code = "import.map-value-wrong"
    sentence = Label("映射里“{key}”写的是“{got}”，应为{expected}。", "“{key}” of the mapping is “{got}”; expected {expected}.")


class ColumnsAbsent(Problem):
    """The mapping names columns that the file does not have."""

    code = "import.columns-absent"
    sentence = Label(
        "映射用到的列，文件“{file}”里没有：{missing}。文件里有：{columns}。",
        "The mapping names columns that “{file}” does not have: {missing}. It has: {columns}.",
    )


class ValuesUnmapped(Problem):
    """Values of a column stand in no table of the mapping, and no default was given."""

    code = "import.values-unmapped"
    sentence = Label(
        "“{column}”列的这些值没有对应（后面是行数）：{values}。请在 [{key}.values] 里补上，或写明 {key}.default。",
        "These values of “{column}” are not mapped (with their number of rows): {values}. Add them to [{key}.values], "
        "or give {key}.default.",
    )


class DepartmentsUnknown(Problem):
    """The mapping sends to departments that are neither here nor to be made."""

    code = "import.departments-unknown"
    sentence = Label(
        "映射里的部门这里没有：{codes}。这里有：{known}。请改用这些，或在 [departments] 里写明要新建的部门。",
        "The mapping names departments that are not here: {codes}. Here are: {known}. Use one of these, or describe "
        "the new ones in [departments].",
    )


class StreetsUnknown(Problem):
    """A street code is none of the home's."""

    code = "import.streets-unknown"
    sentence = Label("没有编码为 {codes} 的街道。这里有：{known}。", "There is no street {codes}. Here are: {known}.")


class NumberMissing(Problem):
    """A row has no number of its own, so that a repeated import could not know it again."""

    code = "import.number-missing"
    sentence = Label("“{column}”是空的，没有编号就认不出重复。", "“{column}” is empty; without a number a repeat cannot be told.")


class NumberRepeats(Problem):
    """Two rows of one file have the same number."""

    code = "import.number-repeats"
    kind = Kind.CONFLICT
    sentence = Label("编号“{number}”与第 {line} 行重复。", "The number “{number}” stands in line {line} already.")


class MomentUnreadable(Problem):
    """A date is not written as the mapping says."""

    code = "import.moment-unreadable"
    sentence = Label(
        "“{column}”是“{got}”，不是 {expected} 这样写的时间。",
        "“{column}” is “{got}”, which is not a time written as {expected}.",
    )


class MomentAhead(Problem):
    """A date lies in the future."""

    code = "import.moment-ahead"
    sentence = Label("“{column}”是“{got}”，还没有到。", "“{column}” is “{got}”, which is still to come.")


class ClosingMissing(Problem):
    """A case is said to be closed, and not when."""

    code = "import.closing-missing"
    sentence = Label("写明已办结（{status}），但“{column}”没有时间。", "The row is closed ({status}); “{column}” gives no time.")


class ClosedBeforeFiled(Problem):
    """A case is said to be closed before it was filed."""

    code = "import.closed-before-filed"
    sentence = Label(
        "办结（{closed}）早于上报（{filed}）。确实要收的话，在映射里写 closed.before_filed = \"at_filing\"。",
        "It was closed ({closed}) before it was filed ({filed}). To take such rows, write closed.before_filed = "
        "\"at_filing\" in the mapping.",
    )


class PositionUnreadable(Problem):
    """Coordinates are half there, no numbers, or no degrees."""

    code = "import.position-unreadable"
    sentence = Label("坐标“{lon}, {lat}”不是经纬度。", "“{lon}, {lat}” is no longitude and latitude.")
