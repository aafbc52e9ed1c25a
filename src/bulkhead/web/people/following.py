"""Roles follow the journal: every change of access is read from it and carried over to the console's own tables.

However a change came about (a form, the command line, a proposal that somebody approved), this is the only place
where it takes effect here. Reading again what was read before changes nothing.
"""

from __future__ import annotations

import json
import time
from threading import Lock

import structlog
from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.db.models import F, Max

from bulkhead.engine.staff import CREDENTIALS_RESET, GRANTED, RESTORED, REVOKED, SUSPENDED
from bulkhead.kernel.errors import BadInput
from bulkhead.web.books import book
from bulkhead.web.people.models import (
    AccessChange,
    Account,
    FollowedJournal,
    Grant,
    Invitation,
    JournalAccess,
)

EVERY_S = 1.0

# Schemas are named: the console's own connection does not look into the journal's.
_PROGRESS = """
    SELECT code, next_sequence FROM public.projection_progress JOIN public.institution ON number = institution
"""
_CHANGES = """
    SELECT sequence, body, (
        SELECT received_us FROM public.journal_batch AS batch
        WHERE batch.institution = event.institution AND first_sequence <= sequence
        ORDER BY first_sequence DESC LIMIT 1)
    FROM public.event WHERE institution = %s AND sequence >= %s AND sequence < %s AND type = 'AccessChanged'
    ORDER BY sequence
"""

_followed: dict[str, int] = {}
_unread: dict[str, str] = {}  # institutions whose journal cannot be followed, and why
_asked_s = 0.0
_asking = Lock()
_log = structlog.get_logger()


def keep_up() -> None:
    """Follow every journal that has grown; asks at most once a second, so any request may call it."""
    global _asked_s
    with _asking:
        if time.monotonic() - _asked_s < EVERY_S:
            return
        _asked_s = time.monotonic()
    for institution, next_sequence in journal_ends().items():
        if _followed.get(institution) != next_sequence:
            _try_to_follow(institution)


def _try_to_follow(institution: str) -> None:
    """A journal that cannot be read must not keep unheard what the journals behind it say."""
    try:
        follow_access(institution)
    except BadInput as problem:
        if institution not in _unread:
            _log.error("access is not followed", institution=institution, problem=str(problem))
        _unread[institution] = str(problem)


def is_followed(institution: str) -> bool:
    """Whether it is known who may do what there; while it is not, nobody may anything."""
    return institution not in _unread


def require_followed(institution: str) -> None:
    """Raises ``BadInput`` with the reason where ``is_followed`` says no."""
    if institution in _unread:
        raise BadInput(_unread[institution])


def journal_ends() -> dict[str, int]:
    """How far each institution's journal can be read."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS)
        return dict(cursor.fetchall())


def follow_access(institution: str) -> None:
    """Carry over what the journal says of access since last time. Raises ``BadInput`` where there is no journal.

    A journal that is shorter than what was read of it, because it was restored, is read anew from its start;
    what a reset of credentials did is not done a second time.
    """
    end = journal_ends().get(institution, 0)
    with transaction.atomic():
        FollowedJournal.objects.get_or_create(institution=institution)
        mark = FollowedJournal.objects.select_for_update().get(institution=institution)
        shorter = end < mark.next_sequence
        changes = _changes(institution, 0 if shorter else mark.next_sequence, end)
        if shorter or changes:  # else nothing is written: the few events since then are looked through again
            done = AccessChange.objects.filter(institution=institution).aggregate(Max("sequence"))["sequence__max"]
            if shorter:
                _forget(institution)
            for change, person in changes:
                change.save()
                _take(change, person, first_time=done is None or change.sequence > done)
            mark.next_sequence = end
            mark.save()
    _followed[institution] = end
    _unread.pop(institution, None)


def adopt(account: Account) -> None:
    """Give a log-in that is new here what the journals say of it already."""
    with transaction.atomic():
        for access in JournalAccess.objects.filter(account=account.username, person=account.person.code):
            _carry_over(account, access)
        _settle_activity(account)


def _forget(institution: str) -> None:
    known = JournalAccess.objects.filter(institution=institution).values_list("account")
    Grant.objects.filter(institution=institution, account__username__in=known).delete()
    AccessChange.objects.filter(institution=institution).delete()
    JournalAccess.objects.filter(institution=institution).delete()


def _changes(institution: str, first: int, end: int) -> list[tuple[AccessChange, str]]:
    """Changes of the journal from ``first`` on, with the person of each, names revealed."""
    if first >= end:
        return []
    stores = book(institution).stores
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [stores.number, first, end])
        rows = [(sequence, json.loads(body)["data"], at_us) for sequence, body, at_us in cursor.fetchall()]
    if not rows:
        return []
    tokens = list({body[key] for _, body, _ in rows for key in ("person", "account", "maker", "checker")} - {""})
    names = {token: name or token for token, name in zip(tokens, stores.vault.reveal(tokens), strict=True)}
    names[""] = ""
    return [
        (
            AccessChange(
                institution=institution,
                sequence=sequence,
                account=names[body["account"]],
                change=body["change"],
                role=body["role"],
                maker=names[body["maker"]],
                checker=names[body["checker"]],
                reason=body["reason"],
                at_us=at_us or 0,
            ),
            names[body["person"]],
        )
        for sequence, body, at_us in rows
    ]


def _take(change: AccessChange, person: str, *, first_time: bool) -> None:
    access, _ = JournalAccess.objects.get_or_create(
        institution=change.institution, account=change.account, defaults={"person": person}
    )
    if change.change == GRANTED:
        access.roles = sorted({*access.roles, change.role})
    elif change.change == REVOKED:
        access.roles = sorted({*access.roles} - {change.role})
    elif change.change in (SUSPENDED, RESTORED):
        access.suspended = change.change == SUSPENDED
    access.save()
    account = Account.objects.filter(username=change.account, person__code=access.person).first()
    if account is None:
        return  # kept above, and shown as unknown to the console
    if change.change == REVOKED:
        Grant.objects.filter(account=account, institution=change.institution, role=change.role).delete()
    _carry_over(account, access)
    _settle_activity(account)
    if change.change == SUSPENDED:
        end_sessions(account)
    elif change.change == CREDENTIALS_RESET and first_time:
        withdraw_credentials(account)


def _carry_over(account: Account, access: JournalAccess) -> None:
    """Whoever is suspended in an institution has no role there until restored."""
    if access.suspended:
        Grant.objects.filter(account=account, institution=access.institution).delete()
        return
    for role in access.roles:
        Grant.objects.get_or_create(account=account, institution=access.institution, role=role)


def _settle_activity(account: Account) -> None:
    """A log-in that is suspended wherever a journal knows it cannot enter at all.

    One institution cannot lock somebody out of another: there, only the roles go.
    """
    entries = JournalAccess.objects.filter(account=account.username, person=account.person.code)
    suspended = [entry.suspended for entry in entries]
    account.is_active = not suspended or not all(suspended)
    account.save(update_fields=["is_active"])


def end_sessions(account: Account) -> None:
    """Every session of a log-in ends with its next request."""
    Account.objects.filter(pk=account.pk).update(stamp=F("stamp") + 1)
    account.sessions.all().delete()


def withdraw_credentials(account: Account) -> None:
    """Password, factors, sessions and unused invitations end; only a new invitation leads in again."""
    account.set_unusable_password()
    account.save(update_fields=["password"])
    Authenticator.objects.filter(user=account).delete()
    Invitation.objects.filter(account=account, used_at=None).delete()
    end_sessions(account)
