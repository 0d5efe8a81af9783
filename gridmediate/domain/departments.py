"""The departments of the demonstration street, the N of 1+1+N, and what each is usually asked.

A street keeps its own list; these ten are the defaults. What the county's bureaus do (schools, environment, farming, traffic)
reaches a street through one of them, and its duty says so, so that no matter is sent to a desk that does not exist.

Notes
-----
The community's mediation committee (社区调委会) leads many disputes but is no department: the cadre who chairs the team *is* the
committee. :data:`MEDIATION_COMMITTEE` therefore stands in rules as a lead, is shown as one, and takes neither seat nor task.
"""

from __future__ import annotations

from dataclasses import dataclass

from gridmediate.domain.problems import FieldNotAChoice
from gridmediate.domain.vocabulary import Label, Phrase, add_phrases

FIELD_NAME = Label("部门", "Department")

#: The community's own lead; never a seat or a task, see the module's notes.
MEDIATION_COMMITTEE = "mediation_committee"
MEDIATION_COMMITTEE_LABEL = Label("社区调委会", "Community mediation committee")


@dataclass(frozen=True, slots=True)
class Department:
    """A department that can be given a part in a case.

    Parameters
    ----------
    code : str
        Stable, lower-case ASCII.
    name : Label
        As on its door (住建所).
    duty : Label
        One sentence: what it answers for at this street.
    """

    code: str
    name: Label
    duty: Label


_ROWS = (
    ("police_station", "派出所", "Police station",
     "处警和治安调解，核对出警记录；对接交警处理道路事故。",
     "Answers calls, mediates public-order matters, checks its call records; link to the traffic police."),
    ("justice_office", "司法所", "Justice office",
     "指导人民调解，提供法律意见，衔接司法确认和法律援助。",
     "Guides people's mediation, gives legal opinions, links to judicial confirmation and legal aid."),
    ("housing", "住建所", "Housing office",
     "房屋安全、物业和维修资金、租赁备案、既有住宅加装电梯、征收补偿政策。",
     "House safety, property management and repair funds, leases, added lifts, taking-of-house policy."),
    ("natural_resources", "自然资源所", "Natural resources office",
     "土地、宅基地和山林权属，规划和不动产登记；街道农业农村、水利的事一并对接。",
     "Land, homestead and forest rights, planning, title; link for farming and water works."),
    ("human_resources", "人社所", "Human resources office",
     "工资和劳动合同、劳动监察，衔接劳动仲裁和社会保险。",
     "Wages and labour contracts, labour inspection, link to labour arbitration and social insurance."),
    ("market_regulation", "市场监管所", "Market regulation office",
     "消费、产品质量、经营和网络交易，衔接消费者协会。",
     "Consumer matters, product quality, business and online trade, link to the consumers' association."),
    ("urban_management", "综合执法队", "Urban management team",
     "违法搭建、占道经营、油烟噪声和市容；对接生态环境部门。",
     "Illegal building, street trade, fumes, noise and the street scene; link to environment protection."),
    ("womens_federation", "妇联", "Women's federation",
     "婚姻家庭辅导，维护妇女儿童权益，陪同申请人身安全保护令。",
     "Family counselling, rights of women and children, company to apply for a protection order."),
    ("health", "卫健办", "Health office",
     "医疗争议的告知和引导，衔接医调委；心理援助和精神卫生。",
     "Guidance in medical disputes, link to the medical mediation committee; mental health support."),
    ("civil_affairs", "民政办", "Civil affairs office",
     "救助、养老、未成年人保护、基层自治；街道教育、民族宗教的事一并对接。",
     "Relief, elderly care, protection of minors, self-government; link for education and religious affairs."),
)

DEPARTMENTS: dict[str, Department] = {
    code: Department(code, Label(zh, en), Label(duty_zh, duty_en)) for code, zh, en, duty_zh, duty_en in _ROWS
}

