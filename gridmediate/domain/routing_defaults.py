"""The routing rules a street starts with; rows to be edited by the office.

Category rules are numbered by their T2 head (``02-01``), circumstance rules by ``00``. Sources: department duties in dispute
settlement as published (women's federation, human resources, market regulation, police, natural resources …); the rest is our
proposal. The Anti-Domestic-Violence Law art. 14 obliges community staff to report, art. 10 and 23 name those who support.
"""

from __future__ import annotations

from gridmediate.domain.departments import MEDIATION_COMMITTEE
from gridmediate.domain.routing import LAST_RESORT, RoutingRule
from gridmediate.domain.vocabulary import Flag, Label


def _circumstance(
    no: str, flag: Flag, label: tuple[str, str], why: tuple[str, str], lead: str | None = None, support: str = "",
    on_demand: str = "",
) -> RoutingRule:
    return RoutingRule(
        no, Label(*label), Label(*why), flags=(flag,), lead=lead, support=tuple(support.split()),
        on_demand=tuple(on_demand.split()), additive=True,
    )


def _category(
    no: str, categories: str, label: tuple[str, str], why: tuple[str, str], lead: str, support: str = "", on_demand: str = "",
    flags: tuple[Flag, ...] = (),
) -> RoutingRule:
    return RoutingRule(
        no, Label(*label), Label(*why), categories=tuple(categories.split()), flags=flags, lead=lead,
        support=tuple(support.split()), on_demand=tuple(on_demand.split()),
    )


_CIRCUMSTANCES = (
    _circumstance("00-01", Flag.DOMESTIC_VIOLENCE, ("疑似家暴", "Suspected domestic violence"),
                  ("先保人身安全；涉无行为能力人的，依反家庭暴力法第 14 条须报案",
                   "safety first; where a person without capacity is concerned, art. 14 of the law obliges to report"),
                  lead="police_station", support="womens_federation", on_demand="civil_affairs"),
    _circumstance("00-02", Flag.THREAT, ("扬言动手", "Threat of violence"),
                  ("可能激化，依人民调解法第 25 条采取预防措施并告知公安",
                   "it may get worse: preventive steps and word to the police, People's Mediation Law art. 25"),
                  support="police_station"),
    _circumstance("00-03", Flag.SELF_HARM, ("扬言自伤", "Threat of self-harm"),
                  ("先保人身安全，同时安排心理援助", "safety first, and psychological help"),
                  support="police_station health", on_demand="civil_affairs"),
    _circumstance("00-04", Flag.MINOR, ("涉未成年人", "A minor is involved"),
                  ("未成年人保护由民政牵头协调，妇联按需参与",
                   "civil affairs coordinates the protection of minors; women's federation when needed"),
                  support="civil_affairs", on_demand="womens_federation"),
    _circumstance("00-05", Flag.MIGRANT_WAGES, ("拖欠农民工工资", "Migrant workers' wages"),
                  ("欠薪由人社主办；工地用工请住建核对",
                   "unpaid wages are led by human resources; housing checks the site's hiring"),
                  lead="human_resources", support="housing", on_demand="justice_office"),
    _circumstance("00-06", Flag.GROUP, ("牵涉 5 人以上", "Five people or more"),
                  ("人多的纠纷请司法所指导，可推选代表",
                   "many parties: the justice office guides, representatives may be chosen"),
                  support="justice_office", on_demand="police_station"),
    _circumstance("00-07", Flag.EARLIER_ATTEMPTS, ("多次未成", "Earlier attempts failed"),
                  ("两次以上没调成，请司法所出法律意见",
                   "two attempts or more failed: a legal opinion from the justice office"),
                  support="justice_office"),
    _circumstance("00-08", Flag.POLICE_CALLS, ("多次报警", "Police called before"),
                  ("报过两次以上警，请派出所核对出警记录", "police called twice or more: the call records are checked"),
                  support="police_station"),
    _circumstance("00-09", Flag.BUILDING_WORK, ("搭建或改动结构", "Building work"),
                  ("查是否经批准、是否影响结构", "was it approved, does it touch the structure"),
                  support="urban_management", on_demand="housing"),
)

