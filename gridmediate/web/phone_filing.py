"""What a phone is given so that a whole filing runs on it: outlines, categories, who handles what, and the server's own words."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from gridmediate.domain.categories import CATEGORIES, HEADS, Category
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import FieldMissing, NotFound, OutsideGrid, Problem
from gridmediate.domain.vocabulary import Flag, Source
from gridmediate.maps.frame import Packed
from gridmediate.maps.outlines import pack_outlines
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.on_spot import why_barred
from gridmediate.services.placing import FarFromOwnCells
from gridmediate.services.preview import Handlers, see_handlers
from gridmediate.services.rulebook import rulebook_of
from gridmediate.web.context import actor_in_use, app_in_use, reading
from gridmediate.web.filing_form import FIELD_NAMES, PhoneNotANumber
from gridmediate.web.language import language_in_use
from gridmediate.web.map_ground import kept
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

room = Rooms("phone_filing", __name__)

#: Scripts of a posted step, and those of the page on which the whole filing runs.
POSTED_SCRIPTS = ("js/filing.js", "js/field/posted.js")
PHONE_SCRIPTS = (*POSTED_SCRIPTS, "js/field/photos.js", "js/field/steps.js")
#: What scripts put into sentences, in the spelling of ``gridmediate.fill``.
_HOLES = {"km": "%(km)s", "got": "%(got)s", "nearest": "%(name)s", "distance_m": "%(metres)s"}
#: Packed outlines held at one time: one for each set of streets that people work in.
_PACKED_AT_MOST = 64
#: Heads whose first circumstance is one of their own.
FLAG_OF_HEAD = {"07": Flag.MIGRANT_WAGES}
#: A class that bars nothing by itself.
_ORDINARY = "0201"


@room.get("/field/outlines", permission=Permission.CASE_FILE)
def outlines() -> Response:
    """Answer the exact outlines of some streets' cells (``street``, repeated); the address changes when they do (``v``)."""
    with reading() as session:
        grid = grid_of(session, g.now)
    packed = _packed(grid, tuple(sorted(set(request.args.getlist("street")))))
    return kept(packed.body)


def outlines_address(grid: Grid) -> str:
    """Return the address of the outlines of the streets that the reader works in."""
    streets = _own_streets(grid)
    return url_for("phone_filing.outlines", street=streets, v=_packed(grid, streets).digest)


def _own_streets(grid: Grid) -> tuple[str, ...]:
    actor = actor_in_use()
    own = {grid.cells[code].street_code for code in actor.cells if code in grid.cells}
    own |= {grid.areas[code].parent_code or "" for code in actor.communities if code in grid.areas}
    own |= set(actor.streets)
    first = next((card.street_code for card in grid.cells.values()), "")
    return tuple(sorted(own or {first}))


def _packed(grid: Grid, streets: tuple[str, ...]) -> Packed:
    shapes = {card.code: grid.outlines[card.code] for street in streets for card in grid.cells_of(street)}
    if not shapes:
        raise NotFound
    known: dict[tuple[Any, ...], Packed] = app_in_use().extensions.setdefault("gridmediate-outlines", {})
    key = (grid.edition, streets)
    if key not in known:
        if len(known) >= _PACKED_AT_MOST:
            known.clear()
        known[key] = pack_outlines(shapes)
    return known[key]


def phone_data(session: Session) -> dict[str, Any]:
    """Return what ``js/field/steps.js`` and ``js/filing.js`` know without the server."""
    return {
        "urls": {"outbox": url_for("offline.outbox"), "today": url_for("worker.today"), "token": url_for("auth.form_token"),
                 "similar": url_for("field.similar"), "file": url_for("filing.place")},
        "own": sorted(actor_in_use().cells), "far_m": app_in_use().settings.far_position_m,
        "problems": _problems(), "words": _words(), "flag_of_head": FLAG_OF_HEAD, **categories_data(session),
    }


