"""Find movements in the stored journal by their ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bulkhead.engine.fingerprint import fingerprints
from bulkhead.kernel.leaves import LEAF_MOVEMENT, decode_movement_leaf
from bulkhead.kernel.movements import Strings
from bulkhead.runtime.wiring import Stores


def find_movements(stores: Stores, ids: Sequence[str]) -> dict[str, int]:
    """Id -> journal leaf, for those of ``ids`` that are projected. A fingerprint finds, the leaf decides."""
    strings = Strings.of(list(ids))
    keys = fingerprints(strings.data, strings.offsets, stores.keys.secret("idempotency"))[:, 0].view(np.int64)
    with stores.connect() as connection:
        rows = connection.execute(
            "SELECT sequence FROM movement WHERE institution = %s AND id_key = ANY(%s) ORDER BY sequence",
            [stores.number, keys.tolist()],
        ).fetchall()
    wanted, found = set(ids), {}
    for (sequence,) in rows:
        data = stores.journal.read_leaf(int(sequence))
        if data[0] == LEAF_MOVEMENT:
            movement_id = decode_movement_leaf(data).strings["movement_id"]
            if movement_id in wanted:
                found[movement_id] = int(sequence)
    return found
