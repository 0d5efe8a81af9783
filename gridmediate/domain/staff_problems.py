"""Refusals about people, their posts and their seats: in a form, or by row of an Excel file."""

from __future__ import annotations

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label


class StaffFileRefused(Problem):
    """The file is no Excel workbook that is read."""

    code = "staff.file-refused"
    sentence = Label(
        "“{file}”不能导入：{why}。请下载模板，填好后存为 .xlsx 再传。",
        "“{file}” cannot be imported: {why}. Download the template, fill it in and save it as .xlsx.",
    )


class StaffHeaderMissing(Problem):
    """The sheet lacks columns."""

    code = "staff.header-missing"
    sentence = Label(
        "表头缺这些列：{columns}。请用模板的表头，列的先后不限。",
        "These columns are missing: {columns}. Use the template's header row; the order of the columns is free.",
    )


class StaffRowIncomplete(Problem):
    """A row lacks a value."""

    code = "staff.row-incomplete"
    sentence = Label(
        "第 {row} 行没有填“{column}”。",
        "Row {row} lacks “{column}”.",
    )


class StaffValueUnknown(Problem):
    """A row has a value that is none of the choices."""

    code = "staff.value-unknown"
    sentence = Label(
        "第 {row} 行“{column}”是“{got}”，应为：{choices}。",
        "Row {row}: “{column}” is “{got}”; expected one of: {choices}.",
    )


class StaffValueTooLong(Problem):
    """A row has a value longer than its field."""

    code = "staff.value-too-long"
    sentence = Label(
        "第 {row} 行“{column}”有 {length} 字，最多 {limit} 字。",
        "Row {row}: “{column}” has {length} characters; at most {limit} fit.",
    )


class StaffDayUnreadable(Problem):
    """A row has a day that is none."""

    code = "staff.day-unreadable"
    sentence = Label(
        "第 {row} 行“{column}”是“{got}”，不是日期。请写成 2026-11-23 的样子。",
        "Row {row}: “{column}” is “{got}”, which is no date. Write it like 2026-11-23.",
    )


class StaffTermReversed(Problem):
    """A term ends before it begins."""

    code = "staff.term-reversed"
    sentence = Label(
        "第 {row} 行：截止日 {last} 早于起始日 {first}。",
        "Row {row}: the last day, {last}, is before the first, {first}.",
    )


class StaffLoginInvalid(Problem):
    """A sign-in name has letters it may not have."""

    code = "staff.login-invalid"
    sentence = Label(
        "第 {row} 行登录名“{got}”不能用：只用字母、数字、点、横线，2 到 64 位，如 JX-0102。",
        "Row {row}: the sign-in name “{got}” cannot be used: letters, digits, dots and hyphens, 2 to 64 of them, such as "
        "JX-0102.",
    )


class StaffNamesDiffer(Problem):
    """One sign-in name, two people."""

    code = "staff.names-differ"
    sentence = Label(
        "第 {row} 行：登录名 {login} 已是“{other}”，这里写的是“{name}”。一人一号；换人请用新的登录名，"
        "改名请在“人员与部门”里改。",
        "Row {row}: the sign-in name {login} belongs to “{other}”; here it says “{name}”. One person, one account: use a "
        "new name for "
        "a new person, or change the name under People.",
    )


class StaffPlaceUnknown(Problem):
    """A row names a community, street, county or department that is not there."""

    code = "staff.place-unknown"
    sentence = Label(
        "第 {row} 行“{column}”是“{got}”，没有这个{expected}。请核对编码。",
        "Row {row}: “{column}” is “{got}”; there is no such {expected}. Check the code.",
    )


class StaffSeatTwice(Problem):
    """Two rows put two people into one seat on the same days."""

    code = "staff.seat-twice"
    sentence = Label(
        "第 {row} 行与第 {other} 行：{cell}的{seat}席同一天有两个人。请错开日期，或把其中一人标为“代管”。",
        "Rows {row} and {other}: two people hold the seat of {seat} in {cell} on the same days. Change the days, or mark "
        "one as cover.",
    )


