"""Every field that a paper's template may use: the same names for all papers.

A name that stands on our templates or on an office's own and not here is refused. What the record deliberately does not hold
(sex, ethnicity, age, number of the identity card) has no field: templates leave a line to fill in by hand.
"""

from __future__ import annotations

from gridmediate.documents.papers import FieldKind, PaperField
from gridmediate.domain.vocabulary import Label

_T, _D, _F = FieldKind.TEXT, FieldKind.DAY, FieldKind.FLAG


def _field(name: str, kind: FieldKind, zh: str, en: str) -> PaperField:
    return PaperField(name, kind, Label(zh, en))


def _many(kind: FieldKind, name: str, zh: str, en: str, *columns: PaperField) -> PaperField:
    return PaperField(name, kind, Label(zh, en), columns)


_NUMBER = _field("number", _T, "序号", "Running number")

_PARTY = (
    _NUMBER,
    _field("side", _T, "申请人或被申请人", "Applicant or respondent"),
    _field("name", _T, "姓名或名称", "Name"),
    _field("phone", _T, "联系电话，没有则空", "Phone; blank if there is none"),
    _field("address", _T, "单位或住址", "Address"),
    _field("agent", _T, "法定或委托代理人", "Agent"),
    _field("is_organisation", _F, "是单位", "Whether an organisation"),
    _field("is_minor", _F, "是未成年人", "Whether a minor"),
    _field("note", _T, "备注", "Remark"),
)

