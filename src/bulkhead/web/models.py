"""Where Django looks for the models of the app; they live with what they are about."""

from __future__ import annotations

from bulkhead.web.case_studies import models as case_studies
from bulkhead.web.office import drafts
from bulkhead.web.people import models as people
from bulkhead.web.people import tokens
from bulkhead.web.tasks import models as tasks

__all__ = ["case_studies", "drafts", "people", "tasks", "tokens"]
