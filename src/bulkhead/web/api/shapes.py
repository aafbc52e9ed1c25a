"""The small values that every answer is made of: times, money, words, parties; and the bounds of what is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import IntEnum, IntFlag
from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bulkhead.kernel.reasons import Words
from bulkhead.web.names import shown_names
from bulkhead.web.page import Visit
from bulkhead.web.terms import term

NUMBER_MAX = 2**62
Sequence = Annotated[int, Field(ge=0, le=NUMBER_MAX, description="A leaf of the journal, counted from 0.")]
Number = Annotated[int, Field(ge=0, le=2**53, description="The number it was given.")]
Before = Annotated[
    int | None, Field(ge=0, le=NUMBER_MAX, description="Only what is older than this: `next` of the page before.")
]
Limit = Annotated[int, Field(ge=1, le=200, description="At most so many.")]
Reason = Annotated[str, Field(min_length=1, max_length=4_096, description="Why; it stays with what was done.")]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("unprintable", "has characters that cannot be shown")
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
Time = Annotated[AwareDatetime, Field(description="ISO 8601 with its time zone.")]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Asked(Schema):
    """A body or query: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid")


class Moment(Schema):
    """A moment, twice: for people and programs that read ISO 8601, and as microseconds since 1970, UTC."""

    utc: str = Field(examples=["2026-03-01T01:30:00.000000Z"])
    us: int


class Amount(Schema):
    """Money in whole minor units of its currency, such as cents."""

    minor: int
    currency: str


class Said(Schema):
    """The same text in both languages."""

    en: str
    zh: str


class Term(Schema):
    """One of a fixed set: ``code`` for programs, and what people call it."""

    code: str
    words: Said


class Party(Schema):
    """A client, account or device: the name in the journal, and as your roles let you read it."""

    name: str
    shown: str


def moment(at_us: int) -> Moment:
    """A moment of the journal."""
    at = _EPOCH + timedelta(microseconds=at_us)
    return Moment(utc=at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), us=at_us)


def moment_or_none(at_us: int | None) -> Moment | None:
    """A moment, where there is one."""
    return None if at_us is None else moment(at_us)


def said(words: Words) -> Said:
    """Words as JSON has them."""
    return Said(en=words.en, zh=words.zh)


def code_of(member: IntEnum | IntFlag) -> str:
    """What the API calls a member of an enumeration: ``insufficient-funds``."""
    return (member.name or str(int(member))).lower().replace("_", "-")


def term_of(member: IntEnum | IntFlag) -> Term:
    """A member of an enumeration with its words."""
    return Term(code=code_of(member), words=said(term(member)))


def parties(visit: Visit, names: Iterable[str]) -> Mapping[str, Party | None]:
    """Each name as the visitor may see it; None for the empty name."""
    shown = shown_names(visit, {*names} - {""})
    found: dict[str, Party | None] = {name: Party(name=name, shown=text) for name, text in shown.items()}
    return found | {"": None}
