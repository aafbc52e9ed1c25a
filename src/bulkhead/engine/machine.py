"""The deterministic machine of one institution: movements and events in, sealed leaves out.

Its whole state is a fold over the journal: stepping a batch, or folding the leaves that batch once gave, leaves
the same state. So a live decision, a recovery after a crash, a backtest and a verification are this one class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.features import Feature, parse_feature
from bulkhead.analysis.windows import Windows
from bulkhead.custody.book import Book
from bulkhead.decision.deciding import Decider, Decisions, is_attempt
from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.engine.duplicates import GENERATION_IDS, Duplicates
from bulkhead.engine.event_effects import check_event, take_event
from bulkhead.engine.fingerprint import fingerprints
from bulkhead.engine.hashing import hash_leaves, hash_pairs
from bulkhead.engine.leaf_checks import check_decoded
from bulkhead.engine.leaf_codec import Decoded, decode_movements, encode_movements, movement_runs
from bulkhead.engine.names import Names
from bulkhead.engine.proposals import Now, Proposals
from bulkhead.engine.staff import Standing
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import (
    Event,
    FourEyesDemanded,
    InstitutionOpened,
    RuleSetPublished,
    SourceRegistered,
)
from bulkhead.kernel.journal import Leaves, TreeNode
from bulkhead.kernel.leaves import decode_event_leaf, encode_event_leaf
from bulkhead.kernel.merkle import Frontier
from bulkhead.kernel.movements import ABSENT, OUTCOME, MovementBatch


@dataclass(frozen=True, slots=True)
class Sealed:
    """Leaves that have entered the tree, and the tree after them."""

    first_sequence: int
    leaves: Leaves
    leaf_hashes: bytes
    nodes: tuple[TreeNode, ...]
    root: bytes


@dataclass(frozen=True, slots=True)
class Repeat:
    """A row whose id has been decided before; the first answer stands. ``same``: with the same content."""

    row: int
    sequence: int
    same: bool


@dataclass(frozen=True, slots=True)
class Booked:
    """Movements in the journal, as columns of ``n`` rows; name columns are the machine's numbers."""

    first_sequence: int
    batch: MovementBatch
    outcomes: NDArray[np.void]  # OUTCOME[n]
    rule_set: int  # number of the rule set that decided, 0 before the first
    hits: NDArray[np.uint8]  # [n, ceil(rules / 8)], bit-packed, lowest bit first
    unknowns: NDArray[np.uint8]
    keys: NDArray[np.uint64]  # the ids' fingerprints, [n, 2]


