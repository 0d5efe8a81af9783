"""What the record of acts calls each act; every ``resource.verb`` that a service writes stands here."""

from __future__ import annotations

from gridmediate.domain.calls import PromptKind
from gridmediate.domain.ladder import Rung, Subject, act_of
from gridmediate.domain.residents import Saying
from gridmediate.domain.residents import act_of as act_of_saying
from gridmediate.domain.tasks import TaskAct
from gridmediate.domain.vocabulary import Label, label
from gridmediate.domain.workflow import Act

#: Acts that only look. They stay in the record and out of the case's timeline.
READINGS = frozenset({
    "case.read", "case.list", "task.list", "follow_up.list", "party.unmask", "heat.read", "audit.read", "sitting.list",
    "sitting.feed", "paper.list", "paper.make", "call.list", "meeting.list", "meeting.pack", "guest.unmask", "attachment.read",
    "challenge.list", "interference.read", "case.similar", "request.list", "request.read", "follow.open", "follow.close",
    "follow.read", "follow.data", "follow.paper", "stuck.list", "punctuality.read", "wall.read", "figures.read",
    "figures.list", "figures.export", "briefing.read", "call_back.list", "call_back.read", "call_back.results",
})

#: What the county's coordinators hear of a call; it leads to the board.
ON_THE_BOARD = "call.on_board"

#: What time does, and what it is called that nobody did it.
OF_TIME = {act_of(subject, rung): (subject, rung) for subject in Subject for rung in Rung}
BY_NOBODY = Label("系统", "System")

#: English tells a thing done from a thing to do; Chinese needs no second word.
_CASE_DONE = {
    Act.ACCEPT: "Accepted", Act.NOT_ACCEPT: "Not accepted", Act.MARK_DUPLICATE: "Joined to another case",
    Act.SOLVE_ON_SPOT: "Solved on the spot", Act.NOTE_SESSION: "Session noted", Act.AGREE_ORALLY: "Oral agreement recorded",
    Act.AGREE_IN_WRITING: "Written agreement recorded", Act.RECORD_REFUSAL: "A party refused", Act.WITHDRAW: "Withdrawn",
    Act.TERMINATE: "Terminated, routes told", Act.REFER: "Referred", Act.CLOSE: "Closed",
    Act.CLOSE_AS_DEPARTMENT: "Settled and closed by the department", Act.REOPEN: "Reopened",
    Act.AGREE_PARTLY: "Partial agreement recorded", Act.RETURN_TO_MEDIATION: "Agreement not signed, mediation goes on",
    Act.START_PERFORMING: "Performance began", Act.END_UNPERFORMED: "Agreement not performed, routes told",
    Act.SUSPEND: "Clock paused", Act.RESUME: "Clock resumed", Act.ASK_EXTENSION: "Extension asked for",
    Act.GRANT_EXTENSION: "Extension granted", Act.DENY_EXTENSION: "Extension denied", Act.ESCALATE: "Level above asked",
    Act.TAKE_UP: "Taken up by the level above", Act.BRING_DOWN: "Given back with advice", Act.NOTIFY_POLICE: "Police notified",
    Act.ARCHIVE: "Archived",
}
_TASK_DONE = {
    TaskAct.SIGN: "Signed for", TaskAct.ANSWER: "Answered", TaskAct.SEND_BACK: "Sent back",
    TaskAct.ASSIGN_AGAIN: "Dispatched again", TaskAct.RULE: "Ruled by the street", TaskAct.CONFIRM: "Answer confirmed",
    TaskAct.ASK_AGAIN: "Asked again", TaskAct.RECALL: "Recalled", TaskAct.COME: "Came",
}
_PROMPT_DONE = {
    PromptKind.URGE: "Urged", PromptKind.SUPERVISE_YELLOW: "Yellow slip", PromptKind.SUPERVISE_RED: "Red slip",
    PromptKind.INSTRUCTION: "Leader's instruction",
}