#: (department, T2 prefix) -> what the community asks it to answer; the longest prefix counts, "" is the usual question.
_ASKS: dict[tuple[str, str], tuple[str, str]] = {
    ("police_station", ""): ("核对出警记录，说明有无治安处罚",
                             "Check the call records; say whether a public-order penalty was given"),
    ("police_station", "01"): ("到场了解有无家庭暴力，必要时出具告诫书",
                               "Find out on the spot about violence at home; warn in writing if called for"),
    ("police_station", "0303"): ("说明伤情和责任的处理情况", "Say what was found on injury and responsibility"),
    ("police_station", "0503"): ("提供事故认定书，或说明何时作出", "Give the accident finding, or say when it will be made"),
    ("justice_office", ""): ("就争议焦点出法律意见，并指导调解",
                             "Give a legal opinion on the disputed points and guide the mediation"),
    ("justice_office", "08"): ("核看借据和利息约定，说明受法律保护的部分",
                               "Look at the IOU and the interest agreed; say what the law protects"),
    ("housing", ""): ("查看房屋情况并出说明", "Look at the building and state what was found"),
    ("housing", "0201"): ("查明渗漏部位并出说明", "Find where the leak is and state it in writing"),
    ("housing", "0202"): ("到场核实施工是否影响房屋结构", "Check on the spot whether the work affects the structure"),
    ("housing", "0402"): ("核对物业服务合同和收费，说明维修资金支取条件",
                          "Check the service contract and fees; say when the repair fund may be drawn"),
    ("housing", "0602"): ("核对租赁或预售合同备案", "Check the registration of the lease or the presale contract"),
    ("housing", "07"): ("核对工地用工和工资专户，派人参加会商",
                        "Check the site's hiring and wage account; send someone to the meeting"),
    ("housing", "11"): ("说明征收、建设的批准和补偿标准", "State the approval and the compensation standard"),
    ("natural_resources", ""): ("核对权属和登记资料并出说明", "Check titles and registers and state what they show"),
    ("natural_resources", "0901"): ("核对承包合同和确权资料", "Check the land contract and the rights register"),
    ("human_resources", ""): ("核实用工和工资情况，督促支付并答复",
                              "Verify employment and wages, press for payment and answer"),
    ("human_resources", "0702"): ("核对参保缴费记录，说明补缴办法", "Check the insurance record; say how arrears are paid"),
    ("human_resources", "0507"): ("说明双方是劳动还是劳务关系、工伤如何认定",
                                  "Say whether it is employment and how a work injury is determined"),
    ("market_regulation", ""): ("查明经营者情况，说明可否退赔",
                                "Find out about the trader; say whether refund or damages are due"),
    ("urban_management", ""): ("到场核查，依法处理并答复", "Check on the spot, act by law and answer"),
    ("urban_management", "0203"): ("到场测噪声、查油烟，说明是否超标",
                                   "Measure noise and fumes on the spot; say whether limits are exceeded"),
    ("urban_management", "0202"): ("核查搭建是否经批准", "Check whether the building work was approved"),
    ("womens_federation", ""): ("派人参加调解，做家庭辅导", "Send someone to the mediation and counsel the family"),
    ("health", ""): ("说明诊疗争议的处理途径，衔接医调委",
                     "Explain the ways in a medical dispute; link to the medical committee"),
    ("health", "01"): ("安排心理援助", "Arrange psychological help"),
    ("civil_affairs", ""): ("说明政策，核对可给的救助", "Explain the policy and check what relief can be given"),
    ("civil_affairs", "0501"): ("联系学校，说明事发经过和保险", "Contact the school; state what happened and the insurance"),
}

#: Asked of a department that the office added and gave no question of its own.
_ASK_ANYONE = "ask"

add_phrases({_ASK_ANYONE: ("按职责查明情况并答复", "Find out within your duty and answer")})
add_phrases({f"ask.{department}.{prefix or 'usual'}": words for (department, prefix), words in _ASKS.items()})


def department(code: str) -> Department:
    """Return a default department.

    Raises
    ------
    FieldNotAChoice
        If the code is none of the defaults.
    """
    try:
        return DEPARTMENTS[code]
    except KeyError:
        raise FieldNotAChoice(field="department", name=FIELD_NAME, got=code) from None


def department_name(code: str) -> Label:
    """Return how a department, or the community's committee, is called; an office's own department reads as its code here."""
    if code == MEDIATION_COMMITTEE:
        return MEDIATION_COMMITTEE_LABEL
    return DEPARTMENTS[code].name if code in DEPARTMENTS else Label(code, code)


def default_ask(department_code: str, category_code: str) -> Phrase:
    """Return what a department is asked first in a case of this category; the cadre may word it anew.

    Parameters
    ----------
    department_code, category_code : str
        A department, also one of the office's own; a T2 code.
    """
    for length in (4, 2, 0):
        prefix = category_code[:length]
        if (department_code, prefix) in _ASKS:
            return Phrase(f"ask.{department_code}.{prefix or 'usual'}")
    return Phrase(_ASK_ANYONE)
