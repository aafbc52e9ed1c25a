"""The rule sets an institution has had, from the projection of events."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import RuleSetPublished, decode_event
from bulkhead.runtime.service.people import shown
from bulkhead.runtime.wiring import Stores

PAGE_MAX = 500

# The institution's time when a rule set came into force: that of the last movement or clock event before it.
_RULE_SETS = """
    SELECT published.sequence, published.body, greatest(moved.effective_us, ticked.effective_us) FROM event published
    LEFT JOIN LATERAL (
        SELECT effective_us FROM movement
        WHERE institution = published.institution AND sequence < published.sequence ORDER BY sequence DESC LIMIT 1
    ) moved ON true
    LEFT JOIN LATERAL (
        SELECT (body::jsonb #>> '{data,effective_us}')::bigint AS effective_us FROM event
        WHERE institution = published.institution AND type = 'TimeAdvanced' AND sequence < published.sequence
        ORDER BY sequence DESC LIMIT 1
    ) ticked ON true
    WHERE published.institution = %(institution)s AND published.type = 'RuleSetPublished'
        AND (%(before)s::bigint IS NULL OR published.sequence < %(before)s)
    ORDER BY published.sequence DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class PastRuleSet:
    """One rule set. ``since_us``: the institution's time when it came into force, None before any time was told."""

    number: int
    text: str  # canonical TOML
    maker: str
    checker: str  # "" where one person sufficed
    sequence: int
    since_us: int | None


def rule_sets(stores: Stores, *, before: int | None = None, limit: int = 50) -> tuple[PastRuleSet, ...]:
    """Rule sets newest first, the one in force at the head; ``before``: only those of earlier leaves.

    Raises ``BadInput`` for another limit than 1 to 500.
    """
    if not 0 < limit <= PAGE_MAX:
        raise BadInput(f"a page has 1 to {PAGE_MAX} rule sets, not {limit}")
    values = {"institution": stores.number, "before": before, "limit": limit}
    with stores.connect() as connection:
        rows = connection.execute(_RULE_SETS, values).fetchall()
    events = [(int(sequence), decode_event(body.encode()), since_us) for sequence, body, since_us in rows]
    published = [(sequence, event, us) for sequence, event, us in events if isinstance(event, RuleSetPublished)]
    names = shown(stores.vault, [name for _, event, _ in published for name in (event.maker, event.checker)])
    return tuple(
        PastRuleSet(event.number, event.text, names[event.maker], names[event.checker], sequence, since_us)
        for sequence, event, since_us in published
    )
