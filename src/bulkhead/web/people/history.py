"""What happened to a person's log-ins: changes of access from the journals, comings and goings from the trail."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from bulkhead.kernel.reasons import Words
from bulkhead.web.ages import us_of
from bulkhead.web.books import book
from bulkhead.web.components.marks import Mark
from bulkhead.web.components.timeline import Moment
from bulkhead.web.people.models import AccessChange, Person, Trail
from bulkhead.web.people.roster import Standing
from bulkhead.web.people.trail import Act, act_words
from bulkhead.web.rights import ROLES

STEPS_MAX = 60
_CHANGES: dict[str, tuple[Mark, Words]] = {
    "granted": (Mark("check", "ok", Words("granted", "授予")), Words("Role granted: {0}", "授予角色：{0}")),
    "revoked": (Mark("back", "notice", Words("revoked", "收回")), Words("Role revoked: {0}", "收回角色：{0}")),
    "suspended": (Mark("cross", "alarm", Words("suspended", "停用")), Words("Suspended", "停用账号")),
    "restored": (Mark("check", "ok", Words("restored", "恢复")), Words("Restored", "恢复账号")),
    "credentials-reset": (
        Mark("back", "warn", Words("reset", "重置")),
        Words("Credentials reset", "重置登录凭证"),
    ),
}
_TRAIL_TONES = {Act.FAILED: "warn", Act.LOCKED: "alarm", Act.CODE_WRONG: "warn", Act.ENTERED: "ok"}


def history(found: Sequence[Standing]) -> list[Moment]:
    """The last steps of these log-ins in these institutions, newest first."""
    steps = [step for one in found for step in _of_journal(one)]
    accounts = {one.username for one in found if one.account}
    places = {"", *(one.institution for one in found)}
    by_them = Q(account__in=accounts, institution__in=places)
    about_them = Q(act__in=(Act.INVITED, Act.RESET), subject__in=accounts, institution__in=places - {""})
    lines = Trail.objects.filter(by_them | about_them).order_by("-id")[:STEPS_MAX]
    steps += [trail_moment(line, with_account=len(accounts) > 1 or line.account not in accounts) for line in lines]
    return sorted(steps, key=lambda step: -(step.at_us or 0))[:STEPS_MAX]


def trail_moment(line: Trail, *, with_account: bool = False) -> Moment:
    """A line of the trail as a step of a timeline."""
    tone = next((tone for act, tone in _TRAIL_TONES.items() if act == line.act), "notice")
    parts = (line.account if with_account else "", line.subject, line.address or "")
    return Moment(
        act_words(line.act),
        Mark("dot", tone, act_words(line.act)),
        us_of(line.at),
        " · ".join(part for part in parts if part),
    )


def _of_journal(one: Standing) -> list[Moment]:
    rows = list(
        AccessChange.objects.filter(institution=one.institution, account=one.username).order_by("-sequence")[
            :STEPS_MAX
        ]
    )
    reasons = book(one.institution).stores.vault.reveal([row.reason for row in rows]) if rows else []
    names = dict(
        Person.objects.filter(code__in={name for row in rows for name in (row.maker, row.checker)}).values_list(
            "code", "name"
        )
    )
    return [_moment(row, reason or "–", names) for row, reason in zip(rows, reasons, strict=True)]


def _moment(row: AccessChange, reason: str, names: dict[str, str]) -> Moment:
    unknown = Words(row.change, row.change)
    mark, words = _CHANGES.get(row.change, (Mark("dot", "plain", unknown), unknown))
    role = ROLES[row.role].title if row.role in ROLES else Words(row.role, row.role)
    maker, checker = (names.get(name, name) for name in (row.maker, row.checker))
    en = f"{row.account} in {row.institution}, by {maker}" + (f", approved by {checker}" if checker else "")
    zh = f"{row.institution} · {row.account}，操作人 {maker}" + (f"，复核人 {checker}" if checker else "")
    return Moment(
        Words(words.en.format(role.en), words.zh.format(role.zh)),
        mark,
        row.at_us,
        Words(f"{en}: {reason} (journal leaf {row.sequence:,})", f"{zh}：{reason}（日志第 {row.sequence:,} 条）"),
    )
