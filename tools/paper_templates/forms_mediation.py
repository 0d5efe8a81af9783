"""While a case is mediated and after: session, agreement, follow-up, extension, supervision."""

from __future__ import annotations

from tools.paper_templates.parts import (
    DATE_BY_HAND,
    committee_and_date,
    day_or_hand,
    names_of,
    party_block,
    party_list,
    signatures_of,
)
from tools.paper_templates.sheet import Sheet, head, name, row, value


def mediation_record(sheet: Sheet) -> None:
    """人民调解记录."""
    sheet.each("sessions", "s")
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}{% if s.number %}　第{{ s.number }}次{% endif %}")
    sheet.table(
        (30, 48, 30, 48),
        row(name("时间"), value("{{ s.held_on }}"), name("地点"), value("{{ s.place }}")),
        row(name("事由"), value("{{ title }}", 3)),
        row(name("到场当事人"), value("{{ s.present }}", 3)),
        row(name("未到场当事人"), value("{{ s.absent }}", 3)),
        row(name("受邀参加人"), value("{{ s.guests }}", 3)),
        row(name("调解员"), value("{{ s.mediators }}"), name("记录人"), value("{{ s.recorder }}")),
    )
    sheet.text("文书正文", "调解员已表明身份，并将当事人的权利、义务和调解的性质、原则、效力告知各方当事人。")
    for words, field in (
        ("各方陈述", "statements"), ("查证情况", "checked"), ("争议要点", "points"), ("调解方案", "proposal"), ("调解结果", "result"),
    ):
        sheet.text("文书小标题", words)
        sheet.text("文书正文", f"{{{{ s.{field}|line(54, 2) }}}}")
    sheet.text("文书正文", "未达成协议的，已告知当事人可以依法通过仲裁、行政、司法等途径维护自己的权利。以上记录经核对无误。")
    sheet.signatures(*signatures_of("parties", "当事人"), "受邀参加人签名", "调解员签名", "记录人签名")
    committee_and_date(sheet)
    sheet.end_each()


def agreement(sheet: Sheet) -> None:
    """人民调解协议书."""
    sheet.title()
    sheet.text("文书编号", "编号：{{ agreement_no|line(12) }}")
    party_block(sheet, ("applicants", "申请人"), ("respondents", "被申请人"))
    sheet.text("文书小标题", "一、纠纷的主要事实")
    sheet.text("文书正文", "{{ facts|line(54, 3) }}")
    sheet.text("文书小标题", "二、争议事项和各方责任")
    sheet.text("文书正文", "{{ points|line(54, 2) }}")
    sheet.text("文书正文", "{%p if responsibility %}")
    sheet.text("文书正文", "{{ responsibility }}")
    sheet.text("文书正文", "{%p endif %}")
    sheet.text("文书小标题", "三、协议内容")
    sheet.text("文书正文", "经调解，各方当事人自愿达成如下协议：")
    _clauses(sheet)
    sheet.text("文书小标题", "四、效力和份数")
    sheet.text("文书正文", "本协议自各方当事人签名、盖章或者按指印，人民调解员签名并加盖人民调解委员会印章之日起生效，具有法律约束力，"
               "当事人应当按照约定履行。")
    sheet.text("文书正文", "各方认为有必要的，可以自本协议生效之日起三十日内共同向人民法院申请司法确认。")
    sheet.text("文书正文", "本协议一式{{ copies|line(4) }}份，当事人各执一份，人民调解委员会留存一份。")
    sheet.signatures(*signatures_of("applicants", "申请人"), *signatures_of("respondents", "被申请人"), "人民调解员签名", "记录人签名")
    committee_and_date(sheet)


def oral_agreement_register(sheet: Sheet) -> None:
    """人民调解口头协议登记表."""
    sheet.title()
    sheet.text("文书编号", "编号：{{ agreement_no|line(12) }}")
    party_list(sheet)
    sheet.table(
        (30, 126),
        row(name("案由"), value("{{ title }}")),
        row(name("主要事实"), value("{{ facts }}"), height_mm=26, may_break=True),
        row(name("争议事项\n和责任"), value("{{ points }}{% if responsibility %}\n{{ responsibility }}{% endif %}"), height_mm=14,
            may_break=True),
        row(name("达成协议日期"), value("{{ agreed_on }}")),
    )
    sheet.text("文书小标题", "协议内容")
    _clauses(sheet)
    sheet.table(
        (30, 48, 30, 48),
        row(name("调解员"), value(names_of("mediators")), name("记录人"), value("{{ recorder }}")),
        row(name("调解员签名"), value(), name("记录人签名"), value(), height_mm=12),
        row(name("备注"), value("{{ remarks }}", 3), may_break=True),
    )
    committee_and_date(sheet)


