"""Which bit of ``hits`` and ``unknowns`` is which rule: it depends on the rule set that decided."""

from __future__ import annotations

from threading import Lock

from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.kernel.events import RuleSetPublished, decode_event
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections.movement_query import SEQUENCE_MAX, Reading

_PUBLISHED = """
    SELECT sequence, body FROM event
    WHERE institution = %(institution)s AND type = 'RuleSetPublished' AND sequence > %(after)s ORDER BY sequence
"""
_KEPT_MAX = 64  # institutions; a process serves few


class PublishedRules:
    """The rule sets of one institution so far: number, position of its event, and the codes of its bits."""

    def __init__(self) -> None:
        self.sequences: list[int] = []  # of rule set k + 1
        self.codes: list[tuple[str, ...]] = []
        self._adding = Lock()
        self.titles: dict[str, Words] = {}  # of every rule there ever was, as it was called last

    def add_new(self, reading: Reading) -> None:
        """Read what was published since. What was published before never changes."""
        rows = reading.rows(_PUBLISHED, {"after": self._last()})
        with self._adding:  # not while the database is asked: a slow answer to one must not hold up the others
            for sequence, body in rows:
                if sequence > self._last():
                    event = decode_event(body.encode())
                    assert isinstance(event, RuleSetPublished), "asked for by its type"
                    rules = parse_rule_set(event.text).rules
                    self.titles = self.titles | {rule.code: rule.title for rule in rules}
                    self.codes.append(tuple(rule.code for rule in rules))
                    self.sequences.append(int(sequence))

    def _last(self) -> int:
        return self.sequences[-1] if self.sequences else -1

    def codes_of(self, rule_set: int, bits: bytes) -> tuple[str, ...]:
        """Codes of the bits that are set."""
        if not any(bits):
            return ()
        codes = self.codes[rule_set - 1]
        return tuple(code for k, code in enumerate(codes) if bits[k >> 3] >> (k & 7) & 1)

    def bits_of(self, code: str) -> dict[int, int]:
        """Rule set -> bit, of the rule sets that have this rule."""
        return {k + 1: codes.index(code) for k, codes in enumerate(self.codes) if code in codes}

    def in_force(self, rule_set: int) -> tuple[int, int]:
        """The first and the last sequence that a rule set may have decided."""
        last = self.sequences[rule_set] if rule_set < len(self.sequences) else SEQUENCE_MAX
        return self.sequences[rule_set - 1], last

    def all_codes(self) -> tuple[str, ...]:
        """Every rule there ever was, sorted: what a filter may offer."""
        return tuple(sorted({code for codes in self.codes for code in codes}))


_kept: dict[tuple[str, int, str, str, int], PublishedRules] = {}
_lock = Lock()


def published_rules(reading: Reading) -> PublishedRules:
    """The institution's rule sets; parsed once in a process."""
    info = reading.connection.info
    key = (info.host, info.port, info.dbname, info.options, reading.institution)
    with _lock:
        if key not in _kept and len(_kept) >= _KEPT_MAX:
            _kept.clear()
        rules = _kept.setdefault(key, PublishedRules())
    rules.add_new(reading)
    return rules