_ROWS: tuple[PaperField, ...] = (
    # The case
    _field("case_no", _T, "案号", "Case number"),
    _field("title", _T, "案由", "What the case is about, in a line"),
    _field("category", _T, "纠纷类别（司法行政统计）", "Category (justice statistics)"),
    _field("category_detail", _T, "纠纷类别（政法系统细类）", "Category (political-legal list)"),
    _field("source", _T, "案件来源", "How the case came in"),
    _field("county", _T, "区县", "County"),
    _field("street", _T, "街道", "Street"),
    _field("community", _T, "社区", "Community"),
    _field("cell", _T, "网格", "Grid cell"),
    _field("committee", _T, "人民调解委员会全称", "Full name of the mediation committee"),
    _field("committee_address", _T, "调解委员会地址", "Address of the committee"),
    _field("committee_phone", _T, "调解委员会电话", "Phone of the committee"),
    _field("place", _T, "发生地", "Where it happened"),
    _field("facts", _T, "纠纷简要情况", "The facts in brief"),
    _field("requests", _T, "申请事项", "What the applicants ask for"),
    _field("points", _T, "争议要点", "Points in dispute"),
    _field("responsibility", _T, "各方责任", "Each side's responsibility"),
    _field("evidence", _T, "证据材料", "Evidence"),
    _field("filed_on", _D, "上报（登记）日期", "Day of filing"),
    _field("accepted_on", _D, "受理日期", "Day of acceptance"),
    _field("mediation_from", _D, "调解开始日期", "First day of mediation"),
    _field("mediation_to", _D, "调解结束日期", "Last day of mediation"),
    _field("due_on", _D, "调解期限届满日", "Last day of the time limit"),
    _field("closed_on", _D, "结案日期", "Day of closing"),
    _field("today", _D, "制作日期", "Day on which the paper is made"),
    # The people
    _many(FieldKind.ROWS, "parties", "全部当事人", "All parties", *_PARTY),
    _many(FieldKind.ROWS, "applicants", "申请人", "Applicants", *_PARTY),
    _many(FieldKind.ROWS, "respondents", "被申请人", "Respondents", *_PARTY),
    _many(FieldKind.ROWS, "mediators", "调解员", "Mediators", _NUMBER,
          _field("name", _T, "姓名", "Name"),
          _field("post", _T, "身份（社区干部、网格员……）", "Post (community cadre, grid worker …)"),
          _field("phone", _T, "联系电话", "Phone")),
    _many(FieldKind.ROWS, "departments", "参与部门", "Departments", _NUMBER,
          _field("name", _T, "部门", "Department"),
          _field("part", _T, "主办或协办", "Lead or support"),
          _field("person", _T, "经办人", "Who handled it"),
          _field("ask", _T, "交办事项", "What was asked"),
          _field("answer", _T, "办理情况", "What was answered"),
          _field("answered_on", _D, "答复日期", "Day of the answer")),
    _many(FieldKind.ROWS, "guests", "受邀参加人", "Invited persons", _NUMBER,
          _field("name", _T, "姓名", "Name"),
          _field("belongs_to", _T, "单位或与当事人的关系", "Unit, or relation to a party")),
    _field("registrar", _T, "登记人", "Who registered the case"),
    _field("recorder", _T, "记录人", "Who kept the record"),
    # The work
    _many(FieldKind.ROWS, "investigations", "调查", "Investigations", _NUMBER,
          _field("held_on", _D, "时间", "When"),
          _field("place", _T, "地点", "Where"),
          _field("asked", _T, "被调查人", "Who was asked"),
          _field("relation", _T, "与当事人的关系", "Relation to the parties"),
          _field("present", _T, "在场人", "Who was present"),
          _field("investigators", _T, "调查人", "Who asked"),
          _field("recorder", _T, "记录人", "Who kept the record"),
          _field("content", _T, "调查内容", "What was found")),
    _many(FieldKind.ROWS, "sessions", "调解", "Mediation sessions", _NUMBER,
          _field("held_on", _D, "时间", "When"),
          _field("place", _T, "地点", "Where"),
          _field("present", _T, "到场当事人", "Parties present"),
          _field("absent", _T, "未到场当事人及原因", "Parties absent, and why"),
          _field("guests", _T, "受邀参加人", "Invited persons"),
          _field("mediators", _T, "调解员", "Mediators"),
          _field("recorder", _T, "记录人", "Who kept the record"),
          _field("statements", _T, "各方陈述", "What each side said"),
          _field("checked", _T, "查证情况", "What was verified"),
          _field("points", _T, "争议要点", "Points in dispute"),
          _field("proposal", _T, "调解方案", "What was proposed"),
          _field("result", _T, "调解结果", "Result")),
    _field("agreement_no", _T, "协议书编号", "Agreement number"),
    _field("agreed_on", _D, "达成协议日期", "Day of the agreement"),
    _field("agreement_form", _T, "书面或口头", "Written or oral"),
    _field("copies", _T, "协议份数", "Number of copies"),
    _field("terms", _T, "约定内容", "What was agreed, in words"),
    _field("has_clauses", _F, "约定分了条款", "Whether the agreement has clauses"),
    _many(FieldKind.ROWS, "clauses", "协议条款", "Clauses of the agreement", _NUMBER,
          _field("what", _T, "履行内容", "What is owed"),
          _field("who", _T, "履行人", "Who owes it"),
          _field("whom", _T, "相对方", "To whom"),
          _field("how", _T, "履行方式、地点", "How and where"),
          _field("due_on", _D, "履行期限", "Due day"),
          _field("amount", _T, "金额", "Amount"),
          _field("result", _T, "履行情况", "Whether it was performed"),
          _field("done_on", _D, "履行日期", "Day of performance")),
    _many(FieldKind.ROWS, "follow_ups", "回访", "Follow-up visits", _NUMBER,
          _field("visited_on", _D, "时间", "When"),
          _field("visited", _T, "被回访人", "Who was visited"),
          _field("way", _T, "方式", "How (visit, phone)"),
          _field("performance", _T, "履行情况", "Performance"),
          _field("satisfaction", _T, "满意程度", "Satisfaction"),
          _field("findings", _T, "有无起诉、反复或激化苗头", "Lawsuit, relapse, signs of worsening"),
          _field("measures", _T, "采取的措施", "Measures taken"),
          _field("visitor", _T, "回访人", "Who visited")),
    # The ends
    _field("reason", _T, "不予受理、终止、撤回或移送的理由", "Reason of non-acceptance, termination, withdrawal or referral"),
    _many(FieldKind.ROWS, "routes", "可走的其他途径", "Other routes that are open", _NUMBER,
          _field("name", _T, "途径", "Route"),
          _field("where", _T, "受理单位", "Where to go"),
          _field("time_limit", _T, "期限", "Time limit")),
    _field("referral", _T, "建议去向", "Where the parties are pointed to"),
    _field("ended_on", _D, "终止、不予受理或移送日期", "Day of termination, non-acceptance or referral"),
    _field("outcome", _T, "处理结果类别", "Kind of outcome"),
    _field("result", _T, "处理结果", "Result"),
    _many(FieldKind.RECORD, "extension", "延期", "Extension",
          _field("asked_on", _D, "申请日期", "Day of the request"),
          _field("days", _T, "延长天数", "Number of days"),
          _field("until", _D, "延长至", "Until"),
          _field("reason", _T, "理由", "Reason"),
          _field("opinion", _T, "审批意见", "Decision"),
          _field("decided_by", _T, "审批人", "Who decided"),
          _field("decided_on", _D, "审批日期", "Day of the decision")),
    _many(FieldKind.RECORD, "confirmation", "司法确认", "Judicial confirmation",
          _field("court", _T, "受理法院", "Court"),
          _field("applied_on", _D, "申请日期", "Day of the application"),
          _field("latest_on", _D, "最迟申请日", "Last day to apply"),
          _field("result", _T, "确认结果", "Result")),
    _many(FieldKind.RECORD, "supervision", "督办", "Supervision",
          _field("slip_no", _T, "督办单编号", "Number of the slip"),
          _field("issued_on", _D, "发出日期", "Day of issue"),
          _field("issued_by", _T, "督办单位", "Who supervises"),
          _field("unit", _T, "承办单位", "Who is to act"),
          _field("matter", _T, "督办事项", "Matter"),
          _field("demand", _T, "督办要求", "What is demanded"),
          _field("due_on", _D, "办结期限", "Due day"),
          _field("answer", _T, "办理结果", "Answer"),
          _field("answered_on", _D, "反馈日期", "Day of the answer")),
    _many(FieldKind.RECORD, "handover", "移送", "Handover",
          _field("letter_no", _T, "函号", "Number of the letter"),
          _field("unit", _T, "接收单位", "Who receives"),
          _field("handed_on", _D, "移送日期", "Day of the handover"),
          _field("reason", _T, "移送理由", "Reason"),
          _field("materials", _T, "随函材料", "Papers that go along"),
          _field("contact", _T, "联系人", "Contact"),
          _field("contact_phone", _T, "联系电话", "Phone of the contact")),
    # The dossier
    _field("dossier_no", _T, "卷号", "Number of the dossier"),
    _field("dossier_year", _T, "年度", "Year of the dossier"),
    _field("retention", _T, "保管期限", "How long it is kept"),
    _field("archivist", _T, "立卷人", "Who made up the dossier"),
    _field("archived_on", _D, "立卷日期", "Day on which it was made up"),
    _field("dossier_pages", _T, "全卷页数", "Number of pages of the dossier"),
    _field("remarks", _T, "备注", "Remarks"),
    _many(FieldKind.ROWS, "dossier", "卷内材料", "Papers of the dossier", _NUMBER,
          _field("title", _T, "材料名称", "Title"),
          _field("pages", _T, "页数或页码", "Pages"),
          _field("made_on", _D, "形成日期", "Day"),
          _field("state", _T, "有、缺或不需要", "Present, missing or not needed"),
          _field("note", _T, "备注", "Remark")),
)  # fmt: skip

#: Name to field.
FIELDS: dict[str, PaperField] = {field.name: field for field in _ROWS}
if len(FIELDS) != len(_ROWS):
    raise ValueError("two fields of papers share a name")