_FAMILY_AND_NEIGHBOURS = (
    _category("01-01", "0101", ("恋爱婚姻", "Marriage"), ("婚姻家庭由妇联主办", "families are led by the women's federation"),
              "womens_federation", on_demand="police_station justice_office civil_affairs"),
    _category("01-02", "0102", ("抚养赡养", "Support and care"),
              ("老人、孩子的照顾请民政一起看", "civil affairs joins where care is concerned"),
              "womens_federation", "civil_affairs", "justice_office police_station"),
    _category("01-03", "0103", ("分家继承", "Inheritance"),
              ("遗产份额须有法律意见", "shares in an estate need a legal opinion"),
              "womens_federation", "justice_office", "natural_resources"),
    _category("01-09", "01", ("婚恋家庭", "Family"), ("婚姻家庭由妇联主办", "families are led by the women's federation"),
              "womens_federation", on_demand="police_station justice_office"),
    _category("02-01", "0201", ("邻里—用水排水", "Neighbours: water and passage"),
              ("用排水类须查渗漏", "the leak has to be found"),
              MEDIATION_COMMITTEE, "housing", "police_station"),
    _category("02-02", "0202", ("邻里—相邻建筑", "Neighbours: adjoining building"),
              ("施工、加装须核实结构和退距", "structure and distance are checked"),
              MEDIATION_COMMITTEE, "housing", "urban_management police_station"),
    _category("02-03", "0203", ("邻里—噪声油烟", "Neighbours: nuisance"),
              ("噪声油烟须到场核查", "noise and fumes are checked on the spot"),
              MEDIATION_COMMITTEE, "urban_management", "police_station"),
    _category("02-09", "02", ("邻里", "Neighbours"),
              ("邻里由社区先调，部门按需参与", "neighbours are mediated by the community; departments when needed"),
              MEDIATION_COMMITTEE, on_demand="police_station housing urban_management"),
)

_PERSON_PROPERTY_TORT = (
    _category("03-01", "0303", ("身体健康", "Body and health"),
              ("人身伤害由派出所先处置", "injuries are the police station's first"),
              "police_station", on_demand="justice_office health"),
    _category("03-09", "03", ("名誉人身", "Person and name"), ("人格权由派出所主办", "led by the police station"),
              "police_station", on_demand="justice_office"),
    _category("04-01", "0402", ("物业", "Property management"), ("物业由住建主办", "property management is led by housing"),
              "housing", on_demand="market_regulation urban_management justice_office"),
    _category("04-02", "0403", ("房产登记", "Title registration"),
              ("不动产登记由自然资源主办", "titles are led by natural resources"),
              "natural_resources", on_demand="housing justice_office"),
    _category("04-09", "04", ("财物", "Belongings"),
              ("财物返还、赔偿由司法所主办", "return and damages are led by the justice office"),
              "justice_office", on_demand="police_station"),
    _category("05-01", "0501", ("校园", "School"),
              ("学校的事由民政办对接教育部门", "civil affairs is the street's link to the schools"),
              "civil_affairs", on_demand="police_station womens_federation justice_office"),
    _category("05-02", "0502", ("医疗", "Medical"),
              ("医疗争议由卫健主办，可转医调委", "led by health; the medical committee may take it"),
              "health", on_demand="police_station justice_office"),
    _category("05-03", "0503", ("交通事故", "Traffic accident"),
              ("事故责任由公安交管认定", "the police find on responsibility"),
              "police_station", on_demand="justice_office"),
    _category("05-04", "0504", ("环境污染", "Pollution"),
              ("污染由综合执法队对接生态环境", "urban management links to environment protection"),
              "urban_management", on_demand="health justice_office"),
    _category("05-05", "0505 0506", ("产品与网络", "Products and Internet"),
              ("产品、网络交易由市场监管主办", "led by market regulation"),
              "market_regulation", on_demand="police_station justice_office"),
    _category("05-06", "0507", ("劳务损害", "Hired work"),
              ("先分清劳动还是劳务关系", "employment or not has to be settled first"),
              "human_resources", on_demand="justice_office health"),
    _category("05-09", "05", ("损害赔偿", "Damages"), ("赔偿责任由司法所主办", "liability is led by the justice office"),
              "justice_office", on_demand="police_station"),
)

