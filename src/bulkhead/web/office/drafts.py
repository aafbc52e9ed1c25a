"""Rule sets that somebody is writing: theirs alone until they propose them."""

from __future__ import annotations

from django.db import models

from bulkhead.web.ages import us_of
from bulkhead.web.people.models import Account

DRAFTS_MAX = 50  # of one account in one institution


class RuleDraft(models.Model):
    """A text of rules. ``theme``: it holds the rules of that theme alone; "" for a whole set.

    ``proposal`` is the number of the proposal last made of it.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="rule_drafts")
    institution = models.CharField(max_length=63)
    name = models.CharField(max_length=80)
    theme = models.CharField(max_length=41, blank=True, default="")
    text = models.TextField(blank=True)
    proposal = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (models.Index(fields=["account", "institution", "-updated_at"], name="draft_by_account"),)

    def __str__(self) -> str:
        return self.name

    @property
    def updated_us(self) -> int:
        """When it was last saved, UTC microseconds."""
        return us_of(self.updated_at)