def categories_data(session: Session) -> dict[str, Any]:
    """Return the categories with their search words, and who handles each by the standing rules (no flag, no cell)."""
    rules = rulebook_of(session)
    kept_rows: dict[Any, dict[str, Any]] = app_in_use().extensions.setdefault("gridmediate-phone-categories", {})
    key = language_in_use()
    if key not in kept_rows or kept_rows[key]["rules"] is not rules:
        kept_rows[key] = {"rules": rules, "rows": _categories(session)}
    rows: dict[str, Any] = kept_rows[key]["rows"]
    return rows


def _categories(session: Session) -> dict[str, Any]:
    handlers: dict[tuple[Any, ...], int] = {}
    rows = [_category_row(each, handlers.setdefault(_handled(see_handlers(session, each.code, (), None, g.now)), len(handlers)))
            for each in CATEGORIES.values()]
    return {
        "heads": {head.code: [say(head.short), head.position] for head in HEADS.values()},
        "barred": {head.code: [say(head.not_mediable.reason), say(head.not_mediable.referral)]
                   for head in HEADS.values() if head.not_mediable},
        "categories": rows, "handlers": [list(each) for each in handlers],
    }


def _category_row(each: Category, handlers: int) -> list[Any]:
    shown = "" if language_in_use() == "zh" else say(each.examples)
    return [each.code, say(each.name), say(each.short), each.examples.zh, shown, list(each.search_words), handlers]


def _handled(found: Handlers) -> tuple[Any, ...]:
    return tuple((str(each.part.value) if each.part else "", say(each.part) if each.part else gettext("需要时"), say(each.name),
                  each.rule_no, say(each.reason)) for each in found.departments)


def _problems() -> dict[str, str]:
    """Return the sentences that the server answers an unfinished form with, by what is wrong."""
    asked: dict[str, Problem] = {f"{field}.missing": FieldMissing(name=name) for field, name in FIELD_NAMES.items()}
    asked |= {"phone": PhoneNotANumber(**_HOLES), "outside": OutsideGrid(**_HOLES), "far_ok": FarFromOwnCells(**_HOLES)}
    asked |= {f"on_spot.{flag.value}": barred for flag in Flag if (barred := why_barred([flag], _ORDINARY, Source.WORKER))}
    asked |= {f"on_spot.{head.code}": barred for head in HEADS.values()
              if (barred := why_barred([], head.categories[0].code, Source.WORKER))}
    return {name: say(problem) for name, problem in asked.items()}


def _words() -> dict[str, str]:
    return {
        "faults": gettext("还差 %(n)s 处"), "unclaimed": gettext("网格待认领"), "no_place": gettext("还没选位置"),
        "on_map": gettext("地图上的位置"), "no_category": gettext("还没选分类"),
        "found_none": gettext("没有找到“%(words)s”。换个词，或从左边选大类；都不像就选“其他”。"),
        "basis": gettext("依据：分派规则 %(rules)s；干部可调整"),
        "pick_first": gettext("选好分类，这里就显示由哪些部门办、按哪条规则。"),
        "and": gettext("、"), "colon": "：" if language_in_use() == "zh" else ": ",
        "shrinking": gettext("正在缩小照片……"), "photo_size": gettext("约 %(size)s"), "photos_kept": gettext("照片 %(n)s 张"),
        "photo_fault": gettext("这张照片打不开，没有加上。请换一张，或用相机重拍。"),
        "photos_full": gettext("最多 %(n)s 张，多的没有加上。"),
        "photo_kept_not": gettext("手机存不下这张照片，没有加上。请清出空间再试。"), "photo": gettext("第 %(n)s 张照片"),
        "draft_locked": gettext("这份草稿要登录并联网后才能打开，内容还在这部手机里。"),
        "draft_sent": gettext("这一件已经在发送，不能再改。请到“待发送”查看。"),
        "draft_gone": gettext("没有这份草稿，可能已经发出或删除。"),
        "keep_failed": gettext("手机没能存下，请不要关这一页，直接点上报。"),
        "send_failed": gettext("没能存下，也没有发出。请再点一次上报。"),
    }
