"""An event as a page shows it: who did it, one line on what it says, and all its fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bulkhead.kernel.events import Event
from bulkhead.kernel.movements import AccountClass
from bulkhead.kernel.reasons import LEXICON, Language, Words
from bulkhead.runtime.service.people import STAFF
from bulkhead.web.ages import clock_text
from bulkhead.web.books import book
from bulkhead.web.journal.event_words import CODES, FIELDS
from bulkhead.web.names import is_token, shown_names
from bulkhead.web.page import Visit, language_now
from bulkhead.web.rights import ROLES
from bulkhead.web.templatetags.wording import money
from bulkhead.web.terms import term

_ACTORS = ("maker", "person")  # the first that an event has is who did it
_LONG = 120  # characters: what is longer is folded away
_SUMMARY = ("code", "number", "name", "action", "change", "role", "hold", "verdict", "release", "amount_minor")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``at_us`` for moments, ``long`` for texts that are folded."""

    name: Words
    text: str = ""
    at_us: int | None = None
    long: bool = False


def event_names(visit: Visit, events: Iterable[Event | None]) -> dict[str, str]:
    """Every name in these events as this visitor may see it.

    Who works here is no secret to whoever may read the journal; everybody else is masked as everywhere.
    """
    names = {value for event in events if event is not None for value in _tokens(asdict(event))}
    staff = sorted(name for name in names if name.startswith(f"{STAFF}:"))
    there = book(visit.institution).stores.vault.reveal(staff)
    told = {name: value or name for name, value in zip(staff, there, strict=True)}
    return shown_names(visit, names - told.keys()) | told


def who_of(event: Event | None, names: dict[str, str]) -> str:
    """Who did it, and who checked it; "" for what follows by itself."""
    if event is None:
        return ""
    values = asdict(event)
    done = next((values[part] for part in _ACTORS if values.get(part)), "")
    checked = values.get("checker", "")
    return " + ".join(names.get(name, name) for name in (done, checked) if name)


def summary_of(visit: Visit, event: Event | None, names: dict[str, str]) -> str:
    """One line: the short fields that tell this event from others of its type."""
    if event is None:
        return ""
    values, parts = asdict(event), []
    for part in _SUMMARY:
        if part in values and values[part] not in ("", None):
            parts.append(_text(visit, part, values[part], names))
    if "effective_us" in values and not parts:
        return clock_text(book(visit.institution).opening, values["effective_us"])
    return " · ".join(parts)[:200]


def fields_of(visit: Visit, event: Event, names: dict[str, str]) -> list[Field]:
    """All fields in the event's own order; empty ones are left out."""
    found = []
    for part, value in asdict(event).items():
        words = FIELDS.get(part, Words(part, part))
        if part.endswith("_us"):
            found.append(Field(words, at_us=value))
        elif value not in ("", (), None):
            text = _text(visit, part, value, names)
            found.append(Field(words, text, long=len(text) > _LONG or "\n" in text))
    return found


def _text(visit: Visit, part: str, value: object, names: dict[str, str]) -> str:
    language = language_now()
    if isinstance(value, bool):
        return LEXICON["true" if value else "false"][language]
    if part == "amount_minor" and isinstance(value, int):
        return money(value, book(visit.institution).opening.currency)
    if part == "account_class" and isinstance(value, int):
        return term(AccountClass(value))[language]
    if part == "subject":
        return _subject(str(value), names)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ("、" if language == "zh" else ", ").join(map(str, value))
    return _word(part, str(value), names, language)


def _word(part: str, value: str, names: dict[str, str], language: Language) -> str:
    if part == "role" and value in ROLES:
        return ROLES[value].title[language]
    if part == "number":
        return f"#{value}"
    if value in CODES and part in ("action", "verdict", "change"):
        return CODES[value][language]
    return names.get(value, value)


def _subject(text: str, names: dict[str, str]) -> str:
    """What an approval is about: JSON, its names put back."""
    try:
        values = json.loads(text)
    except ValueError:
        return text
    shown = {key: names.get(value, value) if isinstance(value, str) else value for key, value in values.items()}
    return json.dumps(shown, ensure_ascii=False, indent=1)


def _tokens(values: dict[str, Any]) -> list[str]:
    texts = [value for value in values.values() if isinstance(value, str)]
    if isinstance(values.get("subject"), str):
        try:
            inner = json.loads(values["subject"])
        except ValueError:
            inner = {}
        texts += [value for value in inner.values() if isinstance(value, str)] if isinstance(inner, dict) else []
    return [text for text in texts if is_token(text)]
