"""A case study that was played: for whom, with which seeds, and all it found."""

from __future__ import annotations

from django.db import models

from bulkhead.web.people.models import Account
from bulkhead.web.tasks.models import JobRun


class CaseStudyRun(models.Model):
    """One run of a case. ``result`` is the JSON of ``simulation.case_studies.result``, as it was found."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="case_studies")
    institution = models.CharField(max_length=63)
    case = models.CharField(max_length=60)
    seeds = models.JSONField()
    result = models.TextField()
    job = models.OneToOneField(JobRun, on_delete=models.SET_NULL, null=True, related_name="case_study")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=["institution", "case", "-id"], name="case_by_code"),)

    def __str__(self) -> str:
        return f"{self.case} for {self.institution}, {len(self.seeds)} seeds"
