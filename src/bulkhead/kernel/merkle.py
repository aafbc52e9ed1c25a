"""The RFC 6962 Merkle tree over a journal's leaves: its root, its growth, and proofs that need no trust.

An inclusion proof shows that one leaf stands in the tree with a given root; a consistency proof shows that a
later tree only added leaves to an earlier one. Both are short lists of hashes and are checked without the
journal. A tree of any size splits at the largest power of two below it, so its left parts are complete
subtrees that never change; whoever stores some of those (``TreeNode``) can prove without hashing all leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from struct import iter_unpack

from bulkhead.kernel.journal import Leaves, TreeNode

HASH_BYTES = 32
NODE_LEVELS = 8  # stored subtrees stand at every eighth level: 256 leaves, 65,536 ..., as in C2SP tiles
SIZE_MAX = 2**63 - 1
EMPTY_ROOT = sha256(b"").digest()

Subtree = Callable[[int, int], bytes]  # (level, index) -> root of that complete subtree, as in ``TreeNode``


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of one canonical leaf. Its prefix differs from a node's, so a node can never pass as a leaf."""
    return sha256(b"\x00" + leaf).digest()


def leaf_hashes(leaves: Leaves) -> bytes:
    """Hashes of all leaves end to end, 32 bytes a leaf."""
    data, hasher = memoryview(leaves.data), sha256
    return b"".join([hasher(b"\x00" + data[i:j]).digest() for i, j in pairwise(leaves.offsets.tolist())])


def hash_pairs(row: bytes) -> bytes:
    """The parents of a row of nodes: 32 bytes for every 64."""
    hasher = sha256
    return b"".join([hasher(b"\x01" + pair).digest() for (pair,) in iter_unpack("64s", row)])


def subtree_root(hashes: bytes) -> bytes:
    """Root of the tree over hashes of one level, 32 bytes each; a single one is its own root."""
    frontier = Frontier()
    frontier.append(hashes)
    return frontier.root()


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: all that is needed to append to it and to know its root.

    ``hashes`` are the roots of the complete subtrees that tile ``size`` leaves, largest and leftmost first:
    one for each bit set in ``size``. Equal leaves give an equal frontier however they were batched.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert len(self.hashes) == self.size.bit_count(), "one hash for each bit of the size"

    def append(self, hashes: bytes, pairs: Callable[[bytes], bytes] | None = None) -> tuple[TreeNode, ...]:
        """Add leaf hashes, 32 bytes each; gives the subtrees they complete at levels 8, 16, 24 and so on.

        ``pairs`` may be a faster ``hash_pairs``.
        """
        count, rest = divmod(len(hashes), HASH_BYTES)
        assert rest == 0, "a hash is cut short"
        hash_row, row, level = pairs or hash_pairs, hashes, 0
        nodes: list[TreeNode] = []
        waiting: list[bytes] = []  # left siblings whose right ones are still to come, lowest level first
        while row:
            if level and level % NODE_LEVELS == 0:
                nodes += _tree_nodes(level, self.size >> level, row)
            if self.size >> level & 1:
                row = self.hashes.pop() + row
            if len(row) % (2 * HASH_BYTES):
                waiting.append(row[-HASH_BYTES:])
                row = row[:-HASH_BYTES]
            row = hash_row(row)
            level += 1
        self.hashes += reversed(waiting)
        self.size += count
        return tuple(nodes)

    def root(self) -> bytes:
        """Root of the tree over all leaves so far."""
        return _fold(self.hashes) if self.hashes else EMPTY_ROOT

    def copy(self) -> Frontier:
        """A frontier that grows on its own."""
        return Frontier(self.size, list(self.hashes))

    def to_bytes(self) -> bytes:
        """The frontier for a snapshot: size in eight little-endian bytes, then the hashes."""
        return self.size.to_bytes(8, "little") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """The frontier of ``to_bytes``. Raises ``ValueError`` when the bytes are not one."""
        size = int.from_bytes(data[:8], "little")
        if len(data) != 8 + HASH_BYTES * size.bit_count() or size > SIZE_MAX:
            raise ValueError("not a tree frontier: its length does not fit its size")
        return cls(size, [data[i : i + HASH_BYTES] for i in range(8, len(data), HASH_BYTES)])


