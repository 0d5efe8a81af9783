"""How a case ends, and what is kept of it: notices, letters, confirmation, dossier, closing report."""

from __future__ import annotations

from tools.paper_templates.parts import (
    DATE_BY_HAND,
    committee_and_date,
    day_or_hand,
    first_names_of,
    names_of,
    party_block,
    party_list,
    signatures_of,
)
from tools.paper_templates.sheet import Sheet, head, name, row, value


def _routes(sheet: Sheet) -> None:
    sheet.text("文书正文", "{%p for r in routes %}")
    sheet.text("文书正文", "{%p if r.name %}")
    sheet.text("文书正文", "（{{ r.number }}）{{ r.name }}{% if r.where %}：{{ r.where }}{% endif %}"
               "{% if r.time_limit %}（{{ r.time_limit }}）{% endif %}")
    sheet.text("文书正文", "{%p endif %}")
    sheet.text("文书正文", "{%p endfor %}")


def _receipt(sheet: Sheet) -> None:
    sheet.text("文书小标题", "送达情况")
    sheet.signatures(*signatures_of("parties", "收到人"), "送达人签名")


def termination_notice(sheet: Sheet) -> None:
    """终止人民调解通知书."""
    sheet.title()
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}")
    sheet.text("文书抬头", f"{names_of('parties', 12)}：")
    sheet.text("文书正文", "关于你（们）之间的{{ category|line(8) }}，本调解委员会于{{ accepted_on|line(12) }}受理并进行调解。"
               "因下列原因，现终止调解：")
    sheet.text("文书正文", "{{ reason|line(54, 3) }}")
    sheet.text("文书小标题", "可以依法选择的其他途径")
    sheet.text("文书正文", "根据《中华人民共和国人民调解法》第二十六条，当事人可以依法通过仲裁、行政、司法等途径维护自己的权利：")
    _routes(sheet)
    sheet.text("文书正文", "{%p if referral %}")
    sheet.text("文书正文", "建议：{{ referral }}")
    sheet.text("文书正文", "{%p endif %}")
    sheet.text("文书正文", "终止调解不影响当事人以后再次自愿申请调解。请注意仲裁时效和诉讼时效。")
    sheet.signatures("人民调解员签名")
    committee_and_date(sheet, day_or_hand("ended_on"))
    _receipt(sheet)


def non_acceptance_letter(sheet: Sheet) -> None:
    """不予受理告知书."""
    sheet.title()
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}")
    sheet.text("文书抬头", f"{names_of('applicants', 12)}：")
    sheet.text("文书正文", "你（们）于{{ filed_on|line(12) }}提出的{{ category|line(8) }}调解申请（来源：{{ source|line(8) }}），"
               "经审查，本调解委员会决定不予受理。理由如下：")
    sheet.text("文书正文", "{{ reason|line(54, 3) }}")
    sheet.text("文书小标题", "建议去向")
    sheet.text("文书正文", "{{ referral|line(54) }}")
    _routes(sheet)
    sheet.text("文书正文", "不予受理不影响你（们）依法通过仲裁、行政、司法等途径维护自己的权利。对本决定有不同意见的，可以向本调解委员会或者"
               "所在地司法所反映{% if committee_phone %}（电话：{{ committee_phone }}）{% endif %}。")
    committee_and_date(sheet, day_or_hand("ended_on"))
    sheet.text("文书小标题", "送达情况")
    sheet.signatures(*signatures_of("applicants", "收到人"), "送达人签名")


