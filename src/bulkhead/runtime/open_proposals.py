"""Which proposals nobody has decided yet, kept up to date from the projection of events by reading only what is new."""

from __future__ import annotations

from threading import Lock

from bulkhead.runtime.proposal_history import PastProposal, find_proposals
from bulkhead.runtime.wiring import Stores

_NEW = """
    SELECT sequence, type = 'ApprovalProposed', (body::jsonb #>> '{data,number}')::bigint,
        (body::jsonb #>> '{data,expires_us}')::bigint
    FROM event
    WHERE institution = %s AND type IN ('ApprovalProposed', 'ApprovalDecided') AND sequence > %s
    ORDER BY sequence
"""


class OpenProposals:
    """The undecided proposals of one institution, for any number of threads."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = Lock()
        self._sequence = -1
        self._expiries: dict[int, int] = {}  # number -> when it lapses

    def proposals(self, now_us: int) -> list[PastProposal]:
        """Those whose time has not run out; one whose ground has changed is among them, as lapsed."""
        with self._lock:
            self._read_on()
            self._expiries = {n: expires_us for n, expires_us in self._expiries.items() if expires_us > now_us}
            numbers = list(self._expiries)
        return find_proposals(self._stores, numbers, now_us) if numbers else []

    def _read_on(self) -> None:
        with self._stores.connect() as connection:
            rows = connection.execute(_NEW, [self._stores.number, self._sequence]).fetchall()
        for sequence, proposed, number, expires_us in rows:
            self._sequence = int(sequence)
            if proposed:
                self._expiries[int(number)] = int(expires_us)
            else:
                self._expiries.pop(int(number), None)
