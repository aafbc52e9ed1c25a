"""The journal of one institution in PostgreSQL: one statement, and so one commit and one round trip, a batch."""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from typing import Any, cast

import psycopg
from psycopg.rows import TupleRow

from bulkhead.kernel.journal import JournalBatch, JournalHead, ReadProgress, TreeNode
from bulkhead.kernel.merkle import EMPTY_ROOT, HASH_BYTES, NODE_LEVELS, subtree_root
from bulkhead.kernel.protocols import JournalConflict, LeaseLost
from bulkhead.runtime.store.journal_payload import LEAVES_MAX, PAYLOAD_BYTES_MAX, pack_leaves, unpack_leaves
from bulkhead.runtime.store.quarantine_store import quarantine_columns
from bulkhead.runtime.store.session import Connect, Session, connection_loss, open_connection
from bulkhead.runtime.store.vault import PostgresVault

_ROW_HEADER = struct.Struct("<hqiqq")

# Everything hangs on ``admitted``: no row of the batch is written unless the epoch is the current one and the
# batch continues the journal. The shared row lock makes a new holder of the lease wait for this commit. A
# concurrent append under the same epoch, unseen by this statement, collides on the primary key.
_APPEND = """
WITH fence AS MATERIALIZED (
    SELECT FROM lease
    WHERE institution = %(institution)s AND epoch = %(epoch)s AND holder IS NOT NULL
    FOR SHARE
), journal AS MATERIALIZED (
    SELECT coalesce((
        SELECT first_sequence + leaf_count FROM journal_batch
        WHERE institution = %(institution)s ORDER BY first_sequence DESC LIMIT 1
    ), 0) AS size
), admitted AS MATERIALIZED (
    SELECT FROM fence, journal WHERE size = %(first_sequence)s
), batch AS (
    INSERT INTO journal_batch
        (institution, first_sequence, leaf_count, epoch, received_us, payload, leaf_hashes, root, row_sha256)
    SELECT %(institution)s, %(first_sequence)s, %(leaf_count)s, %(epoch)s, %(received_us)s,
        %(payload)b::bytea, %(leaf_hashes)b::bytea, %(root)b::bytea, %(row_sha256)b::bytea
    FROM admitted WHERE %(leaf_count)s > 0
), nodes AS (
    INSERT INTO journal_node (institution, level, index, hash)
    SELECT %(institution)s, level, index, hash
    FROM admitted,
        unnest(%(levels)s::smallint[], %(indices)s::bigint[], %(hashes)s::bytea[]) AS node (level, index, hash)
), progress AS (
    INSERT INTO read_progress AS known (institution, input_sha256, rows_done, first_sequence, finished)
    SELECT %(institution)s, %(input_sha256)b::bytea, %(rows_done)s::bigint, %(input_first)s::bigint,
        %(finished)s::boolean
    FROM admitted WHERE %(input_sha256)b::bytea IS NOT NULL
    ON CONFLICT (institution, input_sha256) DO UPDATE
    SET rows_done = excluded.rows_done, first_sequence = excluded.first_sequence, finished = excluded.finished
), quarantined AS (
    INSERT INTO quarantine
        (institution, received_us, input_sha256, input_name, source, input_row, field, reason, raw)
    SELECT %(institution)s, %(received_us)s, bad.*
    FROM admitted, unnest(
        %(bad_inputs)s::bytea[], %(bad_names)s::text[], %(bad_sources)s::text[], %(bad_rows)s::bigint[],
        %(bad_fields)s::text[], %(bad_reasons)s::text[], %(bad_raws)s::bytea[]
    ) AS bad
)
SELECT EXISTS (SELECT FROM fence), size FROM journal
"""
# A forged value of a gigabyte is cut before it is sent; its row's hash then fails like that of any other.
_BATCH = f"""
    first_sequence, leaf_count, epoch, received_us, substr(payload, 1, {2 * PAYLOAD_BYTES_MAX}),
    substr(leaf_hashes, 1, {HASH_BYTES * LEAVES_MAX}), root, row_sha256
"""
_READ = f"""
    SELECT {_BATCH} FROM journal_batch
    WHERE institution = %(institution)s AND first_sequence + leaf_count > %(from)s AND first_sequence >= coalesce((
        SELECT max(first_sequence) FROM journal_batch
        WHERE institution = %(institution)s AND first_sequence <= %(from)s
    ), 0)
    ORDER BY first_sequence
"""
_LEAF_HASHES = """
    SELECT first_sequence, substr(
        leaf_hashes,
        (32 * greatest(%(first)s - first_sequence, 0) + 1)::integer,
        (32 * (least(%(last)s, first_sequence + leaf_count) - greatest(%(first)s, first_sequence)))::integer
    )
    FROM journal_batch
    WHERE institution = %(institution)s AND first_sequence < %(last)s
    AND first_sequence + leaf_count > %(first)s AND first_sequence >= coalesce((
        SELECT max(first_sequence) FROM journal_batch
        WHERE institution = %(institution)s AND first_sequence <= %(first)s
    ), 0)
    ORDER BY first_sequence
"""
# No subtree is completed before its last leaf.
_NODES = """
    SELECT level, index, hash FROM journal_node WHERE institution = %s
    ORDER BY (index + 1) * (1::numeric * 2 ^ level), level
"""


