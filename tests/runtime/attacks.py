"""What somebody can do to a stored journal who knows its format and may write everything but the keys."""

from __future__ import annotations

import struct
from collections.abc import Callable
from hashlib import sha256
from random import Random

from bulkhead.kernel.journal import Leaves
from bulkhead.kernel.leaves import LEAF_MOVEMENT, decode_movement_leaf, encode_movement_leaf
from bulkhead.kernel.merkle import Frontier, leaf_hashes
from bulkhead.runtime.store.journal_payload import pack_leaves, unpack_leaves
from stored_town import StoredTown

ROW = "first_sequence, leaf_count, epoch, received_us, payload, leaf_hashes, root, row_sha256"
Row = tuple[int, int, int, int, bytes, bytes, bytes, bytes]
Change = Callable[[list[bytes]], list[bytes]]


def batches(town: StoredTown) -> list[int]:
    """Where each stored batch begins."""
    return [row[0] for row in rows(town)]


def rows(town: StoredTown) -> list[Row]:
    with town.database.connect() as connection:
        return connection.execute(f"SELECT {ROW} FROM journal_batch ORDER BY 1".encode()).fetchall()


def put(town: StoredTown, row: Row) -> None:
    """Write a row over the one that begins at the same leaf, its hash made to fit."""
    first, count, epoch, received_us, payload, hashes, root, _ = row
    digest = sha256(struct.pack("<hqiqq", 1, first, count, epoch, received_us))
    for part in (payload, hashes, root):
        digest.update(len(part).to_bytes(8, "little") + part)
    write(town, first, epoch=epoch, received_us=received_us, payload=payload, leaf_hashes=hashes, root=root)
    write(town, first, row_sha256=digest.digest())


def write(town: StoredTown, first: int, **columns: object) -> None:
    """Set columns of one row, and nothing else."""
    assignments = ", ".join(f"{column} = %s" for column in columns)
    statement = f"UPDATE journal_batch SET {assignments} WHERE first_sequence = %s"
    assert town.attack(statement, parameters=(*columns.values(), first)) == 1


def rewrite(town: StoredTown, first: int, change: Change, *, following: bool) -> None:
    """Change the leaves of the batch that begins at ``first``, and every hash of it.

    ``following``: and the root of every batch after it, so that nothing inside the journal contradicts itself.
    """
    tree = Frontier()
    for row in rows(town):
        hashes, payload = row[5], row[4]
        if row[0] == first:
            stored = unpack_leaves(row[4], row[1])
            leaves = Leaves.of(change([stored[k] for k in range(row[1])]))
            hashes, payload = leaf_hashes(leaves), pack_leaves(leaves)
        tree.append(hashes)
        if row[0] == first or (row[0] > first and following):
            put(town, (*row[:4], payload, hashes, tree.root(), b""))


def richer(leaves: list[bytes]) -> list[bytes]:
    """The first movement of the batch is made larger by one minor unit."""
    which = next(k for k, leaf in enumerate(leaves) if leaf[0] == LEAF_MOVEMENT)
    leaf = decode_movement_leaf(leaves[which])
    leaf.fixed["amount_minor"] += 1
    return [encode_movement_leaf(leaf) if k == which else one for k, one in enumerate(leaves)]


def refeatured(leaves: list[bytes]) -> list[bytes]:
    """Only what the rules read is changed, which no balance and no projection shows."""
    which = next(k for k, leaf in enumerate(leaves) if leaf[0] == LEAF_MOVEMENT)
    leaf = decode_movement_leaf(leaves[which])
    other = type(leaf)(leaf.fixed, leaf.hits, leaf.unknowns, (-1.0, *leaf.features[1:]), leaf.strings)
    return [encode_movement_leaf(other) if k == which else one for k, one in enumerate(leaves)]


def flipped(value: bytes, random: Random) -> bytes:
    """The bytes with one bit the other way."""
    at = random.randrange(len(value))
    return value[:at] + bytes([value[at] ^ (1 << random.randrange(8))]) + value[at + 1 :]