def inclusion_proof(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Hashes that lead from leaf ``index`` to the root of the first ``size`` leaves, lowest first."""
    assert 0 <= index < size, (index, size)
    return tuple(_range_root(start, stop, subtree) for start, stop, _ in _siblings(index, index + 1, size))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf with hash ``leaf`` is number ``index`` of the ``size`` leaves under ``root``."""
    if not 0 <= index < size <= SIZE_MAX:
        return False
    siblings = _siblings(index, index + 1, size)
    if len(proof) != len(siblings) or not _are_hashes(leaf, root, *proof):
        return False
    node = leaf
    for (_, _, on_left), sibling in zip(siblings, proof, strict=True):
        node = _node_hash(sibling, node) if on_left else _node_hash(node, sibling)
    return node == root


def consistency_proof(first: int, second: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Hashes that show that the first ``second`` leaves begin with the first ``first`` ones.

    Empty when ``first`` is 0 or ``second``: every tree grows from the empty one, and equal sizes need only
    equal roots.
    """
    assert 0 <= first <= second, (first, second)
    if first == 0:
        return ()
    start = _last_part_start(first, second)
    own = () if start == 0 else (_range_root(start, first, subtree),)
    return own + tuple(_range_root(i, j, subtree) for i, j, _ in _siblings(start, first, second))


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of ``second`` leaves only added to the one of ``first`` leaves."""
    if not 0 <= first <= second <= SIZE_MAX or not _are_hashes(first_root, second_root, *proof):
        return False
    if first == 0:
        return not proof and first_root == EMPTY_ROOT and (second > 0 or second_root == EMPTY_ROOT)
    start = _last_part_start(first, second)
    siblings = _siblings(start, first, second)
    # The last part of the first tree is in both trees. Where it is the whole first tree, its root is known.
    steps = [first_root, *proof] if start == 0 else list(proof)
    if len(steps) != 1 + len(siblings):
        return False
    old = new = steps[0]
    for (_, _, on_left), sibling in zip(siblings, steps[1:], strict=True):
        if on_left:
            old, new = _node_hash(sibling, old), _node_hash(sibling, new)
        else:
            new = _node_hash(new, sibling)
    return old == first_root and new == second_root


def _siblings(start: int, stop: int, size: int) -> list[tuple[int, int, bool]]:
    """Ranges beside the path from the subtree over leaves ``start`` to ``stop`` up to the root, lowest first.

    Each is (first leaf, one past the last, whether it lies to the left of the path).
    """
    low, high, path = 0, size, []
    while (low, high) != (start, stop):
        middle = low + _split(high - low)
        if stop <= middle:
            path.append((middle, high, False))
            high = middle
        else:
            path.append((low, middle, True))
            low = middle
    return path[::-1]


def _last_part_start(first: int, second: int) -> int:
    """Where the largest subtree begins that ends at leaf ``first`` and stands in both trees."""
    low, high = 0, second
    while high != first:
        middle = low + _split(high - low)
        low, high = (low, middle) if first <= middle else (middle, high)
    return low


def _range_root(start: int, stop: int, subtree: Subtree) -> bytes:
    """Root over leaves ``start`` to ``stop`` of a subtree that begins at ``start``."""
    parts: list[bytes] = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        parts.append(subtree(level, start >> level))
        start += 1 << level
    return _fold(parts)


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Root over complete subtrees, largest first: the smaller ones together make each next right half."""
    node = hashes[-1]
    for left in reversed(hashes[:-1]):
        node = _node_hash(left, node)
    return node


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def _node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _are_hashes(*hashes: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in hashes)


def _tree_nodes(level: int, first: int, row: bytes) -> list[TreeNode]:
    return [
        TreeNode(level, first + i, row[HASH_BYTES * i : HASH_BYTES * (i + 1)])
        for i in range(len(row) // HASH_BYTES)
    ]
