"""Who works at the institution: roles, what each may do, and who comes, changes desk and leaves in the course."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.platform.directory import Directory
from bulkhead.simulation.platform.setting import Setting

LONG_AGO, NEVER = -1, 1_000_000  # days: was there before the first one; does not leave
SEATS_EMPTIED_PER_MILLE = 160  # in a year
MOVES_PER_MILLE = 90  # to another desk, in a year

# Permission -> the system it is used in.
PERMISSIONS = {
    "client.read": "client-desk",
    "client.change-contact": "client-desk",
    "client.change-card": "client-desk",
    "client.unlock": "client-desk",
    "loan.review": "loan-desk",
    "loan.approve": "loan-desk",
    "loan.collect": "loan-desk",
    "payout.make": "custody-desk",
    "payout.approve": "custody-desk",
    "ledger.adjust": "custody-desk",
    "ledger.reconcile": "custody-desk",
    "fee.change": "custody-desk",
    "partner.admit": "partner-desk",
    "partner.review": "partner-desk",
    "data.query": "data-warehouse",
    "data.export": "data-warehouse",
    "system.deploy": "release-desk",
    "system.root": "bastion",
    "database.change": "bastion",
    "role.grant": "identity-desk",
    "alert.close": "risk-desk",
    "case.decide": "risk-desk",
    "report.file": "compliance-desk",
    "figures.publish": "compliance-desk",
    "treasury.trade": "treasury-desk",
    "treasury.approve": "treasury-desk",
    "audit.read": "audit-desk",
}
FOUR_EYES = frozenset(
    {
        "client.change-card", "loan.approve", "payout.make", "ledger.adjust", "fee.change", "partner.admit",
        "data.export", "system.deploy", "database.change", "role.grant", "figures.publish", "treasury.trade",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Role:
    """A desk: how many sit there, what they may do, how often each permission is used on a working day."""

    title: Words
    uses: dict[str, int]  # permission -> uses in ten working days
    seats: int  # at least
    per_100_000_clients: int = 0  # further seats
    approved_by: str = ""  # the role of the second pair of eyes
    shifts: bool = False  # also in the evening and at weekends


ROLES = {
    "client-service": Role(
        Words("Client service", "客户服务"),
        {"client.read": 260, "client.change-contact": 14, "client.unlock": 22, "client.change-card": 9},
        3, 26, "service-lead", shifts=True,
    ),
    "service-lead": Role(
        Words("Lead of client service", "客服主管"), {"client.read": 60, "client.unlock": 4}, 1, 3, shifts=True
    ),
    "loan-review": Role(
        Words("Loan review", "贷款审查"), {"client.read": 90, "loan.review": 140}, 2, 12, "loan-lead"
    ),
    "loan-lead": Role(Words("Loan approval", "贷款审批"), {"loan.approve": 70, "client.read": 20}, 1, 4, "head"),
    "collection": Role(Words("Collection", "贷后催收"), {"client.read": 120, "loan.collect": 150}, 2, 14, "loan-lead"),
    "finance-desk": Role(
        Words("Finance, making", "资金经办"), {"payout.make": 60, "fee.change": 1}, 2, 4, "finance-check"
    ),
    "finance-check": Role(Words("Finance, checking", "资金复核"), {"payout.approve": 60}, 1, 3),
    "reconciliation": Role(Words("Reconciliation", "对账"), {"ledger.reconcile": 30, "client.read": 10}, 1, 2),
    "ledger-desk": Role(Words("Ledger corrections", "账务处理"), {"ledger.adjust": 6}, 1, 1, "finance-check"),
    "partner-desk": Role(
        Words("Partners", "合作方管理"), {"partner.review": 16, "partner.admit": 1}, 1, 2, "head"
    ),
    "risk-desk": Role(
        Words("Risk monitoring", "风险监测"),
        {"alert.close": 120, "client.read": 60, "case.decide": 10}, 2, 5, "risk-lead", shifts=True,
    ),
    "risk-lead": Role(Words("Lead of risk", "风险主管"), {"case.decide": 20, "data.query": 10}, 1, 1, "head"),
    "analyst": Role(Words("Data analysis", "数据分析"), {"data.query": 90, "data.export": 2}, 1, 4, "risk-lead"),
    "engineer": Role(Words("Engineering", "研发"), {"system.deploy": 3, "data.query": 6}, 3, 14, "operations-lead"),
    "operations": Role(
        Words("Operations of systems", "系统运维"),
        {"system.root": 12, "database.change": 3}, 2, 4, "operations-lead", shifts=True,
    ),
    "operations-lead": Role(Words("Lead of operations", "运维主管"), {"system.root": 2}, 1, 1, "head"),
    "identity": Role(Words("Permissions", "权限管理"), {"role.grant": 4}, 1, 1, "head"),
    "compliance": Role(
        Words("Compliance", "合规"), {"report.file": 6, "client.read": 20, "figures.publish": 1}, 1, 3, "head"
    ),
    "treasury": Role(Words("Treasury", "司库"), {"treasury.trade": 12}, 1, 1, "treasury-check"),
    "treasury-check": Role(Words("Treasury, checking", "司库复核"), {"treasury.approve": 12}, 1),
    "audit": Role(Words("Internal audit", "内部审计"), {"audit.read": 20, "data.query": 6}, 1, 1, "head"),
    "head": Role(Words("Management", "管理层"), {"data.query": 3}, 2, 1),
}  # fmt: skip
# From which desk people move to which.
CAREERS = {
    "client-service": "collection",
    "collection": "loan-review",
    "loan-review": "risk-desk",
    "engineer": "operations",
}


@dataclass(frozen=True, slots=True)
class Staff:
    """One person who works here. Days are of the world; ``role`` and ``permissions`` are those of the first desk."""

    name: str
    role: str
    permissions: tuple[str, ...]
    number: int  # in the directory
    seat: int  # names the terminal
    joined_day: int = LONG_AGO
    left_day: int = NEVER  # the first day without this person
    next_role: str = ""
    moved_day: int = NEVER

    def works(self, day: int) -> bool:
        return self.joined_day <= day < self.left_day

    def role_on(self, day: int) -> str:
        return self.next_role if day >= self.moved_day else self.role

    def permissions_on(self, day: int) -> tuple[str, ...]:
        """What the desk of that day gives; none before joining and after leaving."""
        return permissions_of(self.role_on(day)) if self.works(day) else ()

    @property
    def settled(self) -> bool:
        """At the same desk all the time: whom an incident may count on."""
        return self.joined_day == LONG_AGO and self.left_day == NEVER and self.moved_day == NEVER


def permissions_of(role: str) -> tuple[str, ...]:
    return tuple(ROLES[role].uses)


def make_staff(setting: Setting, directory: Directory) -> list[Staff]:
    """All who work here at some time of the world, seat by seat, successors after those they follow."""
    draw = Draw(setting.seed, "platform.staff")
    staff: list[Staff] = []
    seat = 0
    for role, desk in ROLES.items():
        for _ in range(desk.seats + desk.per_100_000_clients * setting.clients // 100_000):
            seat += 1
            staff.extend(_held(draw, setting.days, role, seat, directory))
    return staff


def _held(draw: Draw, days: int, role: str, seat: int, directory: Directory) -> list[Staff]:
    """Who holds a seat in turn."""
    people: list[Staff] = []
    joined = LONG_AGO
    while joined < days:
        name = f"staff:{1000 + 10 * seat + len(people)}"
        leaves = joined + draw.between(30, 365_000 // SEATS_EMPTIED_PER_MILLE)
        moved, next_role = NEVER, ""
        if role in CAREERS and draw.below(1_000_000) < MOVES_PER_MILLE * 1000 * days // 365:
            moved, next_role = draw.between(20, max(21, days)), CAREERS[role]
        if not joined < moved < min(leaves, days):
            moved, next_role = NEVER, ""
        left = leaves if leaves < days else NEVER
        number = directory.number(name)
        people.append(Staff(name, role, permissions_of(role), number, seat, joined, left, next_role, moved))
        joined = (left if left != NEVER else days) + draw.between(1, 40)
    return people
