"""A job as people see it. What the queue itself needs stands in the queue's own tables."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulkhead.web.people.models import Account

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
LIVE = (WAITING, RUNNING)


class JobRun(models.Model):
    """One run of a job. ``error`` is one sentence and ``log`` lines of both languages, {"en": …, "zh": …}.

    At most one run of a kind waits or works in an institution at a time: the database sees to that.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="jobs")
    institution = models.CharField(max_length=63)
    kind = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=WAITING)
    done = models.BigIntegerField(default=0)
    of = models.BigIntegerField(default=0)  # 0: not known yet
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    log = models.JSONField(default=list)
    cancel_asked = models.BooleanField(default=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["institution", "kind"], condition=Q(state__in=LIVE), name="job_one_at_a_time"
            ),
        )
        indexes = (models.Index(fields=["institution", "kind", "-id"], name="job_by_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.institution}, {self.state}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def percent(self) -> int | None:
        """How far it is; None while that is not known."""
        return min(100, self.done * 100 // self.of) if self.of else None