_CONTRACT_LABOUR_LOAN = (
    _category("06-01", "0601", ("消费", "Consumer"), ("消费由市场监管主办", "consumer matters are led by market regulation"),
              "market_regulation", on_demand="justice_office"),
    _category("06-02", "0602", ("房屋租赁买卖", "Rent and sale"),
              ("租赁、买卖由住建主办", "leases and sales are led by housing"),
              "housing", on_demand="justice_office police_station"),
    _category("06-03", "0603 0604", ("交易运输", "Trade and transport"),
              ("经营合同由市场监管主办", "business contracts are led by market regulation"),
              "market_regulation", on_demand="justice_office"),
    _category("06-09", "06", ("其他合同", "Other contracts"),
              ("合同争议由司法所主办", "contracts are led by the justice office"),
              "justice_office", on_demand="market_regulation"),
    _category("07-01", "07", ("劳动—农民工工资", "Labour: migrant wages"),
              ("欠薪由人社主办，住建核对工地用工", "led by human resources; housing checks the site"),
              "human_resources", "housing", "justice_office", flags=(Flag.MIGRANT_WAGES,)),
    _category("07-09", "07", ("劳动人事", "Labour"), ("劳动人事由人社主办", "labour is led by human resources"),
              "human_resources", on_demand="justice_office"),
    _category("08-01", "08", ("借贷金融", "Loans and finance"), ("借贷由司法所主办", "loans are led by the justice office"),
              "justice_office", on_demand="police_station"),
)

_LAND_AND_PUBLIC = (
    _category("09-01", "0902", ("宅基地", "Homestead"),
              ("宅基地由自然资源主办，建房请住建看", "led by natural resources; housing looks at the building"),
              "natural_resources", "housing", "justice_office"),
    _category("09-09", "09", ("土地山林水利", "Land, forest, water"), ("权属争议由自然资源主办，调不成由政府处理",
              "led by natural resources; if not settled, the government decides"), "natural_resources",
              on_demand="justice_office"),
    _category("10-01", "10", ("其他民商事", "Commercial"), ("经营、商事由市场监管主办", "commerce is led by market regulation"),
              "market_regulation", on_demand="justice_office"),
    _category("11-01", "1102 1103", ("征地与规划", "Land taking and planning"),
              ("土地、规划由自然资源主办", "land and planning are led by natural resources"),
              "natural_resources", "urban_management", "justice_office"),
    _category("11-02", "1104", ("市政市容", "Public works"),
              ("工程由住建主办，市容由综合执法队看", "works: housing; the street scene: urban management"),
              "housing", "urban_management", "justice_office"),
    _category("11-09", "11", ("征收建设", "House taking, building"),
              ("征收、安置由住建主办", "taking and resettlement are led by housing"),
              "housing", on_demand="justice_office natural_resources"),
    _category("12-01", "12", ("民政", "Civil affairs"), ("由民政办主办", "led by civil affairs"), "civil_affairs",
              on_demand="justice_office"),
    _category("13-01", "1302", ("教育文体", "Education"),
              ("由民政办对接教育、文体部门", "civil affairs links to education and culture"),
              "civil_affairs", on_demand="justice_office"),
    _category("13-02", "1303", ("工商税务", "Business and tax"), ("由市场监管主办", "led by market regulation"),
              "market_regulation", on_demand="justice_office"),
    _category("13-03", "1306", ("渔事", "Fishing"),
              ("由自然资源所对接农业农村部门", "natural resources links to farming and fishing"),
              "natural_resources", on_demand="justice_office"),
    _category("13-04", "1307", ("计划生育", "Family planning"), ("由卫健办主办", "led by health"), "health",
              on_demand="justice_office"),
    _category("13-09", "13", ("行政执法", "Enforcement"),
              ("由综合执法队主办或转作出决定的部门", "led by urban management, or passed to the body that decided"),
              "urban_management", on_demand="justice_office police_station"),
    _category("14-01", "14", ("涉法涉诉", "Litigation"),
              ("不属调解范围，由社区告知去处，司法所可释法", "not mediated: the community says where to go"),
              MEDIATION_COMMITTEE, on_demand="justice_office"),
    _category("15-01", "15", ("组织纪检", "Discipline"),
              ("不属调解范围，由社区告知去处", "not mediated: the community says where to go"),
              MEDIATION_COMMITTEE),
    _category("16-01", "16", ("民族宗教", "Ethnic, religious"),
              ("由民政办对接民族宗教部门", "civil affairs links to ethnic and religious affairs"),
              "civil_affairs", on_demand="justice_office"),
)

#: In the office's order; the last one fits everything.
DEFAULT_RULES: tuple[RoutingRule, ...] = (
    *_CIRCUMSTANCES, *_FAMILY_AND_NEIGHBOURS, *_PERSON_PROPERTY_TORT, *_CONTRACT_LABOUR_LOAN, *_LAND_AND_PUBLIC, LAST_RESORT,
)
