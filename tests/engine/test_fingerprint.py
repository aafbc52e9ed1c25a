"""SipHash-2-4 against the vectors its authors published (Aumasson and Bernstein, 2012, ``vectors_sip64``)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead.engine.fingerprint import fingerprints, siphash
from bulkhead.kernel.movements import Strings

# Of the message 00 01 02 ... under the key 00 01 ... 0f, by the message's length.
VECTORS = {
    0: 0x726FDB47DD0E0E31,
    1: 0x74F839C593DC67FD,
    2: 0x0D6C8009D9A94F5A,
    3: 0x85676696D7FB7E2D,
    4: 0xCF2794E0277187B7,
    5: 0x18765564CD99A68D,
    6: 0xCBC9466E58FEE3CE,
    7: 0xAB0200F58B01D137,
    8: 0x93F5F5799A932462,
    15: 0xA129CA6149BE45E5,
}
KEY = bytes(range(16))


@pytest.mark.parametrize("length", VECTORS)
def test_the_published_vectors(length: int) -> None:
    message = np.arange(64, dtype=np.uint8)
    key = np.frombuffer(KEY, "<u8")
    assert int(siphash(message, 0, length, key[0], key[1])) == VECTORS[length]


def test_both_halves_of_the_key_give_a_hash_of_their_own() -> None:
    strings = Strings.of(["", "m-1", "m-1", "m-2", "\u5ba2\u6237"])
    found = fingerprints(strings.data, strings.offsets, KEY + bytes(16))
    assert int(found[0, 0]) == VECTORS[0]
    assert found[1].tolist() == found[2].tolist()
    assert len({tuple(pair) for pair in found.tolist()}) == 4
    assert not (found[:, 0] == found[:, 1]).any()


@given(st.lists(st.text(max_size=20), max_size=12))
def test_where_a_string_stands_does_not_matter(texts: list[str]) -> None:
    together = Strings.of(texts)
    found = fingerprints(together.data, together.offsets, KEY + KEY[::-1])
    for text, pair in zip(texts, found.tolist(), strict=True):
        alone = Strings.of([text])
        assert fingerprints(alone.data, alone.offsets, KEY + KEY[::-1])[0].tolist() == pair
