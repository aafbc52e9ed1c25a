"""Where Django looks for the models of the app; they live with what they are about."""

from __future__ import annotations

from bulkhead.web.people.models import (
    AccessChange,
    Account,
    FollowedJournal,
    Grant,
    Invitation,
    JournalAccess,
    OpenSession,
    Person,
    SavedView,
    Trail,
)
from bulkhead.web.people.tokens import ApiToken
from bulkhead.web.tasks.models import JobRun

__all__ = [
    "AccessChange",
    "Account",
    "ApiToken",
    "FollowedJournal",
    "Grant",
    "Invitation",
    "JobRun",
    "JournalAccess",
    "OpenSession",
    "Person",
    "SavedView",
    "Trail",
]
