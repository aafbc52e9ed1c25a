"""What a viewer wants to see, as the address says it."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

from django.http import QueryDict

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.money import AMOUNT_MINOR_MAX, parse_minor
from bulkhead.kernel.movements import NAME_BYTES_MAX, MovementKind, Outcome, Status
from bulkhead.runtime.projections.movement_query import MovementQuery

FIELDS = ("alarms", "outcome", "status", "kind", "rule", "party", "amount_from")
E = TypeVar("E", bound=IntEnum)


def query_of(asked: QueryDict, currency: str) -> MovementQuery:
    """The query of an address. ``currency`` is what ``amount_from`` is given in. Raises ``BadInput``."""
    rule, party = asked.get("rule", "").strip(), asked.get("party", "").strip()
    if len(rule) > NAME_BYTES_MAX or len(party.encode()) > NAME_BYTES_MAX:
        raise BadInput("The rule or party to look for is too long.")
    return MovementQuery(
        outcomes=_members(Outcome, asked.getlist("outcome")),
        statuses=_members(Status, asked.getlist("status")),
        kinds=_members(MovementKind, asked.getlist("kind")),
        rule=rule,
        party=party,
        amount_min_minor=_amount(asked.get("amount_from", ""), currency),
        only_alarms=asked.get("alarms", "") == "1",
    )


def filter_text(asked: QueryDict) -> str:
    """The filter as the query part of another address; "" without one."""
    kept = QueryDict(mutable=True)
    for field in FIELDS:
        kept.setlist(field, [value for value in asked.getlist(field) if value])
    return kept.urlencode()


def _members(of: type[E], names: list[str]) -> frozenset[E]:
    known = {member.name.lower(): member for member in of}
    for name in filter(None, names):
        if name not in known:
            raise BadInput(f"There is no {of.__name__.lower()} {name[:40]!r}; there are: {', '.join(known)}.")
    return frozenset(known[name] for name in names if name)


def _amount(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    try:
        minor = parse_minor(text.replace(",", ""), currency)
    except ValueError as fault:
        raise BadInput(f"The amount {fault}.") from None
    if not 0 <= minor <= AMOUNT_MINOR_MAX:
        raise BadInput("The amount is out of range.")
    return minor