def confirmation_application(sheet: Sheet) -> None:
    """司法确认申请书."""
    sheet.title()
    party_block(sheet, ("applicants", "申请人"), ("respondents", "申请人"), address="送达地址")
    sheet.text("文书小标题", "请求事项")
    sheet.text("文书正文", "请求确认申请人于{{ agreed_on|line(12) }}经{{ committee|line(12) }}调解达成的"
               "人民调解协议（编号：{{ agreement_no|line(12) }}）有效。")
    sheet.text("文书小标题", "事实和理由")
    sheet.text("文书正文", "{{ facts|line(54, 3) }}")
    sheet.text("文书正文", "经调解，各方达成如下协议：")
    sheet.text("文书正文", "{%p if terms %}")
    sheet.text("文书正文", "{{ terms }}")
    sheet.text("文书正文", "{%p endif %}")
    sheet.text("文书正文", "{%p if has_clauses or not terms %}")
    sheet.text("文书正文", "{%p for c in clauses %}")
    sheet.text("文书正文", "{{ c.number|line(2) }}．{{ c.what|line(24) }}{% if c.who %}；履行人：{{ c.who }}{% endif %}"
               "{% if c.how %}；方式：{{ c.how }}{% endif %}{% if c.due_on %}；期限：{{ c.due_on }}{% endif %}"
               "{% if c.amount %}；金额：{{ c.amount }}{% endif %}。")
    sheet.text("文书正文", "{%p endfor %}")
    sheet.text("文书正文", "{%p endif %}")
    sheet.text("文书小标题", "共同承诺")
    sheet.text("文书正文", "申请人出于解决纠纷的目的自愿达成协议，没有恶意串通、规避法律的行为；如果因该协议内容给他人造成损害，"
               "愿意承担相应的民事责任和其他法律责任。")
    sheet.text("文书小标题", "随附材料")
    sheet.text("文书正文", "1．人民调解协议书；2．申请人身份证明、资格证明；3．与协议有关的财产权利证明；4．委托代理的，授权委托书。")
    sheet.text("文书抬头", "此致")
    sheet.text("文书抬头", "{{ confirmation.court|line(12) }}{% if not confirmation.court %}人民法院{% endif %}")
    sheet.signatures(*signatures_of("parties", "申请人"))
    sheet.text("文书落款", day_or_hand("confirmation.applied_on"))
    sheet.text("文书正文", "{%p if confirmation.latest_on %}")
    sheet.text("文书正文", "（应当自协议生效之日起三十日内提出，最迟为{{ confirmation.latest_on }}。）")
    sheet.text("文书正文", "{%p endif %}")


def handover_letter(sheet: Sheet) -> None:
    """矛盾纠纷移送函."""
    sheet.title()
    sheet.text("文书编号", "函号：{{ handover.letter_no|line(12) }}")
    sheet.text("文书抬头", "{{ handover.unit|line(16) }}：")
    sheet.text("文书正文", "现将下列纠纷移送你单位，请依法办理，并将结果告知当事人和我单位。")
    sheet.table(
        (30, 48, 30, 48),
        row(name("案号"), value("{{ case_no }}"), name("纠纷类别"), value("{{ category }}")),
        row(name("受理日期"), value("{{ accepted_on }}"), name("所属社区"), value("{{ street }}{{ community }}")),
        row(name("发生地"), value("{{ place }}", 3)),
        row(name("案由"), value("{{ title }}", 3)),
    )
    party_list(sheet)
    sheet.text("文书小标题", "纠纷简要情况")
    sheet.text("文书正文", "{{ facts|line(54, 3) }}")
    sheet.text("文书小标题", "移送理由")
    sheet.text("文书正文", "{{ handover.reason|line(54, 3) }}")
    sheet.text("文书小标题", "随函材料")
    sheet.text("文书正文", "{{ handover.materials|line(54) }}")
    sheet.text("文书正文", "联系人：{{ handover.contact|line(8) }}　联系电话：{{ handover.contact_phone|line(12) }}")
    committee_and_date(sheet, day_or_hand("handover.handed_on"))
    sheet.text("文书小标题", "回执")
    sheet.text("文书正文", "上述材料已收到。")
    sheet.signatures("接收单位（盖章）", "接收人签名")
    sheet.text("文书落款", DATE_BY_HAND)


