"""Find movements in the stored journal by their ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bulkhead.engine.fingerprint import fingerprints
from bulkhead.kernel.leaves import LEAF_MOVEMENT, MovementLeaf, decode_movement_leaf
from bulkhead.kernel.movements import ABSENT, MovementBatch, Strings
from bulkhead.runtime.store.keys import IDEMPOTENCY
from bulkhead.runtime.wiring import Stores

# What makes two movements of one id the same or not, as the machine compares them.
_NUMBERS = ("event_us", "amount_minor", "kind", "phase", "settled", "currency")
_NAMES = ("payer", "payee", "debit_account", "credit_account")


# The latest movements are not in the table of keys yet; there are never many of them.
_BY_KEY = """
    SELECT sequence FROM movement_key WHERE institution = %(institution)s AND id_key = ANY(%(keys)s)
    UNION
    SELECT sequence FROM movement
    WHERE institution = %(institution)s AND id_key = ANY(%(keys)s)
      AND sequence >= (SELECT keyed FROM projection_progress WHERE institution = %(institution)s)
    ORDER BY sequence
"""


def find_movements(stores: Stores, ids: Sequence[str]) -> dict[str, int]:
    """Id -> journal leaf, for those of ``ids`` that are projected. A fingerprint finds, the leaf decides."""
    strings = Strings.of(list(ids))
    keys = fingerprints(strings.data, strings.offsets, stores.vault.checked_secret(IDEMPOTENCY))[:, 0].view(
        np.int64
    )
    with stores.connect() as connection:
        rows = connection.execute(_BY_KEY, {"institution": stores.number, "keys": keys.tolist()}).fetchall()
    wanted, found = set(ids), {}
    for (sequence,) in rows:
        data = stores.journal.read_leaf(int(sequence))
        if data[0] == LEAF_MOVEMENT:
            movement_id = decode_movement_leaf(data).strings["movement_id"]
            if movement_id in wanted:
                found[movement_id] = int(sequence)
    return found


def says_the_same(leaf: MovementLeaf, batch: MovementBatch, row: int) -> bool:
    """Whether a row of a batch that intake has read is the movement of this leaf."""
    record = batch.rows[row]
    names = {column: "" if record[column] == ABSENT else batch.names[record[column]] for column in _NAMES}
    return all(leaf.fixed[field] == record[field] for field in _NUMBERS) and all(
        leaf.strings[column] == name for column, name in names.items()
    )
