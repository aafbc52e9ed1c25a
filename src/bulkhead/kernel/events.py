"""Facts that are not movements: rare, small, and kept as readable canonical JSON in the journal.

Each event is a frozen dataclass of integers, strings, booleans and tuples of those (no floats: two machines
must write the same bytes). Its schema version is a class constant; ``UPCASTS`` lifts older versions on read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class InstitutionOpened:
    """The first leaf of every journal."""

    VERSION: ClassVar[int] = 1
    code: str
    currency: str  # of its book, ISO 4217 alphabetic
    timezone_offset_minutes: int  # local time for rules on hours and days


@dataclass(frozen=True, slots=True)
class SourceRegistered:
    """From here on, rows may come from this source, read by this map."""

    VERSION: ClassVar[int] = 1
    code: str
    definition: str  # the source's TOML, whole
    provides: tuple[str, ...]  # optional columns it fills, such as "device"


@dataclass(frozen=True, slots=True)
class RuleSetPublished:
    """From here on, these rules decide. ``number`` counts up from 1 in each institution."""

    VERSION: ClassVar[int] = 1
    number: int
    text: str  # the rule set's canonical TOML, whole
    maker: str
    checker: str  # "" where the institution has not switched four eyes on


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """An account of the book. Settled history may open accounts without it; requests may not."""

    VERSION: ClassVar[int] = 1
    name: str
    account_class: int
    currency: str


@dataclass(frozen=True, slots=True)
class TimeAdvanced:
    """The institution's time has reached this; holds that lapse by then have lapsed."""

    VERSION: ClassVar[int] = 1
    effective_us: int


@dataclass(frozen=True, slots=True)
class HoldExpired:
    """A hold lapsed and its money is free again. Follows from ``TimeAdvanced``; never sent from outside."""

    VERSION: ClassVar[int] = 1
    hold: str
    account: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class HoldReviewed:
    """People ended a hold that the decision had placed: released (booked) or returned to the payer."""

    VERSION: ClassVar[int] = 1
    hold: str
    release: bool
    maker: str
    checker: str
    reason: str


@dataclass(frozen=True, slots=True)
class FourEyesDemanded:
    """From here on, publishing rules, ending reviewed holds and changing access take two people.

    There is no event back: whoever could switch it off alone would not need a second person.
    """

    VERSION: ClassVar[int] = 1
    maker: str


@dataclass(frozen=True, slots=True)
class ApprovalProposed:
    """Somebody asks a second person to agree to an action. ``number`` counts up from 1 in each institution.

    The whole subject stands here, so that what was agreed to can be read for as long as the journal lasts.
    """

    VERSION: ClassVar[int] = 1
    number: int
    action: str
    subject: str  # canonical JSON
    person: str
    account: str
    proposed_us: int
    expires_us: int


@dataclass(frozen=True, slots=True)
class ApprovalDecided:
    """A proposal was approved, rejected or withdrawn. What an approval allows follows in the same commit."""

    VERSION: ClassVar[int] = 1
    number: int
    verdict: str  # approve, reject or withdraw
    snapshot: str  # hexadecimal ``snapshot_digest`` of what the person looked at
    person: str
    account: str
    decided_us: int


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """What an account may do in this institution has changed; its person stays the same for ever.

    ``change`` is ``granted`` or ``revoked`` (a ``role``), ``suspended``, ``restored`` or ``credentials-reset`` (none).
    """

    VERSION: ClassVar[int] = 1
    person: str
    account: str
    change: str
    role: str  # "" where the change is about none
    maker: str
    checker: str  # "" where one person sufficed
    reason: str


Event = (
    InstitutionOpened
    | SourceRegistered
    | RuleSetPublished
    | AccountOpened
    | TimeAdvanced
    | HoldExpired
    | HoldReviewed
    | FourEyesDemanded
    | ApprovalProposed
    | ApprovalDecided
    | AccessChanged
)
EVENT_TYPES: dict[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        InstitutionOpened,
        SourceRegistered,
        RuleSetPublished,
        AccountOpened,
        TimeAdvanced,
        HoldExpired,
        HoldReviewed,
        FourEyesDemanded,
        ApprovalProposed,
        ApprovalDecided,
        AccessChanged,
    )
}

# (type name, version) -> the fields of the next version. Empty until the first schema changes.
UPCASTS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool, "tuple[str, ...]": tuple}


def canonical_json(value: object) -> bytes:
    """The one byte string of a JSON value: sorted keys, no spaces, UTF-8, no floats."""
    assert not _has_float(value), "floats have no canonical text"
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def encode_event(event: Event) -> bytes:
    """Canonical JSON of an event with its type and schema version."""
    return canonical_json({"type": type(event).__name__, "version": event.VERSION, "data": asdict(event)})


def decode_event(data: bytes) -> Event:
    """The event of its canonical JSON, lifted to today's schema.

    Raises ``ValueError`` for bytes that are no event this version knows.
    """
    try:
        record = json.loads(data, parse_float=_refuse_float, parse_constant=_refuse_float)
        is_canonical = canonical_json(record) == data
        name, version, fields = record["type"], record["version"], record["data"]
        event_type = EVENT_TYPES[name]
        while version < event_type.VERSION:
            fields = UPCASTS[name, version](fields)
            version += 1
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
        event = event_type(**values)
    except (AttributeError, KeyError, RecursionError, TypeError, UnicodeError, json.JSONDecodeError) as error:
        raise ValueError(f"not an event of this version: {error}") from None
    if not all(isinstance(values[field.name], _TYPES[str(field.type)]) for field in dataclass_fields(event_type)):
        raise ValueError(f"not an event: a field of {name} has a value of another type")
    if version != event_type.VERSION or not is_canonical:
        raise ValueError("not an event of this version: it is from a later one or not in canonical form")
    return event


def _refuse_float(text: str) -> float:
    raise ValueError(f"not an event: {text[:40]} is not an integer")


def _has_float(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_float(v) for v in value.values())
    if isinstance(value, list | tuple):
        return any(_has_float(v) for v in value)
    return isinstance(value, float)
