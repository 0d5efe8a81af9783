"""The leaders' figures, the cases behind each, the monthly returns, and what was frozen."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from importlib import import_module
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.categories import category
from gridmediate.domain.figure_facts import Figure, PeriodRule
from gridmediate.domain.figure_facts import Kind as FigureKind
from gridmediate.domain.figures import GROUPS, INDICATORS
from gridmediate.domain.periods import Period, PeriodKind, period_of, read_period
from gridmediate.domain.permissions import Permission
from gridmediate.domain.returns import Axis, ReturnKind
from gridmediate.services import figures, returns
from gridmediate.services.county_returns import issued_returns
from gridmediate.services.figures import Scope, record_figures
from gridmediate.services.grid import grid_of, local_day
from gridmediate.services.rulebook import rulebook_of
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

room = Rooms("figures", __name__)

_READ, _FREEZE = Permission.FIGURES_READ, Permission.FIGURES_FREEZE
#: How many of each the period's choice goes back.
_OFFERED = {PeriodKind.MONTH: 13, PeriodKind.QUARTER: 6, PeriodKind.YEAR: 3}
_WordT = TypeVar("_WordT", bound=StrEnum)


def _asked_period() -> Period:
    first, last = request.values.get("first", ""), request.values.get("last", "")
    if first and last:
        return read_period(f"{first}..{last}")
    return read_period(request.values.get("period") or period_of(PeriodKind.MONTH, local_day(g.now)).key)


def _scope(session: Session) -> Scope:
    return figures.scope_of(session, actor_in_use(), g.now, _asked_period(), place=request.values.get("place", ""),
                            department=request.values.get("department", ""))


def _page(session: Session, scope: Scope) -> dict[str, Any]:
    """Return what the head of every page here needs: what may be chosen, what was, and the address of that choice."""
    places = figures.places_of(grid_of(session, g.now), actor_in_use())
    rules = rulebook_of(session)
    asked = {"period": scope.period.key, "place": scope.place.code, "department": scope.department or None}
    offices = [(code, say(name)) for code, name in sorted(rules.departments.items()) if rules.exists(code)] if scope.exact else []
    return {"scope": scope, "asked": asked, "places": places, "periods": _periods(scope), "offices": offices,
            "free": scope.period.kind is PeriodKind.DAYS, "nav_active": "figures",
            "today": local_day(g.now)}


def _periods(scope: Scope) -> list[tuple[str, list[tuple[str, str]]]]:
    kinds = list(_OFFERED) if scope.exact else [PeriodKind.MONTH]
    return [(say(kind), [(each.key, say(each.label)) for each in _back(kind, local_day(g.now))]) for kind in kinds]


def _back(kind: PeriodKind, today: date) -> list[Period]:
    found = [period_of(kind, today)]
    while len(found) < _OFFERED[kind]:
        found.append(period_of(kind, found[-1].first - timedelta(days=1)))
    return found


@room.get("/figures", permission=_READ)
def index() -> str:
    """Show every indicator of a place and period, with the period before and the same a year ago."""
    with writing() as session:
        scope = _scope(session)
        table = figures.figure_table(session, scope)
        record_figures(session, actor_in_use(), scope)
        page = _page(session, scope)
    groups = [(words, [rule for rule in INDICATORS.values() if rule.group == name]) for name, words in GROUPS.items()]
    return render_template(
        "figures/index.html", table=table, groups=groups, rules=INDICATORS, by_department=figures.BY_DEPARTMENT,
        say_figure=_words, not_compared=PeriodRule.NOW, before=scope.period.before(), year_ago=scope.period.year_ago(),
        may_list=scope.exact, **page)


def _words(figure: Figure) -> str:
    """Return a figure's value in words, without what it was made of."""
    rule = INDICATORS[figure.code]
    if rule.kind is FigureKind.NOT_HELD:
        return gettext("没有记录")
    if rule.kind is FigureKind.COUNT:
        return str(figure.over)
    if not figure.exact:
        return gettext("不显示")
    if figure.median is not None:
        return gettext("中位 %(median)s 天", median=f"{figure.median:.1f}")
    if figure.share is not None:
        return f"{figure.share:.1f}%"
    return gettext("样本不足") if figure.under.low else gettext("无数据")