class StaffRowTwice(Problem):
    """Two rows say the same."""

    code = "staff.row-twice"
    sentence = Label(
        "第 {row} 行与第 {other} 行重复。请删掉一行。",
        "Rows {row} and {other} say the same. Delete one.",
    )


class LeaverUnknown(Problem):
    """A leaver who has no account."""

    code = "staff.leaver-unknown"
    sentence = Label(
        "第 {row} 行：没有登录名 {login}，无法办离岗。",
        "Row {row}: there is no account {login}, so it cannot leave.",
    )


class LoginInvalid(Problem):
    """A sign-in name has letters it may not have."""

    code = "account.login-invalid"
    sentence = Label(
        "登录名“{got}”不能用：只用字母、数字、点、横线，2 到 64 位，如 JX-0102。",
        "The sign-in name “{got}” cannot be used: letters, digits, dots and hyphens, 2 to 64 of them, such as JX-0102.",
    )


class NotOneself(Problem):
    """An administrator would lock herself out."""

    code = "account.not-oneself"
    kind = Kind.CONFLICT
    sentence = Label(
        "不能停用自己，也不能收回自己的管理员岗位。请由另一位管理员来办。",
        "You cannot disable yourself or take your own administrator's post away. Ask another administrator.",
    )


class DutiesApart(Problem):
    """Administrator and auditor are two people."""

    code = "account.duties-apart"
    kind = Kind.CONFLICT
    sentence = Label(
        "管理员、审计员不能由办案的人兼任，彼此也不能兼任：查看记录的人不应能改设置或办案。请另设一人。",
        "Administrator and auditor cannot be the same person, nor anyone who works on cases: whoever reads the record "
        "must not be able "
        "to change settings or cases. Name another person.",
    )


class DaysReversed(Problem):
    """A last day before the first."""

    code = "roster.days-reversed"
    sentence = Label(
        "截止日 {last} 早于起始日 {first}。请改日期。",
        "The last day, {last}, is before the first, {first}. Change the days.",
    )


class SeatTaken(Problem):
    """Somebody else holds the seat on some of these days."""

    code = "roster.seat-taken"
    kind = Kind.CONFLICT
    sentence = Label(
        "{cell}的{seat}席在 {first} 起已由{name}在岗。请勾选“接替”，或改成代管，或换日期。",
        "{name} holds the seat of {seat} in {cell} from {first}. Tick “replace”, make it a cover, or change the days.",
    )


class TermOver(Problem):
    """A term of the past is not changed."""

    code = "roster.term-over"
    kind = Kind.CONFLICT
    sentence = Label(
        "这一段已在 {last} 结束，过去的名册不再改。要补排，请新排一段。",
        "This term ended on {last}; rosters of the past are not changed. Enter a new term instead.",
    )


class DayInThePast(Problem):
    """A change would reach back behind yesterday."""

    code = "roster.day-in-the-past"
    sentence = Label(
        "{name}最早可以是 {earliest}：已过去的日子里案件按当时的名册组过队，不能倒改。",
        "{name} can be {earliest} at the earliest: teams of days gone by were formed from the roster as it was.",
    )


class AccountGone(Problem):
    """The account is disabled."""

    code = "roster.account-gone"
    kind = Kind.CONFLICT
    sentence = Label(
        "{name}的账号已停用，不能排进名册。",
        "{name}'s account is disabled and cannot be put on the roster.",
    )


class NoAdministrator(Problem):
    """Nobody in whose name the command line could act."""

    code = "staff.no-administrator"
    kind = Kind.MISSING
    sentence = Label(
        "没有管理员账号（{login}）。请在文件里写一行岗位为“管理员”的人，或用 --as 指明已有的管理员。",
        "There is no administrator ({login}). Give the file a row with the post “Administrator”, or name one with --as.",
    )
