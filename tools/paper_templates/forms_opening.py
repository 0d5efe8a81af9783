"""How a case comes in: application, acceptance, rights, investigation."""

from __future__ import annotations

from tools.paper_templates.parts import (
    DATE_BY_HAND,
    committee_and_date,
    names_of,
    party_block,
    party_list,
    signatures_of,
)
from tools.paper_templates.sheet import Sheet, name, row, value

#: Each line as printed; a heading begins with its number.
_RIGHTS = (
    ("文书小标题", "一、人民调解是什么"),
    ("文书正文", "人民调解委员会通过说服、疏导等方法，促使当事人在平等协商的基础上自愿达成调解协议，解决民间纠纷。调解不收取任何费用。"),
    ("文书小标题", "二、调解的原则"),
    ("文书正文", "（一）在当事人自愿、平等的基础上进行调解；"),
    ("文书正文", "（二）不违背法律、法规和国家政策；"),
    ("文书正文", "（三）尊重当事人的权利，不因调解而阻止当事人依法通过仲裁、行政、司法等途径维护自己的权利。"),
    ("文书小标题", "三、当事人的权利"),
    ("文书正文", "（一）选择或者接受人民调解员；"),
    ("文书正文", "（二）接受调解、拒绝调解或者要求终止调解；"),
    ("文书正文", "（三）要求调解公开进行或者不公开进行；"),
    ("文书正文", "（四）自主表达意愿、自愿达成调解协议。"),
    ("文书小标题", "四、当事人的义务"),
    ("文书正文", "（一）如实陈述纠纷事实；"),
    ("文书正文", "（二）遵守调解现场秩序，尊重人民调解员；"),
    ("文书正文", "（三）尊重对方当事人行使权利。"),
    ("文书小标题", "五、调解协议的效力"),
    ("文书正文", "经调解达成的协议具有法律约束力，当事人应当按照约定履行。就协议的履行或者内容发生争议的，可以向人民法院起诉。"
     "双方认为有必要的，可以自协议生效之日起三十日内共同向人民法院申请司法确认；经确认有效，一方拒绝履行或者未全部履行的，"
     "另一方可以向人民法院申请强制执行。"),
    ("文书小标题", "六、个人信息与保密"),
    ("文书正文", "调解委员会只为调解和归档收集必要的个人信息。调解员和参与人员不得泄露当事人的隐私、商业秘密。"
     "当事人可以查阅、更正自己的信息。"),
)


def application(sheet: Sheet) -> None:
    """人民调解申请书."""
    sheet.title()
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}")
    party_block(sheet, ("applicants", "申请人"), ("respondents", "被申请人"))
    sheet.text("文书小标题", "纠纷简要情况")
    sheet.text("文书正文", "{{ facts|line(54, 3) }}")
    sheet.text("文书小标题", "申请事项")
    sheet.text("文书正文", "{{ requests|line(54, 2) }}")
    sheet.text("文书正文", "调解委员会已将人民调解的有关规定告知我（们），我（们）知悉并自愿申请调解。")
    sheet.text("文书抬头", "此致")
    sheet.text("文书抬头", "{{ committee|line(16) }}")
    sheet.signatures(*signatures_of("applicants", "申请人"))
    sheet.text("文书落款", DATE_BY_HAND)


def acceptance_register(sheet: Sheet) -> None:
    """人民调解受理登记表."""
    sheet.title()
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}")
    sheet.table(
        (30, 48, 30, 48),
        row(name("登记日期"), value("{{ filed_on }}"), name("受理日期"), value("{{ accepted_on }}")),
        row(name("纠纷类别"), value("{{ category }}{% if category_detail %}（{{ category_detail }}）{% endif %}"),
            name("案件来源"), value("{{ source }}")),
        row(name("社区"), value("{{ street }}{{ community }}"), name("网格"), value("{{ cell }}")),
        row(name("发生地"), value("{{ place }}", 3)),
        row(name("案由"), value("{{ title }}", 3)),
    )
    party_list(sheet)
    sheet.table(
        (30, 126),
        row(name("纠纷\n简要情况"), value("{{ facts }}"), height_mm=30, may_break=True),
        row(name("申请事项"), value("{{ requests }}"), height_mm=15, may_break=True),
        row(name("调解员"), value(names_of("mediators"))),
        row(name("参与部门"), value("{% for d in departments %}{{ d.name }}{% if d.part %}（{{ d.part }}）{% endif %}"
                                   "{% if not loop.last %}、{% endif %}{% endfor %}")),
        row(name("当事人签名"), value(), height_mm=16),
        row(name("登记人"), value("{{ registrar }}")),
        row(name("备注"), value("{{ remarks }}"), may_break=True),
    )
    committee_and_date(sheet)


def rights_notice(sheet: Sheet) -> None:
    """人民调解当事人权利义务告知书."""
    sheet.title()
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}")
    sheet.text("文书抬头", f"{names_of('parties', 12)}：")
    sheet.text("文书正文", "你（们）的纠纷由{{ committee|line(12) }}调解，现将有关事项告知如下：")
    for style, words in _RIGHTS:
        sheet.text(style, words)
    sheet.text("文书小标题", "七、当事人的选择")
    sheet.text("文书正文", f"对调解员（{names_of('mediators', 8)}）：□接受　□另行选择：________")
    sheet.text("文书正文", "调解方式：□公开进行　□不公开进行")
    sheet.text("文书正文", "邀请亲属、邻里、有关部门等人员参加调解：□同意　□不同意")
    sheet.text("文书正文", "以上内容已经告知，我（们）已知悉。")
    sheet.signatures(*signatures_of("parties", "当事人"), "告知人签名")
    sheet.text("文书落款", DATE_BY_HAND)


def investigation_record(sheet: Sheet) -> None:
    """人民调解调查记录."""
    sheet.each("investigations", "i")
    sheet.text("文书编号", "案号：{{ case_no|line(12) }}{% if i.number %}　第{{ i.number }}次{% endif %}")
    sheet.table(
        (30, 48, 30, 48),
        row(name("时间"), value("{{ i.held_on }}"), name("地点"), value("{{ i.place }}")),
        row(name("被调查人"), value("{{ i.asked }}"), name("与当事人关系"), value("{{ i.relation }}")),
        row(name("单位或住址"), value(), name("联系电话"), value()),
        row(name("调查人"), value("{{ i.investigators }}"), name("记录人"), value("{{ i.recorder }}")),
        row(name("在场人"), value("{{ i.present }}", 3)),
    )
    sheet.text("文书小标题", "记录")
    sheet.text("文书正文", "{{ i.content|line(54, 3) }}")
    sheet.text("文书正文", "以上记录经本人核对，与所述相符。")
    sheet.signatures("被调查人签名", "调查人签名", "记录人签名")
    sheet.text("文书落款", DATE_BY_HAND)
    sheet.end_each()