@dataclass(frozen=True, slots=True)
class Stepped:
    """What became of a batch. ``kept`` are the indices of its rows that were new."""

    sealed: Sealed
    booked: Booked
    kept: NDArray[np.int64]
    repeats: tuple[Repeat, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """Leaves taken back in: ``booked`` as sealed, and what the book makes of them now."""

    booked: Booked
    recomputed: NDArray[np.void]  # OUTCOME[n]


class Machine:
    """One institution. ``key`` (32 secret bytes) only places ids in tables; no leaf depends on it.

    Nor does any leaf depend on ``generation_ids``: how many recent ids are known without asking the journal.
    """

    def __init__(self, key: bytes, generation_ids: int = GENERATION_IDS) -> None:
        self._key = key
        self.names = Names()
        self.book = Book()
        self.windows = Windows()
        self.duplicates = Duplicates(generation_ids)
        self.tree = Frontier()
        self.institution: InstitutionOpened | None = None
        self.sources: dict[str, SourceRegistered] = {}
        self.rule_set_events: list[RuleSetPublished] = []
        self.four_eyes: FourEyesDemanded | None = None
        self.proposals = Proposals()
        self.staff: dict[str, Standing] = {}  # by account
        self.effective_us = 0
        self.last_released: tuple[int, ...] = ()  # accounts whose balances the last review changed
        self.decider: Decider | None = None
        self.features: tuple[Feature, ...] = ()

    @property
    def sequence(self) -> int:
        """The sequence the next leaf gets."""
        return self.tree.size

    @property
    def rule_codes(self) -> tuple[str, ...]:
        """The rules in force, in the order of their bits."""
        return tuple(rule.code for rule in self.decider.rule_set.rules) if self.decider else ()

    def apply(self, event: Event) -> Sealed:
        """Take an event and what follows from it.

        Raises ``BadInput`` when the event contradicts the state; the state is then unchanged.
        """
        check_event(self, event)
        consequences = take_event(self, event)
        for consequence in consequences:
            take_event(self, consequence)
        return self._seal(Leaves.of([encode_event_leaf(e) for e in (event, *consequences)]))

    def suspects(self, batch: MovementBatch) -> list[str]:
        """Ids that only the stored journal can tell new from old. Empty in all but very long journals."""
        keys = fingerprints(batch.ids.data, batch.ids.offsets, self._key)
        return [batch.ids[int(i)] for i in np.flatnonzero(self.duplicates.suspects(keys))]

    def seen(self, batch: MovementBatch) -> NDArray[np.int64]:
        """int64[n]: the sequence of the movement that had each id first; ABSENT for new ids and suspects."""
        return self.duplicates.find(fingerprints(batch.ids.data, batch.ids.offsets, self._key))

    def step(
        self,
        batch: MovementBatch,
        earlier: Mapping[str, int] | None = None,
        mark: Callable[[str], None] = lambda stage: None,
    ) -> Stepped:
        """Decide, book and seal the movements of a batch in their order.

        ``earlier``: the suspects that the stored journal knows, with their sequence. ``mark`` is told the name of
        each stage as it ends, for whoever measures.
        """
        assert self.institution is not None, "a journal begins with InstitutionOpened"
        repeats, kept, keys = self._screen(batch, earlier or {})
        fresh = MovementBatch(batch.rows[kept].copy(), batch.ids.take(kept), batch.names, batch.holds)
        self.names.admit(fresh.rows, fresh.names)
        mark("admit")
        outcomes = np.zeros(len(fresh), OUTCOME)
        outcomes["effective_us"] = self._effective(fresh.rows["event_us"])
        features = self._features(fresh.rows, outcomes["effective_us"])
        mark("windows")
        decisions = self._decide(fresh.rows, outcomes["effective_us"], features)
        outcomes["outcome"] = decisions.outcome
        mark("decide")
        self.book.post(fresh.rows, outcomes, fresh.ids, fresh.holds, sealed=False)
        mark("post")
        rule_set = len(self.rule_set_events)
        booked = Booked(self.sequence, fresh, outcomes, rule_set, decisions.hits, decisions.unknowns, keys)
        leaves = encode_movements(
            fresh,
            outcomes,
            (rule_set, len(self.rule_codes)),
            (decisions.hits, decisions.unknowns, features),
            (self.names.data, self.names.offsets),
        )
        mark("encode")
        sealed = self._seal(leaves)
        mark("seal")
        return Stepped(sealed, booked, kept, repeats)

    def fold(self, leaves: Leaves, hashes: bytes) -> list[Folded]:
        """Take sealed leaves back in, as they are: recovery and verification.

        Nothing is decided again; balances are recomputed and returned beside the sealed ones. Raises
        ``ValueError`` for leaves that no machine would have sealed here; this one is then of no further use.
        """
        data = np.frombuffer(leaves.data, np.uint8)
        folded = []
        due: list[Event] = []
        for start, stop, is_movements in movement_runs(data, leaves.offsets):
            if is_movements:
                if due:
                    raise ValueError(f"{due[0]} is missing before leaf {start} of the batch")
                decoded = decode_movements(data, leaves.offsets[start : stop + 1])
                folded.append(self._fold_movements(decoded, self.tree.size + start))
            else:
                due = self._fold_event(decode_event_leaf(leaves[start]), due)
        if due:
            raise ValueError(f"{due[0]} is missing at the batch's end")
        self.tree.append(hashes, hash_pairs)
        return folded

    def _fold_event(self, event: Event, due: list[Event]) -> list[Event]:
        """``due``: the events that must follow now, from those before; gives the ones due after this."""
        if due:
            if event != due[0]:
                raise ValueError(f"{event} stands where {due[0]} must")
            take_event(self, event)
            return due[1:]
        try:
            check_event(self, event)
        except BadInput as error:
            raise ValueError(f"{event} cannot have happened here: {error}") from None
        return take_event(self, event)

    def _fold_movements(self, decoded: Decoded, first_sequence: int) -> Folded:
        in_force = (len(self.rule_set_events), (len(self.rule_codes) + 7) // 8, len(self.features))
        if (decoded.rule_set, decoded.hits.shape[1], decoded.features.shape[1]) != in_force:
            raise ValueError(f"rule set {decoded.rule_set} was not in force, or is not as it was published")
        check_decoded(decoded, self.effective_us, len(self.rule_codes))
        batch = decoded.batch
        keys = fingerprints(batch.ids.data, batch.ids.offsets, self._key)
        self.duplicates.remember(keys, self._contents(batch), first_sequence)
        self.names.admit(batch.rows, batch.names)
        outcomes = decoded.outcomes.copy()
        self.effective_us = max(self.effective_us, int(outcomes["effective_us"][-1]))
        self.windows.update(
            batch.rows, outcomes["effective_us"], _attempts(batch.rows), (), np.empty((len(batch), 0), np.float64)
        )
        self.book.post(batch.rows, outcomes, batch.ids, batch.holds, sealed=True)
        sealed = (decoded.outcomes, decoded.rule_set, decoded.hits, decoded.unknowns)
        return Folded(Booked(first_sequence, batch, *sealed, keys), outcomes)

    def _screen(
        self, batch: MovementBatch, earlier: Mapping[str, int]
    ) -> tuple[tuple[Repeat, ...], NDArray[np.int64], NDArray[np.uint64]]:
        keys = fingerprints(batch.ids.data, batch.ids.offsets, self._key)
        old = {i: earlier[batch.ids[i]] for i in range(len(batch)) if batch.ids[i] in earlier} if earlier else {}
        candidates = np.array([i for i in range(len(batch)) if i not in old], np.int64) if old else None
        chosen = np.arange(len(batch)) if candidates is None else candidates
        screening = self.duplicates.admit(keys[chosen], self._contents(batch)[chosen], self.sequence)
        fresh = screening.seen == ABSENT
        repeats = [Repeat(i, sequence, True) for i, sequence in old.items()]
        for k in np.flatnonzero(~fresh):
            repeats.append(Repeat(int(chosen[k]), int(screening.seen[k]), bool(screening.same[k])))
        kept = chosen[fresh]
        return tuple(sorted(repeats, key=lambda repeat: repeat.row)), kept, keys[kept]

    def _contents(self, batch: MovementBatch) -> NDArray[np.uint64]:
        """A fingerprint of what a movement says besides its id, for rows that still hold codes."""
        name_hashes = self.names.hashes(batch.names)
        content = np.zeros(len(batch), np.uint64)
        for field in ("event_us", "amount_minor", "kind", "phase", "settled", "currency"):
            content = _mix(content, batch.rows[field].astype(np.int64).view(np.uint64))
        for column in ("payer", "payee", "debit_account", "credit_account"):
            codes = batch.rows[column]
            content = _mix(content, np.where(codes == ABSENT, np.uint64(0), name_hashes[codes]))
        return content

    def _effective(self, event_us: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(event_us):
            return event_us
        effective = np.maximum.accumulate(np.maximum(event_us, self.effective_us))
        self.effective_us = int(effective[-1])
        return effective

    def _features(self, rows: NDArray[np.void], effective_us: NDArray[np.int64]) -> NDArray[np.float64]:
        features = np.empty((len(rows), len(self.features)), np.float64)
        self.windows.update(rows, effective_us, _attempts(rows), self.features, features)
        return features

    def _decide(
        self, rows: NDArray[np.void], effective_us: NDArray[np.int64], features: NDArray[np.float64]
    ) -> Decisions:
        if self.decider is None:
            nothing = np.zeros((len(rows), 0), np.uint8)
            return Decisions(np.zeros(len(rows), np.uint8), nothing, nothing)
        return self.decider.decide(rows, effective_us, features, _attempts(rows))

    def _seal(self, leaves: Leaves) -> Sealed:
        first_sequence = self.tree.size
        hashes = hash_leaves(leaves)
        nodes = self.tree.append(hashes, hash_pairs)
        return Sealed(first_sequence, leaves, hashes, nodes, self.tree.root())

    def now(self) -> Now:
        """What proposals are measured against."""
        assert self.institution is not None
        holds = frozenset(self.book.holds_in_review())
        return Now(self.institution.code, len(self.rule_set_events) + 1, holds, self.staff)

    def is_account(self, name: str) -> bool:
        """Whether this name is an account of the book."""
        number = self.names.find(name)
        return number != ABSENT and self.book.is_account(number)

    def bind_rules(self) -> None:
        """Make the decider of the rule set in force and the columns the sources provide."""
        assert self.institution is not None
        if not self.rule_set_events:
            return
        rule_set = parse_rule_set(self.rule_set_events[-1].text)
        provides = frozenset(column for source in self.sources.values() for column in source.provides)
        self.decider = Decider(rule_set, self.institution.timezone_offset_minutes, provides)
        self.features = tuple(parse_feature(name) for name in rule_set.features)


def _attempts(rows: NDArray[np.void]) -> NDArray[np.uint8]:
    """1 for rows that are a new wish to move money; posting or voiding a hold ends an old one."""
    return is_attempt(rows).astype(np.uint8)


def _mix(state: NDArray[np.uint64], value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One multiply-xorshift round: enough to compare contents, which no one gains from colliding."""
    mixed = (state ^ value) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(29))
