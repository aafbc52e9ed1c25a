"""Life cycles as tables: which verb leads from which state to which, and nothing else.

``advance(HOLD, "open", "post") == "posted"``. A step the table does not have is answered with a ``Refused``
value, never silently accepted. ``str(HOLD)`` prints the table for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """``table[state][verb]`` is the next state; the first state is where everything starts.

    A state without verbs is final. Every state stands in the table and can be reached.
    """

    name: str
    table: Mapping[str, Mapping[str, str]]

    def __post_init__(self) -> None:
        reached = {self.start}
        for _ in self.table:
            reached |= {after for state in reached for after in self.table.get(state, {}).values()}
        assert reached == set(self.table), f"{self.name}: {sorted(reached ^ set(self.table))} do not connect"

    @property
    def start(self) -> str:
        return next(iter(self.table))

    def verbs(self, state: str) -> tuple[str, ...]:
        """What can be done in this state; nothing in a final one. The state must be one of the table."""
        return tuple(self.table[state])

    def __str__(self) -> str:
        lines = [self.name]
        for state, steps in self.table.items():
            ways = ", ".join(f"{verb} -> {after}" for verb, after in steps.items())
            lines.append(f"  {state}: {ways or 'final'}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Refused:
    """A step that the life cycle does not have. ``possible`` are the verbs that it has here."""

    cycle: str
    state: str
    verb: str
    possible: tuple[str, ...]

    def __str__(self) -> str:
        ways = f"possible: {', '.join(self.possible)}" if self.possible else "this state is final"
        return f"{self.cycle} is {self.state}: cannot {self.verb} ({ways})"


def advance(cycle: LifeCycle, state: str, verb: str) -> str | Refused:
    """The state after ``verb``, or why there is none. ``state`` must be one of the cycle; the verb may be any."""
    after = cycle.table[state].get(verb)
    return Refused(cycle.name, state, verb, cycle.verbs(state)) if after is None else after


HOLD = LifeCycle(
    "hold",
    {
        "open": {"post": "posted", "void": "voided", "expire": "expired"},
        "posted": {},
        "voided": {},
        "expired": {},
    },
)

# A correction may itself be wrong; a corrected row that fails again is open again, with the new reason.
QUARANTINED_ROW = LifeCycle(
    "quarantined row",
    {
        "open": {"correct": "corrected", "dismiss": "dismissed"},
        "corrected": {"correct": "corrected", "replay": "replayed", "fail": "open", "dismiss": "dismissed"},
        "replayed": {},
        "dismissed": {},
    },
)

# An approval is used at most once; what changed or waited too long lapses, even when already approved.
APPROVAL = LifeCycle(
    "approval",
    {
        "proposed": {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn", "lapse": "lapsed"},
        "approved": {"use": "used", "withdraw": "withdrawn", "lapse": "lapsed"},
        "used": {},
        "rejected": {},
        "withdrawn": {},
        "lapsed": {},
    },
)

# A proposed rule set that is edited is a draft again: nobody publishes what nobody has read.
RULE_SET = LifeCycle(
    "rule set",
    {
        "draft": {"edit": "draft", "propose": "proposed"},
        "proposed": {"edit": "draft", "reject": "draft", "publish": "published"},
        "published": {"supersede": "superseded"},
        "superseded": {},
    },
)

LIFE_CYCLES = (HOLD, QUARANTINED_ROW, APPROVAL, RULE_SET)
