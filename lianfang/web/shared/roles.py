"""Who may do what: the table of roles, short enough that a customer can read it.

Source: roles and approvers of the domain's workflow; three administrators that exclude one another and see no business
data (GB/T 22239-2019, level three: system, security and audit administration are separate).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """One thing that may be done. Every address and every move names one."""

    DESK_READ = "desk.read"
    SIGNAL_READ = "signal.read"
    SIGNAL_REGISTER = "signal.register"
    SIGNAL_SCREEN = "signal.screen"
    ALERT_READ = "alert.read"
    ALERT_CHECK = "alert.check"
    ALERT_PROPOSE = "alert.propose"
    ALERT_APPROVE = "alert.approve"
    ALERT_ISSUE = "alert.issue"
    ALERT_ANSWER = "alert.answer"
    ALERT_ACCEPT = "alert.accept"
    ALERT_RELEASE = "alert.release"
    BULLETIN_READ = "bulletin.read"
    BULLETIN_ISSUE = "bulletin.issue"
    DATA_READ = "data.read"
    DATA_IMPORT = "data.import"
    DATA_GOVERN = "data.govern"
    RUN_READ = "run.read"
    RUN_START = "run.start"
    FINDING_READ = "finding.read"
    FINDING_JUDGE = "finding.judge"
    INDICATOR_READ = "indicator.read"
    INDICATOR_PROPOSE = "indicator.propose"
    INDICATOR_DECIDE = "indicator.decide"
    RISK_READ = "risk.read"
    RISK_EDIT = "risk.edit"
    RISK_DECIDE = "risk.decide"
    RISK_PUBLISH = "risk.publish"
    UNIT_READ = "unit.read"
    UNIT_EDIT = "unit.edit"
    DASHBOARD_READ = "dashboard.read"
    PUBLISHING_READ = "publishing.read"
    ACCOUNT_OPEN = "account.open"
    ROLE_GRANT = "role.grant"
    SYSTEM_READ = "system.read"
    LOG_READ = "log.read"


class Reach(StrEnum):
    """How far a permission reaches: everything of this level, the own unit with all below it, or own matters."""

    CITY = "city"
    SUBTREE = "subtree"
    OWN = "own"


class Duty(StrEnum):
    """What an account is for. An account has one duty for ever: so nobody is administrator and officer at once."""

    BUSINESS = "business"
    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


P, CITY, SUBTREE, OWN = Permission, Reach.CITY, Reach.SUBTREE, Reach.OWN


@dataclass(frozen=True)
class Role:
    """A role as it is shown to people. ``name`` is stored in rows and never changes."""

    name: str
    title: str | Promise
    description: str | Promise
    may: Mapping[Permission, Reach]
    duty: Duty = Duty.BUSINESS


def _to(reach: Reach, *permissions: Permission) -> dict[Permission, Reach]:
    return dict.fromkeys(permissions, reach)


_ALL_BUSINESS = _to(CITY, P.DESK_READ)
_LEADER = {
    **_ALL_BUSINESS,
    **_to(CITY, P.ALERT_READ, P.ALERT_APPROVE, P.ALERT_RELEASE, P.BULLETIN_READ, P.INDICATOR_READ, P.RISK_READ),
    **_to(CITY, P.DASHBOARD_READ),
}
_OFFICE = {
    **_ALL_BUSINESS,
    **_to(CITY, P.SIGNAL_READ, P.SIGNAL_REGISTER, P.SIGNAL_SCREEN, P.ALERT_READ, P.ALERT_PROPOSE, P.ALERT_ISSUE),
    **_to(CITY, P.BULLETIN_READ, P.DATA_READ, P.DATA_IMPORT, P.RUN_READ, P.RUN_START, P.FINDING_READ),
    **_to(CITY, P.FINDING_JUDGE, P.INDICATOR_READ, P.INDICATOR_PROPOSE, P.RISK_READ, P.RISK_EDIT, P.UNIT_READ),
    **_to(CITY, P.DASHBOARD_READ, P.PUBLISHING_READ),
}

ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        Role(
            "officer",
            _("核验岗"),
            _("防控办工作人员：初筛、核验、拟定颜色、制发、验收"),
            {**_OFFICE, **_to(CITY, P.ALERT_CHECK, P.ALERT_ACCEPT)},
        ),
        Role(
            "office_head",
            _("防控办主任"),
            _("审批黄色预警，送达与解除，批准指标启用和公开"),
            {
                **_OFFICE,
                **_to(CITY, P.ALERT_APPROVE, P.ALERT_ACCEPT, P.ALERT_RELEASE, P.BULLETIN_ISSUE, P.DATA_GOVERN),
                **_to(CITY, P.INDICATOR_DECIDE, P.RISK_PUBLISH, P.UNIT_EDIT),
            },
        ),
        Role("deputy_secretary", _("纪委分管副书记"), _("审批橙色预警，会签红色预警"), _LEADER),
        Role("secretary", _("纪委书记"), _("审批红色预警"), _LEADER),
        Role("party_head", _("党委主要负责人"), _("听取红色预警报告，审批涉及一把手的事项"), _LEADER),
        Role(
            "dispatch_head",
            _("派驻纪检监察组组长"),
            _("会签所驻单位的橙色预警，参与验收"),
            {
                **_ALL_BUSINESS,
                **_to(SUBTREE, P.SIGNAL_READ, P.SIGNAL_REGISTER, P.ALERT_READ, P.ALERT_APPROVE, P.ALERT_ACCEPT),
                **_to(SUBTREE, P.ALERT_RELEASE, P.FINDING_READ, P.RISK_READ, P.DASHBOARD_READ),
                **_to(CITY, P.INDICATOR_READ),
            },
        ),
        Role(
            "unit_officer",
            _("预警信息员"),
            _("本单位报送信息和数据，准备回告"),
            {
                **_ALL_BUSINESS,
                **_to(SUBTREE, P.SIGNAL_READ, P.SIGNAL_REGISTER, P.ALERT_READ, P.ALERT_ANSWER),
                **_to(SUBTREE, P.DATA_READ, P.DATA_IMPORT),
                **_to(SUBTREE, P.INDICATOR_READ, P.RISK_READ, P.RISK_EDIT, P.UNIT_READ, P.DASHBOARD_READ),
                **_to(SUBTREE, P.PUBLISHING_READ),
            },
        ),
        Role(
            "unit_deputy",
            _("单位分管领导"),
            _("签收黄色预警，签字回告"),
            {
                **_ALL_BUSINESS,
                **_to(SUBTREE, P.ALERT_READ, P.ALERT_ANSWER, P.INDICATOR_READ, P.RISK_READ, P.DASHBOARD_READ),
                **_to(SUBTREE, P.RISK_DECIDE),
            },
        ),
        Role(
            "unit_head",
            _("单位主要负责人"),
            _("签收预警，组织整改，签字回告"),
            {
                **_ALL_BUSINESS,
                **_to(SUBTREE, P.ALERT_READ, P.ALERT_ANSWER, P.BULLETIN_READ, P.INDICATOR_READ, P.RISK_READ),
                **_to(SUBTREE, P.UNIT_READ, P.DASHBOARD_READ, P.PUBLISHING_READ, P.RISK_DECIDE),
            },
        ),
        Role(
            "cadre",
            _("干部"),
            _("看与本人有关的预警和风险点，作说明"),
            {**_ALL_BUSINESS, **_to(OWN, P.ALERT_READ, P.ALERT_ANSWER, P.RISK_READ)},
        ),
        Role(
            "analyst",
            _("数据分析员"),
            _("导入数据：对应、检查、入库；运行指标，维护目录"),
            {
                **_ALL_BUSINESS,
                **_to(CITY, P.DATA_READ, P.DATA_IMPORT, P.RUN_READ, P.RUN_START, P.FINDING_READ, P.INDICATOR_READ),
                **_to(CITY, P.INDICATOR_PROPOSE, P.DASHBOARD_READ),
            },
        ),
        Role(
            "system_admin",
            _("系统管理员"),
            _("开立账号，看任务和备份；看不到业务数据"),
            _to(CITY, P.ACCOUNT_OPEN, P.SYSTEM_READ),
            Duty.SYSTEM,
        ),
        Role(
            "security_admin",
            _("安全管理员"),
            _("启用账号，授予和收回角色；看不到业务数据"),
            _to(CITY, P.ROLE_GRANT),
            Duty.SECURITY,
        ),
        Role(
            "audit_admin",
            _("审计管理员"),
            _("看、核、导出审计日志；不能改任何设置"),
            _to(CITY, P.LOG_READ),
            Duty.AUDIT,
        ),
    )
}