@room.get("/figures/list", permission=_READ)
def cases() -> str:
    """Show the cases behind a figure."""
    code = request.args.get("indicator", "")
    with writing() as session:
        scope = _scope(session)
        found = figures.figure_list(session, scope, code)
        record_figures(session, actor_in_use(), scope, act="figures.list", indicator=code, cases=found.cases)
        page = _page(session, scope)
    return render_template("figures/list.html", found=found, rule=INDICATORS[code], most=figures.MOST_LISTED, category=category,
                           say_figure=_words, **page)


def _word(kind: type[_WordT], name: str) -> _WordT:
    asked = request.values.get(name, "")
    return kind(asked) if asked in set(kind) else next(iter(kind))


@room.get("/figures/returns", permission=_READ)
def returns_page() -> str:
    """Show a return of a place and period, and what was frozen of the place."""
    kind, axis = _word(ReturnKind, "kind"), _word(Axis, "axis")
    with writing() as session:
        scope = _scope(session)
        if not scope.exact:
            return _issued_page(session, scope, kind)
        made = returns.make_returns(session, scope)
        frozen = returns.frozen_returns(session, scope)
        may_freeze = returns.may_freeze(session, scope, actor_in_use())
        record_figures(session, actor_in_use(), scope, kind=kind.value)
        page = _page(session, scope)
    is_frozen = scope.period.key in {each.period.key for each in frozen}
    return render_template(
        "figures/returns.html", return_table=made.table(kind, axis), count=len(made.cases), kinds=list(ReturnKind),
        axes=made.axes, frozen=frozen, may_freeze=may_freeze and not is_frozen and scope.period.end <= g.now, **page)


def _issued_page(session: Session, scope: Scope, kind: ReturnKind) -> str:
    """Show who reads no cases what the streets issued."""
    made = issued_returns(session, scope)
    asked = request.args.get("axis", "")
    axis = Axis(asked) if asked in made.axes else made.axes[0]
    record_figures(session, actor_in_use(), scope, kind=kind.value, issued=True)
    page = _page(session, scope)
    return render_template("figures/issued.html", made=made, return_table=made.table(kind, axis), kinds=list(ReturnKind),
                           is_over=scope.period.end <= g.now, before=scope.period.before(), **page)


@room.post("/figures/returns/export", permission=_READ)
def export() -> Response:
    """Hand a return out as a workbook."""
    kind = _word(ReturnKind, "kind")
    with writing() as session:
        scope = _scope(session)
        sheets = import_module("gridmediate.services.return_sheets")  # what writes workbooks is loaded when one is asked for
        body = sheets.export_return(session, scope, kind, actor_in_use(), language=language_in_use())
    answer = Response(body, mimetype=sheets.MIMETYPE)
    answer.headers["Content-Disposition"] = f"attachment; filename={sheets.file_name(scope, kind)}"
    return answer


@room.post("/figures/returns/freeze", permission=_FREEZE)
def freeze() -> AnyResponse:
    """Freeze the returns of a street and an ended period."""
    with writing() as session:
        row = returns.freeze(session, _scope(session), actor_in_use())
        return_id = row.id
    flash(gettext("定稿了。以后的变动在这里列为更正，定稿的数不改。"), "ok")
    return redirect(url_for("figures.frozen", return_id=return_id), 303)


@room.post("/figures/returns/correct", permission=_FREEZE)
def correct() -> AnyResponse:
    """Issue a frozen return once more, as the records stand now."""
    with writing() as session:
        return_id = returns.correct(session, _scope(session), actor_in_use()).id
    flash(gettext("更正稿出了，原来的定稿留着。"), "ok")
    return redirect(url_for("figures.frozen", return_id=return_id), 303)


@room.get("/figures/returns/<uuid:return_id>", permission=_READ)
def frozen(return_id: UUID) -> str:
    """Show a frozen return with its corrections."""
    kind, axis = _word(ReturnKind, "kind"), _word(Axis, "axis")
    with writing() as session:
        page = returns.frozen_page(session, return_id, actor_in_use(), g.now)
        record_figures(session, actor_in_use(), page.scope, kind=kind.value, frozen=return_id.hex)
    return render_template(
        "figures/frozen.html", page=page, return_id=return_id, return_table=page.frozen.table(kind, axis),
        corrections=page.corrections(kind, axis), kinds=list(ReturnKind), axes=page.frozen.axes, nav_active="figures")
