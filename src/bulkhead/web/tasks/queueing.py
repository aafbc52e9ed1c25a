"""Jobs asked for, cancelled and asked for again by people."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from bulkhead.kernel.errors import BadInput
from bulkhead.web.people.models import Account
from bulkhead.web.rights import Right
from bulkhead.web.tasks.job import kept_words
from bulkhead.web.tasks.kinds import KINDS
from bulkhead.web.tasks.models import CANCELLED, DONE, LIVE, WAITING, JobRun
from bulkhead.web.tasks.texts import CANCELLED_BEFORE, RUNS_ALREADY

TASK = "bulkhead.job"
QUEUE = "bulkhead"
KEPT_PER_KIND = 1_000  # ended runs of a kind in an institution


class RunsAlready(BadInput):
    """A job of this kind waits or works in the institution. ``run`` is that one."""

    def __init__(self, run: JobRun | None) -> None:
        super().__init__(RUNS_ALREADY.en)
        self.run = run


def begin(account: Account, institution: str, kind: str, **arguments: Any) -> JobRun:
    """Ask for a job. Raises ``RunsAlready``. The caller has checked the kind's right."""
    assert kind in KINDS, kind
    try:
        with transaction.atomic():
            run = JobRun.objects.create(account=account, institution=institution, kind=kind, arguments=arguments)
            app.configure_task(TASK, queue=QUEUE).defer(run=run.pk)
    except IntegrityError:
        live = JobRun.objects.filter(institution=institution, kind=kind, state__in=LIVE)
        raise RunsAlready(live.first()) from None
    _forget_old(institution, kind)
    return run


def cancel(run: JobRun) -> None:
    """End a job that waits, or ask one that works to end. One that has ended stays as it is."""
    waiting = JobRun.objects.filter(pk=run.pk, state=WAITING)
    if not waiting.update(state=CANCELLED, ended_at=timezone.now(), error=kept_words(CANCELLED_BEFORE)):
        JobRun.objects.filter(pk=run.pk, state__in=LIVE).update(cancel_asked=True)


def can_repeat(run: JobRun, rights: frozenset[Right]) -> bool:
    """Whether somebody with these rights may ask for a failed or cancelled job anew."""
    kind = KINDS.get(run.kind)
    return kind is not None and kind.repeatable and kind.right in rights and run.state not in (*LIVE, DONE)


def _forget_old(institution: str, kind: str) -> None:
    of_kind = JobRun.objects.filter(institution=institution, kind=kind).exclude(state__in=LIVE).order_by("-pk")
    oldest = list(of_kind.values_list("pk", flat=True)[KEPT_PER_KIND : KEPT_PER_KIND + 1])
    if oldest:
        of_kind.filter(pk__lte=oldest[0]).delete()