def dossier_cover(sheet: Sheet) -> None:
    """人民调解卷宗封面."""
    sheet.text("文书标题", "{{ committee|line(16) }}")
    sheet.title("人　民　调　解　卷　宗")
    sheet.table(
        (40, 116),
        row(name("卷名"), value("{{ title }}"), height_mm=18),
        row(name("卷号"), value("{{ dossier_year }}{% if dossier_year %}年　{% endif %}{{ dossier_no }}"), height_mm=12.5),
        row(name("案号"), value("{{ case_no }}"), height_mm=12.5),
        row(name("纠纷类别"), value("{{ category }}"), height_mm=12.5),
        row(name("申请人"), value(first_names_of("applicants")), height_mm=16),
        row(name("被申请人"), value(first_names_of("respondents")), height_mm=16),
        row(name("调解员"), value(names_of("mediators")), height_mm=12.5),
        row(name("调解日期"), value("{{ mediation_from|line(10) }}　至　{{ mediation_to|line(10) }}"), height_mm=12.5),
        row(name("处理结果"), value("{{ outcome }}"), height_mm=12.5),
        row(name("立卷人"), value("{{ archivist }}"), height_mm=12.5),
        row(name("立卷日期"), value("{{ archived_on }}"), height_mm=12.5),
        row(name("保管期限"), value("{{ retention }}"), height_mm=12.5),
        row(name("全卷页数"), value("{{ dossier_pages }}"), height_mm=12.5),
        row(name("备注"), value("{{ remarks }}"), height_mm=20, may_break=True),
    )


def dossier_index(sheet: Sheet) -> None:
    """卷宗目录."""
    sheet.title()
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}")
    sheet.table(
        (14, 62, 20, 32, 28),
        head("序号", "材料名称", "页数", "形成日期", "备注"),
        "{%tr for d in dossier %}",
        row(name("{{ d.number }}"), value("{{ d.title }}"), value("{{ d.pages }}"), value("{{ d.made_on }}"),
            value("{{ d.state }}{% if d.state and d.note %}，{% endif %}{{ d.note }}")),
        "{%tr endfor %}",
    )
    sheet.signatures("立卷人签名")
    sheet.text("文书落款", DATE_BY_HAND)


def _what_was_done(sheet: Sheet) -> None:
    sheet.text("文书小标题", "协议履行情况")
    sheet.table(
        (14, 60, 30, 26, 26),
        head("序号", "履行内容", "履行人", "期限", "履行情况"),
        "{%tr for c in clauses %}",
        row(name("{{ c.number }}"), value("{{ c.what }}"), value("{{ c.who }}"), value("{{ c.due_on }}"),
            value("{{ c.result }}{% if c.done_on %}（{{ c.done_on }}）{% endif %}"), may_break=True),
        "{%tr endfor %}",
    )
    sheet.text("文书小标题", "参与部门")
    sheet.table(
        (14, 40, 76, 26),
        head("序号", "部门", "办理情况", "答复日期"),
        "{%tr for d in departments %}",
        row(name("{{ d.number }}"), value("{{ d.name }}{% if d.part %}（{{ d.part }}）{% endif %}"), value("{{ d.answer }}"),
            value("{{ d.answered_on }}"), may_break=True),
        "{%tr endfor %}",
    )
    sheet.text("文书小标题", "回访情况")
    sheet.table(
        (14, 26, 32, 60, 24),
        head("序号", "回访时间", "被回访人", "履行情况", "满意程度"),
        "{%tr for f in follow_ups %}",
        row(name("{{ f.number }}"), value("{{ f.visited_on }}"), value("{{ f.visited }}"), value("{{ f.performance }}"),
            value("{{ f.satisfaction }}"), may_break=True),
        "{%tr endfor %}",
    )


def closing_report(sheet: Sheet) -> None:
    """结案报告表."""
    sheet.title()
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}")
    sheet.table(
        (30, 48, 30, 48),
        row(name("承办单位"), value("{{ committee }}"), name("承办人"), value(names_of("mediators"))),
        row(name("受理日期"), value("{{ accepted_on }}"), name("结案日期"), value("{{ closed_on }}")),
        row(name("纠纷类别"), value("{{ category }}"), name("案件来源"), value("{{ source }}")),
        row(name("处理结果"), value("{{ outcome }}"), name("协议编号"), value("{{ agreement_no }}")),
        row(name("案由"), value("{{ title }}", 3)),
    )
    party_list(sheet)
    sheet.table(
        (30, 126),
        row(name("纠纷\n简要情况"), value("{{ facts }}"), height_mm=30, may_break=True),
        row(name("调解过程\n和结果"), value("{{ result }}"), height_mm=30, may_break=True),
    )
    _what_was_done(sheet)
    sheet.table(
        (30, 126),
        row(name("审核意见"), value(), height_mm=22),
        row(name("备注"), value("{{ remarks }}"), may_break=True),
    )
    sheet.signatures("填表人签名", "负责人签名")
    committee_and_date(sheet)