class JournalDamaged(Exception):
    """The stored journal is not what was written. ``first_sequence`` names the batch."""

    def __init__(self, first_sequence: int, what: str) -> None:
        super().__init__(f"The journal batch that begins at {first_sequence} is damaged: {what}.")
        self.first_sequence = first_sequence


class JournalStore:
    """The ``Storage`` of one institution.

    Every method raises ``ConnectionError`` when the database is out of reach; the next call connects anew. One
    thread appends; the other methods may be called from any.
    """

    def __init__(self, connect: Connect, institution: int, vault: PostgresVault) -> None:
        self._connect = connect
        self._session = Session(connect)
        self._institution = institution
        self._vault = vault

    def append(self, batch: JournalBatch) -> None:
        """Store a batch with its progress and quarantined rows; durable when it returns.

        Raises ``LeaseLost`` or ``JournalConflict``, and then nothing is stored. When the connection breaks
        during the call, ``head`` and ``progress`` tell whether the batch was.
        """
        parameters = self._batch_parameters(batch) | quarantine_columns(self._vault, batch.quarantined)
        try:
            row = self._session.execute(_APPEND, parameters, prepare=True).fetchone()
        except psycopg.errors.UniqueViolation as error:
            raise JournalConflict(f"Another writer was first at {batch.first_sequence}.") from error
        assert row is not None
        fenced, size = row
        if not fenced:
            raise LeaseLost(f"Epoch {batch.epoch} of the lease has been superseded; this writer must stop.")
        if size != batch.first_sequence:
            raise JournalConflict(f"The batch begins at {batch.first_sequence}, but the journal ends at {size}.")

    def head(self) -> JournalHead:
        """Size and root of the stored journal; size 0 and the empty tree's root for a new one."""
        row = self._one(
            "SELECT first_sequence + leaf_count, root FROM journal_batch"
            " WHERE institution = %s ORDER BY first_sequence DESC LIMIT 1",
            [self._institution],
        )
        return JournalHead(*row) if row else JournalHead(0, EMPTY_ROOT)

    def read(self, first_sequence: int) -> Iterator[JournalBatch]:
        """Batches from the one that holds ``first_sequence`` on, in order, a few in memory at a time.

        They come without their nodes, progress and quarantined rows. Raises ``JournalDamaged`` at a batch
        whose row was altered, does not decompress or does not continue the one before.
        """
        expected = first_sequence
        parameters = {"institution": self._institution, "from": first_sequence}
        with (
            open_connection(self._connect) as connection,
            connection.cursor(binary=True) as cursor,
            # A reader may stop half-way, and a stream that is only suspended keeps its connection from closing.
            closing(cast(Generator[TupleRow], cursor.stream(_READ, parameters))) as rows,
        ):
            while True:
                with connection_loss(connection), _corruption_at(expected):
                    row = next(rows, None)
                if row is None:
                    return
                if row[0] > expected or (row[0] < expected and expected != first_sequence):
                    raise JournalDamaged(expected, f"the next stored batch begins at {row[0]}")
                batch = self._batch(row)
                expected = batch.next_sequence
                yield batch

    def progress(self, input_sha256: bytes) -> ReadProgress | None:
        """How far this input has been read, or None when it never was."""
        row = self._one(
            "SELECT input_sha256, rows_done, first_sequence, finished FROM read_progress"
            " WHERE institution = %s AND input_sha256 = %b",
            [self._institution, input_sha256],
        )
        return ReadProgress(*row) if row else None

    def read_leaf(self, sequence: int) -> bytes:
        """One canonical leaf. Raises ``IndexError`` outside the journal, ``JournalDamaged`` as ``read`` does."""
        with _corruption_at(sequence):
            row = self._one(
                f"SELECT {_BATCH} FROM journal_batch WHERE institution = %s AND first_sequence <= %s"
                " ORDER BY first_sequence DESC LIMIT 1",
                [self._institution, sequence],
            )
        if row is None or sequence >= row[0] + row[1]:
            if 0 <= sequence < self.head().size:
                raise JournalDamaged(sequence, "it is missing")
            raise IndexError(f"the journal has no leaf {sequence}")
        return self._batch(row).leaves[sequence - row[0]]

    def subtree(self, level: int, index: int) -> bytes:
        """Root of the complete subtree over leaves ``index * 2**level`` to ``(index + 1) * 2**level - 1``.

        Computed from at most 128 stored hashes. Raises ``IndexError`` when the journal does not reach so far,
        ``JournalDamaged`` when stored hashes are missing.
        """
        above = level % NODE_LEVELS
        first, count = index << above, 1 << above
        row = self._leaf_hashes(first, count) if level == above else self._nodes(level - above, first, count)
        if len(row) != count * HASH_BYTES:
            if (index + 1) << level <= self.head().size:
                raise JournalDamaged(index << level, f"hashes at level {level - above} are missing")
            raise IndexError(f"the journal has no complete subtree {index} at level {level}")
        return subtree_root(row)

    def nodes(self) -> Generator[TreeNode]:
        """All stored subtrees, in the order in which a growing tree completes them, lowest level first."""
        with (
            open_connection(self._connect) as connection,
            connection.cursor(binary=True) as cursor,
            closing(cast(Generator[TupleRow], cursor.stream(_NODES, [self._institution]))) as rows,
            connection_loss(connection),
        ):
            for row in rows:
                yield TreeNode(*row)

    def root_at(self, size: int) -> bytes | None:
        """The stored root of the first ``size`` leaves; None where no commit ended there."""
        row = self._one(
            "SELECT root FROM journal_batch WHERE institution = %s AND first_sequence + leaf_count = %s",
            [self._institution, size],
        )
        return row[0] if row else None

    def save_checkpoint(self, size: int, note_text: str) -> None:
        """Keep a signed note about the first ``size`` leaves. The same note twice is kept once."""
        self._session.execute(
            "INSERT INTO checkpoint (institution, size, note_sha256, note) VALUES (%s, %s, %b, %s)"
            " ON CONFLICT DO NOTHING",
            [self._institution, size, sha256(note_text.encode()).digest(), note_text],
        )

    def checkpoints(self) -> list[tuple[int, str]]:
        """Size and note of every checkpoint, smallest first."""
        rows = self._session.execute(
            "SELECT size, note FROM checkpoint WHERE institution = %s ORDER BY size, note_sha256",
            [self._institution],
        )
        return [(size, note) for size, note in rows.fetchall()]

    def close(self) -> None:
        self._session.close()

    def _one(self, query: str, parameters: Sequence[object]) -> TupleRow | None:
        return self._session.execute(query.encode(), parameters).fetchone()

    def _leaf_hashes(self, first: int, count: int) -> bytes:
        parameters = {"institution": self._institution, "first": first, "last": first + count}
        rows = self._session.execute(_LEAF_HASHES, parameters)
        return b"".join(hashes for _, hashes in rows.fetchall())

    def _nodes(self, level: int, first: int, count: int) -> bytes:
        rows = self._session.execute(
            "SELECT hash FROM journal_node"
            " WHERE institution = %s AND level = %s AND index >= %s AND index < %s ORDER BY index",
            [self._institution, level, first, first + count],
        )
        return b"".join(node for (node,) in rows.fetchall())

    def _batch(self, row: TupleRow) -> JournalBatch:
        first_sequence, leaf_count, epoch, received_us, payload, leaf_hashes, root, row_sha256 = row
        if None in row:
            raise JournalDamaged(first_sequence, "a column of it is empty")
        header = (first_sequence, leaf_count, epoch, received_us)
        if self._row_sha256(header, payload, leaf_hashes, root) != row_sha256:
            raise JournalDamaged(first_sequence, "its bytes are not those that were written")
        if len(leaf_hashes) != HASH_BYTES * leaf_count or len(root) != HASH_BYTES:
            raise JournalDamaged(first_sequence, f"its hashes do not fit its {leaf_count} leaves")
        try:
            leaves = unpack_leaves(payload, leaf_count)
        except ValueError as error:
            raise JournalDamaged(first_sequence, str(error)) from error
        return JournalBatch(first_sequence, leaves, leaf_hashes, root, epoch, received_us)

    def _row_sha256(self, header: Sequence[int], payload: bytes, leaf_hashes: bytes, root: bytes) -> bytes:
        """What the tree does not cover, and the compressed form: so that any flipped byte of a row shows."""
        digest = sha256(_ROW_HEADER.pack(self._institution, *header))
        for part in (payload, leaf_hashes, root):
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)
        return digest.digest()

    def _batch_parameters(self, batch: JournalBatch) -> dict[str, Any]:
        payload = pack_leaves(batch.leaves)
        header = (batch.first_sequence, len(batch.leaves), batch.epoch, batch.received_us)
        progress = batch.progress
        return {
            "institution": self._institution,
            "first_sequence": batch.first_sequence,
            "leaf_count": len(batch.leaves),
            "epoch": batch.epoch,
            "received_us": batch.received_us,
            "payload": payload,
            "leaf_hashes": batch.leaf_hashes,
            "root": batch.root,
            "row_sha256": self._row_sha256(header, payload, batch.leaf_hashes, batch.root),
            "levels": [node.level for node in batch.nodes],
            "indices": [node.index for node in batch.nodes],
            "hashes": [node.hash for node in batch.nodes],
            "input_sha256": progress and progress.input_sha256,
            "rows_done": progress and progress.rows_done,
            "input_first": progress and progress.first_sequence,
            "finished": progress and progress.finished,
        }


@contextmanager
def _corruption_at(first_sequence: int) -> Iterator[None]:
    """What PostgreSQL itself finds wrong with its pages is damage to the journal like any other."""
    try:
        yield
    except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted) as error:
        raise JournalDamaged(first_sequence, f"the database reports {error}") from error
