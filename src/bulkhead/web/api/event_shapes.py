"""Events of the journal as the API gives them: every field, with names as the reader may see them."""

from __future__ import annotations

from dataclasses import asdict

from ninja import Schema
from pydantic import Field

from bulkhead.kernel.events import Event
from bulkhead.web.api.shapes import Said, said
from bulkhead.web.journal.event_view import event_names
from bulkhead.web.journal.event_words import event_title
from bulkhead.web.page import Visit

Value = str | int | bool | None | list[str]


class EventOut(Schema):
    """One event. ``names`` tells what stands behind the vault's tokens among its fields."""

    type: str
    title: Said
    fields: dict[str, Value]
    names: dict[str, str] = Field(description="Token -> what you may read.")


def event_out(visit: Visit, event: Event) -> EventOut:
    """An event whole."""
    kind = type(event).__name__
    return EventOut(
        type=kind,
        title=said(event_title(kind)),
        fields={part: list(value) if isinstance(value, tuple) else value for part, value in asdict(event).items()},
        names=event_names(visit, [event]),
    )
