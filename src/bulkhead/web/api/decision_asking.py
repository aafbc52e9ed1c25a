"""What the search of decisions can be asked: the conditions of the page's list, typed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bulkhead.kernel.money import AMOUNT_MINOR_MAX
from bulkhead.kernel.movements import Finding, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.web.ages import us_of
from bulkhead.web.api.shapes import Asked, Before, Limit, Line, Sequence, Time
from bulkhead.web.components.table import Query
from bulkhead.web.decisions.asking import FILTERS
from bulkhead.web.page import Visit

CODES_MAX = 20
OutcomeCode = Literal["allow", "hold", "decline"]
StatusCode = Literal["booked", "held", "refused", "voided"]
KindCode = Literal[
    "deposit",
    "withdrawal",
    "transfer",
    "payment",
    "fee",
    "interest",
    "bid",
    "disbursement",
    "repayment",
    "refund",
    "sweep",
    "own",
]
PhaseCode = Literal["single", "place", "post", "void"]
RefusalCode = Literal[
    "declined",
    "insufficient-funds",
    "unauthorised-debit",
    "segregation",
    "unknown-account",
    "currency",
    "hold-not-open",
    "hold-exceeded",
    "hold-exists",
]
FindingCode = Literal["overdraft", "unauthorised-debit", "segregation", "balance-differs", "currency"]
# In the order of the types above: a test compares each with its enumeration.
ENUMERATIONS = {
    Outcome: OutcomeCode,
    Status: StatusCode,
    MovementKind: KindCode,
    Phase: PhaseCode,
    Refusal: RefusalCode,
    Finding: FindingCode,
}


class DecisionsAsked(Asked):
    """The conditions of a search. Ends of ranges are included."""

    outcome: list[OutcomeCode] = Field(default=[], max_length=CODES_MAX)
    status: list[StatusCode] = Field(default=[], max_length=CODES_MAX)
    kind: list[KindCode] = Field(default=[], max_length=CODES_MAX)
    phase: list[PhaseCode] = Field(default=[], max_length=CODES_MAX)
    refusal: list[RefusalCode] = Field(default=[], max_length=CODES_MAX)
    finding: list[FindingCode] = Field(default=[], max_length=CODES_MAX)
    party: Line = Field(
        default="",
        description="A client, account or device: `name` of an answer, or `client:ann` for who may see names.",
    )
    rule: Line = Field(default="", description="Code of a rule that hit.")
    unknown_rule: Line = Field(default="", description="Code of a rule that could not be known.")
    id: Line = Field(default="", description="The movement's own id.")
    since: Time | None = None
    until: Time | None = None
    from_sequence: Sequence | None = None
    to_sequence: Sequence | None = None
    amount_min_minor: int | None = Field(default=None, ge=0, le=AMOUNT_MINOR_MAX)
    amount_max_minor: int | None = Field(default=None, ge=0, le=AMOUNT_MINOR_MAX)
    settled: bool | None = Field(
        default=None, description="Settled elsewhere; false: requested, the decision binds."
    )
    alarms: bool = Field(default=False, description="Only what was not allowed, refused, or has a finding.")
    before: Before = None
    limit: Limit = 50


def decisions_query(visit: Visit, asked: DecisionsAsked) -> Query:
    """The same as the values of the list's filters. Raises ``Unusable``."""
    texts = {"party": asked.party, "rule": asked.rule, "unknown": asked.unknown_rule, "id": asked.id}
    values: dict[str, object] = {}
    for one in FILTERS:
        if texts.get(one.code, "").strip():
            value = one.read(visit, {one.code: [texts[one.code]]})  # a name is looked up, a rule must exist
            values |= {} if value is None else {one.code: value}
    chosen = ("outcome", "status", "kind", "phase", "refusal", "finding")
    values |= {code: frozenset(getattr(asked, code)) for code in chosen if getattr(asked, code)}
    spans: dict[str, tuple[int | None, int | None]] = {
        "time": (
            None if asked.since is None else us_of(asked.since),
            None if asked.until is None else us_of(asked.until),
        ),
        "position": (asked.from_sequence, asked.to_sequence),
        "amount": (asked.amount_min_minor, asked.amount_max_minor),
    }
    values |= {code: ends for code, ends in spans.items() if ends != (None, None)}
    if asked.settled is not None:
        values["settled"] = "settled" if asked.settled else "requested"
    if asked.alarms:
        values["alarms"] = True
    return Query(values)
