"""A case that strains every paper: long names, many parties, no phone, a story of 2,000 characters, many clauses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

#: Names as people have them: of many signs, with a dot, with rare signs, in two scripts, of a firm.
LONG_NAMES = (
    "阿不都热依木·买买提艾力·阿卜杜克热木江",
    "欧阳㛃𬭎",
    "迪丽努尔·阿布都热合曼·图尔荪古丽",
    "Aleksandr Konstantinovich Wolfeschlegelsteinhausenbergerdorff",
    "滨河新区幸福里住宅小区第三期建筑装饰装修工程项目联合体（普通合伙）",
    "<王&李>\"物业\"'服务'有限责任公司",
    "司马{{ case_no }}",
    "张三",
)
_STORY_LINE = "第{n:03}句：楼上卫生间漏水，楼下吊顶泡坏，双方各执一词，社区多次上门，至今没有说定由谁来修、由谁来赔。"


def story(length: int = 2000, end: str = "【完】") -> str:
    """A story of exactly *length* signs in paragraphs; every sentence is numbered, so that a lost one is seen."""
    lines: list[str] = []
    while sum(map(len, lines)) + len(lines) < length:
        lines.append(_STORY_LINE.format(n=len(lines) + 1))
    text = ""
    for place, line in enumerate(lines):
        text += line + ("\n" if place % 8 == 7 else "，" if place % 8 == 3 else "")
    return text[: length - len(end)].rstrip("\n").ljust(length - len(end), "。") + end


STORY = story()


def long_case_fields() -> dict[str, Any]:
    """Return every field of papers, filled as far as a record may fill it."""
    applicants = [_party(name, "申请人", place) for place, name in enumerate(LONG_NAMES[:6])]
    respondents = [
        _party(name, "被申请人", place) for place, name in enumerate((*LONG_NAMES[6:], *(f"邻居{n}号" for n in range(4))))
    ]
    day = date(2026, 11, 23)
    return {
        "case_no": "滨河调字〔2026〕00123号",
        "title": "卫生间漏水致楼下吊顶损坏的相邻纠纷",
        "category": "邻里纠纷",
        "category_detail": "相邻关系",
        "source": "当事人申请",
        "county": "东湖区",
        "street": "滨河街道",
        "community": "幸福里社区",
        "cell": "370102013006008 第八网格",
        "committee": "东湖区滨河街道幸福里社区人民调解委员会",
        "committee_phone": "0000-1234567",
        "committee_address": "滨河街道幸福路 1 号",
        "place": "滨河街道幸福路 12 号幸福里小区 3 号楼 2 单元 1101 室",
        "facts": STORY,
        "requests": "1. 修好漏水处；\n2. 赔偿吊顶损失；\n3. 书面道歉。",
        "points": "漏水原因、损失数额、由谁修理。",
        "responsibility": "申请人与被申请人各担一半。",
        "evidence": "照片 6 张",
        "filed_on": day,
        "accepted_on": day,
        "mediation_from": day,
        "mediation_to": date(2026, 12, 20),
        "due_on": date(2026, 12, 23),
        "closed_on": date(2027, 1, 8),
        "today": date(2027, 1, 9),
        "parties": [*applicants, *respondents],
        "applicants": applicants,
        "respondents": respondents,
        "mediators": [{"name": "周正", "post": "社区干部"}, {"name": "古丽巴哈尔·艾山江", "post": "网格员"}],
        "departments": [{"name": "住房和城乡建设局", "part": "主办", "ask": "查漏", "answer": STORY[:300], "answered_on": day}]
        * 4,
        "guests": [{"name": "老支书", "belongs_to": "邻居"}],
        "registrar": "古丽巴哈尔·艾山江",
        "recorder": "古丽巴哈尔·艾山江",
        "investigations": [_investigation(n) for n in (1, 2)],
        "sessions": [_session(n) for n in (1, 2, 3)],
        "agreement_no": "滨河调协〔2026〕00088号",
        "agreed_on": date(2026, 12, 20),
        "agreement_form": "书面",
        "copies": 13,
        "terms": STORY,
        "has_clauses": True,
        "clauses": [_clause(n) for n in range(1, 13)],
        "follow_ups": [_follow_up(n) for n in (1, 2)],
        "reason": STORY,
        "routes": [{"name": "诉讼", "where": "东湖区人民法院", "time_limit": "三年内"}, {"name": "仲裁"}],
        "referral": "可到东湖区综治中心反映",
        "ended_on": day,
        "outcome": "书面协议",
        "result": STORY,
        "extension": {
            "asked_on": day,
            "days": 30,
            "until": date(2027, 1, 22),
            "reason": STORY,
            "opinion": "同意",
            "decided_by": "周正",
            "decided_on": day,
        },
        "confirmation": {"court": "东湖区人民法院", "latest_on": date(2027, 1, 19)},
        "supervision": {
            "slip_no": "督〔2026〕9号",
            "issued_on": day,
            "issued_by": "滨河街道综治中心",
            "unit": "幸福里社区",
            "matter": STORY,
            "demand": "限期办结",
            "due_on": date(2026, 12, 1),
            "answer": STORY[:500],
        },
        "handover": {
            "letter_no": "移〔2026〕3号",
            "unit": "滨河派出所",
            "handed_on": day,
            "reason": STORY,
            "materials": "申请书 1 份",
            "contact": "周正",
            "contact_phone": "0000-7654321",
        },
        "dossier_no": "88",
        "dossier_year": "2026",
        "retention": "长期",
        "archivist": "周正",
        "archived_on": date(2027, 1, 9),
        "dossier_pages": 66,
        "remarks": "无",
        "dossier": [
            {"title": f"第{n}份材料：人民调解当事人权利义务告知书", "pages": n, "made_on": day, "state": "有"}
            for n in range(1, 41)
        ],
    }


def _party(name: str, side: str, place: int) -> dict[str, Any]:
    return {
        "side": side,
        "name": name,
        "address": f"滨河街道幸福路 12 号幸福里小区 3 号楼 2 单元 {1101 + place} 室",
        "is_minor": place == 1,
        "agent": "法定代理人马兰花" if place == 1 else "",
    }


def _investigation(number: int) -> dict[str, Any]:
    return {
        "held_on": datetime(2026, 11, 24, 6, 5, tzinfo=UTC),
        "place": "幸福里小区",
        "asked": f"证人{number}号",
        "relation": "邻居",
        "investigators": "周正",
        "recorder": "古丽巴哈尔·艾山江",
        "present": "无",
        "content": STORY,
    }


def _session(number: int) -> dict[str, Any]:
    return {
        "held_on": datetime(2026, 12, number, 6, 5, tzinfo=UTC),
        "place": "社区调解室",
        "present": "、".join(LONG_NAMES),
        "guests": "老支书",
        "mediators": "周正、古丽巴哈尔·艾山江",
        "recorder": "古丽巴哈尔·艾山江",
        "statements": STORY,
        "checked": "到现场看过。",
        "points": "谁修。",
        "proposal": "各担一半。",
        "result": f"第{number}次有进展。",
    }


def _clause(number: int) -> dict[str, Any]:
    return {
        "what": f"第{number}条约定：修好卫生间防水层并恢复吊顶，验收合格。",
        "who": LONG_NAMES[number % 8],
        "whom": LONG_NAMES[(number + 1) % 8],
        "how": "请有资质的人修，在 1101 室",
        "due_on": date(2027, 1, number),
        "amount": "12,345.67 元",
        "result": "已履行",
        "done_on": date(2027, 1, number),
    }


def _follow_up(number: int) -> dict[str, Any]:
    return {
        "visited_on": date(2027, 1, 10 + number),
        "visited": LONG_NAMES[number],
        "way": "上门",
        "performance": STORY[:400],
        "satisfaction": "满意",
        "findings": "无",
        "measures": "无",
        "visitor": "周正",
    }