def follow_up_record(sheet: Sheet) -> None:
    """人民调解回访记录."""
    sheet.each("follow_ups", "f")
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}{% if f.number %}　第{{ f.number }}次{% endif %}")
    sheet.table(
        (34, 46, 30, 46),
        row(name("回访时间"), value("{{ f.visited_on }}"), name("回访方式"), value("{{ f.way }}")),
        row(name("被回访当事人"), value("{{ f.visited }}"), name("协议编号"), value("{{ agreement_no }}")),
        row(name("回访事由"), value("{{ title }}", 3)),
        row(name("履行情况"), value("{{ f.performance }}", 3), height_mm=30, may_break=True),
        row(name("满意程度"), value("{{ f.satisfaction }}", 3)),
        row(name("起诉、反复或\n激化苗头"), value("{{ f.findings }}", 3), height_mm=25, may_break=True),
        row(name("采取的措施"), value("{{ f.measures }}", 3), height_mm=25, may_break=True),
        row(name("回访人"), value("{{ f.visitor }}", 3)),
    )
    sheet.signatures("被回访人签名", "回访人签名")
    sheet.text("文书落款", DATE_BY_HAND)
    sheet.end_each()


def extension_request(sheet: Sheet) -> None:
    """延长调解期限申请书."""
    sheet.title()
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}")
    sheet.text("文书抬头", "{{ committee|line(16) }}：")
    sheet.text("文书正文", f"{names_of('applicants', 8)}与{names_of('respondents', 8)}之间的{{{{ category|line(8) }}}}，"
               "于{{ accepted_on|line(12) }}受理，调解期限至{{ due_on|line(12) }}届满。"
               "现各方当事人自愿继续调解，申请延长{{ extension.days|line(4) }}日，至{{ extension.until|line(12) }}止。")
    sheet.text("文书小标题", "延长的理由")
    sheet.text("文书正文", "{{ extension.reason|line(54, 3) }}")
    sheet.text("文书小标题", "各方当事人意见")
    sheet.text("文书正文", "我（们）同意延长调解期限。延长期间，任何一方仍可随时要求终止调解。")
    sheet.signatures(*signatures_of("parties", "当事人"), "人民调解员签名")
    sheet.text("文书落款", day_or_hand("extension.asked_on"))
    sheet.table(
        (30, 48, 30, 48),
        row(name("审批意见"), value("{{ extension.opinion }}", 3), height_mm=22, may_break=True),
        row(name("审批人"), value("{{ extension.decided_by }}"), name("日期"), value("{{ extension.decided_on }}")),
    )


def supervision_slip(sheet: Sheet) -> None:
    """矛盾纠纷督办单."""
    sheet.title()
    sheet.text("文书编号", "编号：{{ supervision.slip_no|line(12) }}")
    sheet.table(
        (30, 48, 30, 48),
        row(name("督办单位"), value("{{ supervision.issued_by }}"), name("发出日期"), value("{{ supervision.issued_on }}")),
        row(name("承办单位"), value("{{ supervision.unit }}"), name("办结期限"), value("{{ supervision.due_on }}")),
        row(name("案号"), value("{{ case_no }}"), name("纠纷类别"), value("{{ category }}")),
        row(name("所属社区"), value("{{ street }}{{ community }}"), name("受理日期"), value("{{ accepted_on }}")),
        row(name("案由"), value("{{ title }}", 3)),
        row(name("督办事项"), value("{{ supervision.matter }}", 3), height_mm=35, may_break=True),
        row(name("督办要求"), value("{{ supervision.demand }}", 3), height_mm=30, may_break=True),
        row(name("办理结果"), value("{{ supervision.answer }}", 3), height_mm=45, may_break=True),
        row(name("反馈日期"), value("{{ supervision.answered_on }}"), name("承办人签名"), value()),
    )
    sheet.text("文书落款", "{{ supervision.issued_by|line(16) }}（盖章）")
    sheet.text("文书落款", day_or_hand("supervision.issued_on"))


def _clauses(sheet: Sheet) -> None:
    sheet.text("文书正文", "{%p if terms %}")
    sheet.text("文书正文", "{{ terms }}")
    sheet.text("文书正文", "{%p endif %}")
    # Where all stands in words, an empty table would invite to write more.
    sheet.text("文书正文", "{%p if has_clauses or not terms %}")
    sheet.table(
        (14, 42, 28, 24, 26, 22),
        head("序号", "履行内容", "履行人", "方式、地点", "期限", "金额"),
        "{%tr for c in clauses %}",
        row(name("{{ c.number }}"), value("{{ c.what }}"), value("{{ c.who }}{% if c.whom %}（向{{ c.whom }}）{% endif %}"),
            value("{{ c.how }}"), value("{{ c.due_on }}"), value("{{ c.amount }}"), may_break=True),
        "{%tr endfor %}",
    )
    sheet.text("文书正文", "{%p endif %}")
