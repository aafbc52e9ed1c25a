"""Where Django looks for the models of the app; they live with what they are about."""

from __future__ import annotations

from bulkhead.web.office.drafts import RuleDraft
from bulkhead.web.people.models import Account, Grant, Invitation, Person, SavedView, Trail
from bulkhead.web.tasks.models import JobRun

__all__ = ["Account", "Grant", "Invitation", "JobRun", "Person", "RuleDraft", "SavedView", "Trail"]
