"""Sessions as the database keeps them: whose, since when, from where; ended by idleness, by age or by hand.

Django takes this module as its session engine. ``expire_date`` is the earlier of two ends: half an hour after the
last request, and twelve hours after the log-in.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils import timezone

IDLE = timedelta(minutes=30)
WHOLE = timedelta(hours=12)
TOUCH = timedelta(minutes=1)  # how exactly idleness is measured: one write a minute, not one a request
ENTERED, ADDRESS, AGENT = "entered_us", "address", "agent"


class SessionStore(DatabaseSessions):
    """One session. Those of a log-in stand under its account, so that they can be listed and ended."""

    @classmethod
    def get_model_class(cls) -> Any:
        from bulkhead.web.people.models import OpenSession

        return OpenSession

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing once it has ended. Being asked for keeps it from idling."""
        found = self._get_session_from_db()  # type: ignore[attr-defined]  # the stubs leave it out
        if found is None:
            return {}
        if found.expire_date < timezone.now() + IDLE - TOUCH:
            later = _end(found.entered_at)
            if later > found.expire_date:
                self.model.objects.filter(pk=found.pk).update(expire_date=later)
        return self.decode(found.session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of a session, with what the list of open sessions shows."""
        found: Any = super().create_model_instance(data)
        found.account_id = data.get("_auth_user_id")
        found.entered_at = _moment(data.get(ENTERED))
        found.address, found.agent = data.get(ADDRESS), data.get(AGENT, "")
        found.expire_date = _end(found.entered_at)
        return found

    async def aload(self) -> dict[str, Any]:
        """The same for a page that waits without a thread."""
        return await sync_to_async(self.load)()

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        return await sync_to_async(self.create_model_instance)(data)


def _moment(us: int | None) -> datetime | None:
    return None if us is None else datetime.fromtimestamp(us / 1_000_000, UTC)


def _end(entered_at: datetime | None) -> datetime:
    idle = timezone.now() + IDLE
    return idle if entered_at is None else min(idle, entered_at + WHOLE)
