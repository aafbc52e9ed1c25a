"""The tree against the definition in RFC 6962, its published vectors, and another implementation."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.journal import Leaves, TreeNode
from bulkhead.kernel.merkle import (
    EMPTY_ROOT,
    NODE_LEVELS,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    subtree_root,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves of the certificate-transparency reference tests and the roots of their first n.
VECTOR_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
VECTOR_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def numbered(count: int) -> list[bytes]:
    return [b"leaf %d" % i for i in range(count)]


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = defined_split(len(leaves))
    return sha256(b"\x01" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


def defined_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = defined_split(len(leaves))
    if m < k:
        return [*defined_path(m, leaves[:k]), defined_root(leaves[k:])]
    return [*defined_path(m - k, leaves[k:]), defined_root(leaves[:k])]


def defined_subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [defined_root(leaves)]
    k = defined_split(len(leaves))
    if m <= k:
        return [*defined_subproof(m, leaves[:k], whole=whole), defined_root(leaves[k:])]
    return [*defined_subproof(m - k, leaves[k:], whole=False), defined_root(leaves[:k])]


def defined_split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def subtree_of(leaves: list[bytes]) -> Callable[[int, int], bytes]:
    return lambda level, index: defined_root(leaves[index << level : (index + 1) << level])


def grown(leaves: list[bytes], batches: list[int]) -> tuple[Frontier, list[TreeNode]]:
    """A frontier fed in batches of these sizes, again and again until the leaves are used up."""
    frontier, done, turn = Frontier(), 0, 0
    nodes: list[TreeNode] = []
    while done < len(leaves):
        step = batches[turn % len(batches)]
        nodes += frontier.append(leaf_hashes(Leaves.of(leaves[done : done + step])))
        done, turn = done + step, turn + 1
    return frontier, nodes


@pytest.mark.parametrize(("count", "root"), list(enumerate(VECTOR_ROOTS)))
def test_roots_of_the_published_vectors(count: int, root: str) -> None:
    frontier = Frontier()
    frontier.append(leaf_hashes(Leaves.of(VECTOR_LEAVES[:count])))
    assert frontier.root().hex() == root


def test_proofs_of_the_published_vectors() -> None:
    subtree = subtree_of(VECTOR_LEAVES)
    assert [h.hex() for h in inclusion_proof(5, 8, subtree)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [h.hex() for h in consistency_proof(6, 8, subtree)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_every_size_up_to_70_has_the_defined_root_and_a_bit_of_size_per_hash() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for size in range(1, 71):
        frontier.append(leaf_hash(b"leaf %d" % (size - 1)))
        assert frontier.root() == defined_root(numbered(size))
        assert len(frontier.hashes) == size.bit_count()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1200), st.lists(st.integers(1, 300), min_size=1, max_size=6))
def test_batch_sizes_leave_no_trace(count: int, batches: list[int]) -> None:
    leaves = numbered(count)
    whole = Frontier()
    completed = whole.append(leaf_hashes(Leaves.of(leaves)))
    frontier, nodes = grown(leaves, batches)
    assert frontier == whole
    assert frontier.to_bytes() == whole.to_bytes()
    assert sorted(nodes, key=lambda node: node.index) == sorted(completed, key=lambda node: node.index)


def test_completed_subtrees_are_reported_once_with_their_roots() -> None:
    hashes = leaf_hashes(Leaves.of(numbered(3 * 65536 + 300)))
    frontier = Frontier()
    nodes: list[TreeNode] = []
    for start in range(0, len(hashes), 5_000 * 32):
        nodes += frontier.append(hashes[start : start + 5_000 * 32])
    places = [(node.level, node.index) for node in nodes]
    assert sorted(places) == [(8, i) for i in range(3 * 256 + 1)] + [(16, i) for i in range(3)]
    for node in nodes[:4] + [node for node in nodes if node.level == 16]:
        start, width = node.index << node.level, 1 << node.level
        assert node.hash == subtree_root(hashes[start * 32 : (start + width) * 32])


def test_snapshot_round_trip_and_independent_copy() -> None:
    frontier, _ = grown(numbered(77), [9])
    restored, twin = Frontier.from_bytes(frontier.to_bytes()), frontier.copy()
    assert restored == twin == frontier
    twin.append(leaf_hash(b"more"))
    assert restored == frontier != twin


@pytest.mark.parametrize("data", [b"", b"\x01", (3).to_bytes(8, "little") + bytes(32), bytes(8) + bytes(32)])
def test_damaged_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier.from_bytes(data)


def test_every_proof_of_small_trees_is_the_defined_one_and_verifies() -> None:
    for size in range(1, 20):
        leaves = numbered(size)
        subtree, root = subtree_of(leaves), defined_root(leaves)
        for index in range(size):
            proof = inclusion_proof(index, size, subtree)
            assert list(proof) == defined_path(index, leaves)
            assert verify_inclusion(leaf_hash(leaves[index]), index, size, proof, root)
        for first in range(1, size + 1):
            steps = consistency_proof(first, size, subtree)
            assert list(steps) == defined_subproof(first, leaves, whole=True)
            assert verify_consistency(first, size, defined_root(leaves[:first]), root, steps)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_wrong_inclusion_claim_fails(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 90))
    index = data.draw(st.integers(0, size - 1))
    leaves = numbered(size)
    proof, root = inclusion_proof(index, size, subtree_of(leaves)), defined_root(leaves)
    own = leaf_hash(leaves[index])
    other = data.draw(st.integers(0, size + 3).filter(lambda i: i != index))
    assert not verify_inclusion(own, other, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"forged"), index, size, proof, root)
    assert not verify_inclusion(own, index, size, (*proof, bytes(32)), root)
    assert not verify_inclusion(own, index, size, proof, flipped(root, data.draw(st.integers(0, 255))))
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        damaged = [*proof]
        damaged[place] = flipped(damaged[place], data.draw(st.integers(0, 255)))
        assert not verify_inclusion(own, index, size, damaged, root)
        assert not verify_inclusion(own, index, size, proof[:-1], root)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_rewritten_history_fails(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, 90))
    first = data.draw(st.integers(1, second - 1))
    rewritten = data.draw(st.integers(0, first - 1))
    honest = numbered(second)
    forged = [*honest]
    forged[rewritten] = b"forged"
    old, new = defined_root(honest[:first]), defined_root(forged)
    assert not verify_consistency(first, second, old, new, consistency_proof(first, second, subtree_of(forged)))
    assert not verify_consistency(first, second, old, new, consistency_proof(first, second, subtree_of(honest)))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_consistency_proof_fails(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, 90))
    first = data.draw(st.integers(1, second - 1))
    leaves = numbered(second)
    old, new = defined_root(leaves[:first]), defined_root(leaves)
    proof = consistency_proof(first, second, subtree_of(leaves))
    place = data.draw(st.integers(0, len(proof) - 1))
    damaged = [*proof]
    damaged[place] = flipped(damaged[place], data.draw(st.integers(0, 255)))
    assert not verify_consistency(first, second, old, new, damaged)
    assert not verify_consistency(first, second, old, new, proof[:-1])
    assert not verify_consistency(first, second, old, new, (*proof, bytes(32)))


def test_claims_from_outside_are_answered_not_raised() -> None:
    root = leaf_hash(b"a")
    assert verify_inclusion(root, 0, 1, (), root)
    assert not verify_inclusion(root, -1, 1, (), root)
    assert not verify_inclusion(root, 1, 1, (), root)
    assert not verify_inclusion(root, 0, 2**80, (), root)
    assert not verify_inclusion(b"short", 0, 1, (), b"short")
    assert not verify_consistency(-1, 1, root, root, ())
    assert not verify_consistency(2, 1, root, root, ())
    assert not verify_consistency(1, 2**80, root, root, ())
    assert not verify_consistency(1, 2, root, root, (b"short",))


def test_the_empty_tree_is_the_beginning_of_every_tree() -> None:
    root = leaf_hash(b"a")
    assert consistency_proof(0, 5, subtree_of(numbered(5))) == ()
    assert verify_consistency(0, 1, EMPTY_ROOT, root, ())
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, ())
    assert not verify_consistency(0, 1, root, root, ())
    assert not verify_consistency(0, 0, EMPTY_ROOT, root, ())
    assert not verify_consistency(0, 1, EMPTY_ROOT, root, (root,))


def test_leaf_hashes_and_stored_nodes_are_enough_for_every_proof() -> None:
    """As the journal's store does it: no subtree needs more than 128 stored hashes."""
    leaves = numbered(66_000)
    hashes = leaf_hashes(Leaves.of(leaves))
    frontier = Frontier()
    stored = {(node.level, node.index): node.hash for node in frontier.append(hashes)}

    def subtree(level: int, index: int) -> bytes:
        above = level % NODE_LEVELS
        first, count = index << above, 1 << above
        if level == above:
            return subtree_root(hashes[first * 32 : (first + count) * 32])
        return subtree_root(b"".join(stored[level - above, first + i] for i in range(count)))

    for index in (0, 1, 255, 256, 40_000, 65_535, 65_536, 65_999):
        proof = inclusion_proof(index, 66_000, subtree)
        assert verify_inclusion(leaf_hash(leaves[index]), index, 66_000, proof, frontier.root())
    for first in (1, 255, 256, 65_536, 65_999, 66_000):
        steps = consistency_proof(first, 66_000, subtree)
        assert verify_consistency(first, 66_000, subtree_root(hashes[: first * 32]), frontier.root(), steps)


def test_roots_and_proofs_equal_those_of_pymerkle() -> None:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    leaves = numbered(100)
    for leaf in leaves:
        tree.append_entry(leaf)
    for size in (1, 2, 3, 7, 8, 9, 31, 64, 65, 100):
        subtree, root = subtree_of(leaves[:size]), subtree_root(leaf_hashes(Leaves.of(leaves[:size])))
        assert root == tree.get_root(size)
        for index in range(0, size, 5):  # pymerkle counts leaves from 1 and puts the leaf's hash first
            theirs = tree.prove_inclusion(index + 1, size)
            assert list(inclusion_proof(index, size, subtree)) == theirs.path[1:]
        for first in range(1, size, 7):
            proof = consistency_proof(first, size, subtree)
            assert verify_consistency(first, size, tree.get_root(first), root, proof)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=30))
def test_hashes_of_a_run_are_those_of_its_leaves(leaves: list[bytes]) -> None:
    assert leaf_hashes(Leaves.of(leaves)) == b"".join(leaf_hash(leaf) for leaf in leaves)


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value) ^ 1 << bit).to_bytes(len(value))
