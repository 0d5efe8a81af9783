"""The words and rules that the map's scripts say and follow; the scripts themselves hold none.

The page puts the result into ``<script type="application/json" data-gm-words>``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gridmediate.domain.indicators import ALERT_LABEL, ALERT_WORDS, BAR, STATUS_LABELS, AlertRule
from gridmediate.domain.measures import MEASURES, OPEN, REASON_LABELS, Measure
from gridmediate.domain.vocabulary import LOCAL_ZONE

Gettext = Callable[[str], str]


def map_labels(gettext: Gettext, language: str, rule: AlertRule | None = None, *, of_areas: bool = False,
               without_deeds: bool = False) -> dict[str, Any]:
    """Return everything that ``gridmap.js`` says and measures by.

    Parameters
    ----------
    gettext : callable
        The reader's translation of a Chinese msgid; templates keep their ``%(name)s`` for the browser.
    language : str
        ``zh`` or ``en``.
    rule : AlertRule or None
        The office's thresholds of the alert view.
    of_areas : bool
        Whether communities or streets are shown, which have classes of their own.
    without_deeds : bool
        Leaves out the measures that are made of deeds, which are not known by every filter.
    """
    rule = rule or AlertRule()
    return {
        "language": "en-GB" if language == "en" else "zh-CN", "zone": LOCAL_ZONE.key,
        "bar": BAR, "open": OPEN,
        "statuses": {key: label.say(language) for key, label in STATUS_LABELS.items()},
        "reasons": {reason.value: label.say(language) for reason, label in REASON_LABELS.items()},
        "measures": [_measure(each, language, of_areas) for each in MEASURES.values() if not (without_deeds and each.deeds)],
        "alert": {
            "label": ALERT_LABEL.say(language),
            "grave_from": rule.grave_from, "late_from": rule.late_from, "open_from": rule.open_from,
            "labels": {level.value: label.say(language) for level, label in rule.labels().items()},
            "words": {level.value: label.say(language) for level, label in ALERT_WORDS.items()},
        },
        "words": _map_words(gettext) | _tool_words(gettext) | (_area_words(gettext) if of_areas else {}) | ground_words(gettext),
    }


def _measure(rule: Measure, language: str, of_areas: bool) -> dict[str, Any]:
    breaks, labels = rule.classes(of_areas=of_areas)
    return {
        "name": rule.name.value, "label": rule.label.say(language),
        "unit": "" if of_areas and not rule.under else rule.unit.say(language),
        "formula": rule.formula.say(language), "over": rule.over, "under": rule.under, "factor": rule.factor, "breaks": breaks,
        "classes": [each.say(language) for each in labels], "short_classes": [_short(each.zh) for each in labels],
        "ramp": rule.ramp, "least": rule.least, "too_few": rule.too_few.value, "decimals": rule.decimals,
        "high_is_bad": rule.high_is_bad, "deeds": rule.deeds, "bounds": rule.bounds,
    }


def _short(words: str) -> str:
    """Return a class for the one-line legend of a phone: figures and signs only."""
    return words.replace(" 及以上", "+").replace("不到 ", "<")


def ground_words(gettext: Gettext) -> dict[str, str]:
    """Return what every map says: its buttons and the numbers of buildings."""
    return {
        "zoom_in": gettext("放大"), "zoom_out": gettext("缩小"), "close": gettext("关闭"),
        "building_block": gettext("%(number)s幢"), "building_house": gettext("%(number)s号"),
        "load_failed": gettext("地图没能载入。请刷新，或改看表格。"),
    }


def _map_words(gettext: Gettext) -> dict[str, str]:
    return {
        "households": gettext("%(number)s 户"), "households_unknown": gettext("户数未登记"),
        "see_cases": gettext("看这一格的 %(number)s 件未结"), "see_n": gettext("看 %(number)s 件"),
        "open_n": gettext("未结 %(number)s"), "late_n": gettext("超期 %(number)s"),
        "sum_share": gettext("%(label)s %(value)s = %(over)s ÷ %(under)s"),
        "sum_rate": gettext("%(label)s %(value)s = %(over)s ÷ %(under)s × %(factor)s"),
        "sum_none": gettext("%(label)s：%(reason)s"),
        "n_cells": gettext("%(number)s 格"), "as_of": gettext("截至 %(time)s"),
        "no_value": gettext("无数据或样本不足"), "no_value_masked": gettext("无数据、样本不足或不显示"),
        "none_short": gettext("无"),
        "badge_many": gettext("超期件数（2 起）"), "badge_one": gettext("超期 1 件"),
        "masked_note": gettext("您不查看个案，1、2 件显示为 1–2，合计由此推算。"),
        "ranking_open": gettext("超期最多的网格"), "ranking_alert": gettext("超期最多的网格"),
        "ranking_overdue_share": gettext("超期占比最高的网格"), "ranking_resolution": gettext("化解率最低的网格"),
        "ranking_per_1000": gettext("每千户最多的网格"), "ranking_other": gettext("按“%(label)s”排，需关注的在前"),
        "inside": gettext("看里面的网格"), "median": gettext("%(label)s %(value)s（%(under)s 件分档计数内插）"),
        "late_of_open": gettext("超期 / 未结"),
        "nothing_open": gettext("没有可排的网格：这个月没有未结案件，或样本不足。"),
        "month": gettext("月份"), "play": gettext("逐月播放"), "stop": gettext("停止播放"),
        "cell_sentence": gettext("%(name)s，%(value)s，超期 %(late)s"), "cell_no_data": gettext("%(name)s，无数据"),
    }


def _tool_words(gettext: Gettext) -> dict[str, str]:
    return {
        "layers": gettext("图层"), "layer_streets": gettext("街道界线"), "layer_communities": gettext("社区界线"),
        "layer_names": gettext("网格名"), "layer_base": gettext("底图"),
        "beside": gettext("%(label)s：%(first)s %(here)s，%(second)s %(there)s"),
        "surface_choice": gettext("怎样着色"), "by_area": gettext("分格"), "as_surface": gettext("热力面"),
        "per_km2": gettext("每平方公里"),
        "surface_count": gettext("每格的数平摊在格内，再以 %(metres)s 米为带宽平滑；颜色深不等于案发在那一点。"),
        "surface_rate": gettext("分子、分母各自平摊并平滑（带宽 %(metres)s 米）再相除，周围样本不足处留白。"),
        "surface_median": gettext("各档件数平摊并平滑（带宽 %(metres)s 米）再取中位数，周围样本不足处留白。"),
        "surface_masked": gettext("1–2 件按 1.5 件算。"),
    }


def _area_words(gettext: Gettext) -> dict[str, str]:
    """Return what is said otherwise of communities and streets."""
    order = gettext("按“%(label)s”排，需关注的在前")
    return {
        "n_cells": gettext("%(number)s 个"), "see_cases": gettext("看这里的 %(number)s 件未结"),
        "ranking_open": gettext("超期最多的"), "ranking_alert": gettext("超期最多的"), "ranking_other": order,
        "ranking_overdue_share": order, "ranking_resolution": order, "ranking_per_1000": order,
    }


def place_labels(gettext: Gettext, language: str) -> dict[str, Any]:
    """Return what ``placemap.js`` says."""
    return {"language": "en-GB" if language == "en" else "zh-CN", "words": _place_words(gettext) | ground_words(gettext)}


def _place_words(gettext: Gettext) -> dict[str, str]:
    return {
        "locating": gettext("正在定位……"), "relocate": gettext("重新定位"), "locate": gettext("定位到我这里"),
        "accuracy": gettext("误差约 %(metres)s 米"), "tapped": gettext("您在图上点的位置"),
        "denied": gettext("没有定位权限。请在图上点一下，或从下面选网格。"),
        "unsupported": gettext("这里用不了定位（需要加密连接）。请在图上点一下，或从下面选网格。"),
        "failed": gettext("没有定到位置。请到开阔处再试，或在图上点一下。"),
        "ask_place": gettext("事情在哪里？请定位，或在图上点一下"),
        "asking_cell": gettext("正在查网格……"),
        "in_cell": gettext("在这一格"), "which_cell": gettext("您在几格交界处，事情在哪一格？"),
        "which_of_two": gettext("您在两格交界处，事情在哪一格？"),
        "outside": gettext("这里不在任何网格内"), "nearest": gettext("最近的是%(name)s，约 %(metres)s 米"),
        "mine": gettext("您的网格"), "here": gettext("圆心在这一格"), "away": gettext("约 %(metres)s 米外"),
        "unsure": gettext("说不准，交社区认领"),
        "lookup_failed": gettext("没有网络，先按本机边界判断，收到后再核对。"),
        "no_outlines": gettext("没有网络，查不了网格。请从列表选，或交社区认领。"),
        "found": gettext("找到的地方，请您认定"), "found_none": gettext("没有对得上的地方。换个写法，或在图上点一下。"),
        "far": gettext("这个位置离您的网格约 %(km)s 公里。"),
        "pin": gettext("事发位置，可拖动，也可用方向键移动"), "map": gettext("地图：点一下选事发位置"),
    }


def preview_labels(gettext: Gettext, language: str) -> dict[str, Any]:
    """Return what ``gridpreview.js`` and ``phoneposition.js`` say."""
    words = {
        "map": gettext("底图和网格"), "locate": gettext("定位到我这里"), "locating": gettext("正在定位……"),
        "unsupported": gettext("这里用不了定位（需要加密连接）。"),
        "denied_plain": gettext("没有定位权限，请在浏览器设置里允许。"),
        "failed_plain": gettext("没有定到位置，请到开阔处再试。"),
        "apart": gettext("两点相距约 %(metres)s 米，手机说误差约 %(accuracy)s 米。"),
        "kept": gettext("已记在这部手机的这个浏览器里。"), "not_kept": gettext("这个浏览器不让保存，这次没有记住。"),
    }
    return {"language": "en-GB" if language == "en" else "zh-CN", "words": words | ground_words(gettext)}


def faults_labels(gettext: Gettext, language: str) -> dict[str, Any]:
    """Return what ``faultsmap.js`` says."""
    words = {"fault": gettext("第 %(number)s 处：%(text)s"), "map": gettext("导入的网格和查出的问题"),
             "layer_cells": gettext("这次导入"), "layer_overlaps": gettext("重叠"), "layer_gaps": gettext("缝隙"),
             "layer_lacking": gettext("缺少信息")}
    return {"language": "en-GB" if language == "en" else "zh-CN", "words": words | ground_words(gettext)}