_WORDS: dict[str, Label] = {
    "case.file": Label("上报", "Filed"),
    "case.form_team": Label("组队并派单", "Team formed, tasks dispatched"),
    "case.correct_category": Label("更正分类", "Category corrected"),
    "case.settle_place": Label("认定网格", "Cell settled"),
    "case.recompute": Label("按现行规则重算到期日", "Due day worked out anew"),
    "clocks.recompute": Label("重算在走的时限", "Running clocks worked out anew"),
    "case.link": Label("找到双方以前的案件", "Earlier case of the two sides found"),
    "case.note": Label("记事", "Note"),
    "case.willingness": Label("登记调解意愿", "Willingness recorded"),
    "case.read": Label("查看案件", "Case read"),
    "case.list": Label("查看案件列表", "List of cases read"),
    "case.similar": Label("上报前查同类案件", "Similar cases looked for"),
    "case.import": Label("批量导入", "Imported"),
    "case.observe": Label("接触后更新情况", "Circumstances after a contact"),
    "case.safety_step": Label("登记安全步骤", "Safety step taken"),
    "case.safe_contact": Label("登记安全联系方式", "Safe contact recorded"),
    "case.lift_safe_contact": Label("撤销安全联系方式", "Safe contact lifted"),
    "case.to_meeting": Label("列入联席会", "Put before a joint meeting"),
    "case.decide_at_meeting": Label("联席会决定", "Decided by a joint meeting"),
    "case.put_off_at_meeting": Label("联席会缓议", "Put off by a joint meeting"),
    "meeting.list": Label("查看联席会", "Joint meetings read"),
    "meeting.pack": Label("联席会材料取用", "Pack of a joint meeting read"),
    "meeting.convene": Label("召集联席会", "Joint meeting convened"),
    "meeting.close": Label("联席会结束", "Joint meeting closed"),
    "task.set_deadline": Label("联席会定任务期限", "Deadline set by a joint meeting"),
    "task.list": Label("查看任务列表", "List of tasks read"),
    "heat.read": Label("查看格图", "Map of cells read"),
    "figures.read": Label("查看指标", "Figures read"),
    "figures.list": Label("查看指标下的案件", "Cases behind a figure listed"),
    "figures.export": Label("导出报表", "Return exported"),
    "figures.freeze": Label("定稿报表", "Return frozen"),
    "audit.read": Label("查看审计记录", "Record of acts read"),
    "wall.make": Label("生成大屏地址", "Wall address made"),
    "wall.withdraw": Label("停用大屏地址", "Wall address withdrawn"),
    "wall.read": Label("大屏地址在用（每小时记一次）", "Wall address in use (noted hourly)"),
    "audit.verify": Label("校验记录链", "Record chain verified"),
    "party.unmask": Label("查看当事人信息", "Parties shown in clear"),
    "party.rights": Label("登记权利告知和意愿", "Rights told, wishes recorded"),
    "agreement.sign": Label("登记协议签署", "Signatures recorded"),
    "agreement.confirm": Label("登记司法确认", "Judicial confirmation recorded"),
    "clause.settle": Label("登记条款履行", "Clause recorded"),
    "follow_up.list": Label("查看回访列表", "List of follow-ups read"),
    "follow_up.record": Label("登记回访", "Follow-up recorded"),
    "party.prove": Label("核对身份证明或委托书", "Proof of a party seen"),
    "investigation.add": Label("记调查", "Investigation recorded"),
    "paper.list": Label("查看文书与卷宗", "Papers and dossier looked at"),
    "paper.make": Label("生成文书", "Papers made"),
    "party.add": Label("补充当事人", "Party added"),
    "team.change": Label("调整团队", "Team changed"),
    "team.add_department": Label("加派部门", "Department added"),
    "team.declare_interest": Label("申报利害关系，回避", "Interest declared, stood back"),
    "guest.invite": Label("邀请他人参加，等双方同意", "Person invited, both sides to agree"),
    "guest.consent": Label("登记一方对邀请的意见", "A side's answer to an invitation recorded"),
    "guest.leave": Label("受邀人员退出", "Invited person left"),
    "guest.unmask": Label("查看受邀人员信息", "Invited persons shown in clear"),
    "challenge.raise": Label("当事人申请回避，等街道决定", "A party challenged a member of the team; the street decides"),
    "challenge.uphold": Label("同意回避，已换人", "Challenge upheld, seat filled anew"),
    "challenge.dismiss": Label("驳回回避申请", "Challenge dismissed"),
    "challenge.list": Label("查看待批列表", "List of matters to decide read"),
    "interference.note": Label("记录有人干预办案", "Attempt to interfere noted"),
    "interference.read": Label("查看干预记录", "Notes of interference read"),
    "attachment.add": Label("上传照片", "Photo added"),
    "attachment.read": Label("查看照片", "Photo shown"),
    "attachment.remove": Label("撤下照片", "Photo removed"),
    "sitting.plan": Label("约定调解", "Session planned"),
    "sitting.move": Label("改调解时间地点", "Session moved"),
    "sitting.call_off": Label("取消调解", "Session called off"),
    "sitting.hold": Label("记调解笔录", "Minutes of a session written"),
    "sitting.did_not_happen": Label("调解没开成", "Session did not happen"),
    "sitting.list": Label("查看调解日程", "Calendar of sessions read"),
    "sitting.feed": Label("日历读取调解日程", "Sessions read by a calendar"),
    "session.start": Label("登录", "Signed in"),
    "session.refused": Label("登录未成功", "Sign-in refused"),
    "session.end": Label("退出", "Signed out"),
    "session.revoke": Label("注销登录", "Session revoked"),
    "password.change": Label("修改密码", "Password changed"),
    "account.create": Label("新建账号", "Account made"),
    "account.invite": Label("发出设密码的邀请", "Invitation to set a password"),
    "account.open": Label("启用账号", "Account opened"),
    "account.close": Label("停用账号", "Account closed"),
    "account.unlock": Label("解除锁定", "Account unlocked"),
    "account.change": Label("更正人员信息", "Person's details corrected"),
    "account.set_notices": Label("改通知设置", "Notice settings changed"),
    "account.make_calendar_link": Label("生成日历地址", "Calendar address made"),
    "account.revoke_calendar_link": Label("停用日历地址", "Calendar address revoked"),
    "device.add": Label("手机登记离线上报", "Phone set up for filing offline"),
    "device.revoke": Label("停用手机上的离线上报", "Phone for filing offline revoked"),
    "notice.test": Label("试发通知", "Notice sent on trial"),
    "notice.try_again": Label("重发通知", "Notices sent again"),
    "notice.publish": Label("发布网格公告", "Public notice published"),
    "notice.end": Label("撤下网格公告", "Public notice taken down"),
    "cells.set_phones": Label("改公开电话", "Public phones changed"),
    "post.give": Label("任命岗位", "Post given"),
    "post.end": Label("收回岗位", "Post ended"),
    "roster.seat": Label("排进名册", "Seated on the roster"),
    "roster.change": Label("改名册任期", "Roster term changed"),
    "roster.end": Label("结束名册任期", "Roster term ended"),
    "staff.import": Label("导入人员名册", "Staff imported"),
    "cells.import": Label("导入网格", "Cells imported"),
    "gazetteer.import": Label("导入地名地址库", "Gazetteer imported"),
    "briefing.draft": Label("起草简报", "Briefing drafted"),
    "briefing.recount": Label("简报按现在的数重算", "Briefing counted anew"),
    "briefing.edit": Label("改简报草稿", "Draft of a briefing changed"),
    "briefing.issue": Label("印发简报", "Briefing issued"),
    "briefing.keep": Label("存印发的简报文件", "File of an issued briefing kept"),
    "briefing.read": Label("查看简报", "Briefing read"),
    "call_back.draw": Label("抽回访样本", "Sample of call-backs drawn"),
    "call_back.list": Label("查看抽样回访名单", "List of call-backs read"),
    "call_back.read": Label("查看抽样回访的一件", "Call-back read"),
    "call_back.record": Label("登记抽样回访", "Call-back recorded"),
    "call_back.results": Label("查看抽样回访结果", "Results of call-backs read"),
    "call.make": Label("呼叫县里部门", "County departments called"),
    "call.close": Label("了结呼叫", "Call closed"),
    "stuck.list": Label("查看卡点看板", "Stuck board read"),
    "punctuality.read": Label("查看部门办理情况", "Departments' punctuality read"),
    "call.list": Label("查看乡呼县应看板", "Board of county calls read"),
    # Told to the county, which sees its board and not the case.
    ON_THE_BOARD: Label("街道呼叫县里部门", "A street calls county departments"),
    "request.ask": Label("居民申请调解，等核实", "A resident asks for mediation, to be checked"),
    "request.late": Label("居民的申请过期没人看", "A resident's request was not looked at in time"),
    "request.list": Label("查看居民申请列表", "List of residents' requests read"),
    "request.read": Label("查看居民申请", "Resident's request read"),
    "request.file": Label("居民申请核实并上报", "Resident's request checked and filed"),
    "request.decline": Label("居民申请不登记，已说明去向", "Resident's request declined, told where to go"),
    "request.urge": Label("居民催申请", "A resident urges the request"),
    "request.words": Label("居民补充申请", "A resident adds to the request"),
    "request.withdraw": Label("居民撤回申请", "A resident took the request back"),
    "request.erase": Label("删除居民申请的内容", "Contents of a resident's request erased"),
    "follow.give_code": Label("给当事人查询码", "Code to follow the case given to a side"),
    "follow.open": Label("当事人打开查询页", "A side opened its page"),
    "follow.close": Label("当事人退出查询页", "A side closed its page"),
    "follow.read": Label("当事人查看进度", "A side read the progress"),
    "follow.data": Label("当事人查看本人信息", "A side read what is kept of it"),
    "follow.paper": Label("查看当事人交的材料", "Paper handed in by a side shown"),
    "follow.refused": Label("查询码不对", "Wrong code to follow a case"),
    "side.answered": Label("当事人说的已处理", "What a side said was dealt with"),
    **{act_of_saying(kind): label(kind) for kind in Saying},
    "prompt.answer": Label("回复催督办", "Prompt answered"),
    "task.rate": Label("评价部门答复", "Answer rated"),
    "calendar.change": Label("改放假安排", "Holidays changed"),
    **{f"case.{act.value}": Label(label(act).zh, done) for act, done in _CASE_DONE.items()},
    **{f"task.{act.value}": Label(label(act).zh, done) for act, done in _TASK_DONE.items()},
    **{f"prompt.{kind.value}": Label(label(kind).zh, done) for kind, done in _PROMPT_DONE.items()},
    **{act: Label(label(subject).zh + label(rung).zh, f"{label(subject).en} {label(rung).en}")
       for act, (subject, rung) in OF_TIME.items()},
}


def act_label(act: str) -> Label:
    """Return what an act is called; one of a newer edition reads as its code."""
    return _WORDS.get(act) or Label(act, act)
