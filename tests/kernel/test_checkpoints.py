"""Signed checkpoints against the examples published by C2SP, the Go project and its checksum database."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.checkpoints import (
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Checkpoint,
    NoteKey,
    NoteSignature,
    SignedNote,
    open_checkpoint,
    origin_of,
    sign_checkpoint,
)
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.merkle import EMPTY_ROOT

# The example of the signed-note specification.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
# The examples of golang.org/x/mod/sumdb/note: a key pair and what it signs; a second key of 32 zero bytes.
GO_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
GO_SECOND_SIGNATURE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
# A tree head of Go's checksum database and the key that every Go toolchain carries.
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_HEAD = """go.sum database tree
6476701
mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=

— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=
"""


class SeedSigner:
    """Ed25519 over a seed, as ``runtime`` has it."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class PublicVerifier:
    def __init__(self, public_key: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def verify(self, message: bytes, signature: bytes) -> bool:
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


BANK = SeedSigner(b"bank".ljust(32))
REGULATOR = SeedSigner(b"regulator".ljust(32))
ORIGIN = origin_of("harbour-bank")
BANK_KEY = NoteKey(ORIGIN, BANK.public_key)
HEAD = Checkpoint(ORIGIN, 1_169_723, bytes(range(32)))


@pytest.mark.parametrize("text", [SPEC_KEY, GO_KEY, SUMDB_KEY])
def test_published_keys_are_read_and_written_back(text: str) -> None:
    key = NoteKey.parse(text)
    assert str(key) == text
    assert key.key_id.hex() == text.split("+")[1]


@pytest.mark.parametrize(
    ("key", "note"), [(SPEC_KEY, SPEC_NOTE), (GO_KEY, f"{GO_TEXT}\n{GO_SIGNATURE}"), (SUMDB_KEY, SUMDB_HEAD)]
)
def test_published_notes_verify_and_are_written_back(key: str, note: str) -> None:
    parsed = SignedNote.parse(note.encode())
    assert str(parsed) == note
    assert parsed.signers([NoteKey.parse(key)], PublicVerifier) == (NoteKey.parse(key),)


def test_published_signatures_are_made_again() -> None:
    note = SignedNote(GO_TEXT).signed("PeterNeumann", SeedSigner(base64.b64decode(GO_SEED)[1:]))
    assert str(note) == f"{GO_TEXT}\n{GO_SIGNATURE}"
    assert str(note.signed("EnochRoot", SeedSigner(bytes(32)))) == f"{note}{GO_SECOND_SIGNATURE}"


def test_a_real_tree_head_is_read() -> None:
    head = Checkpoint.parse(SignedNote.parse(SUMDB_HEAD.encode()).text)
    assert (head.origin, head.size) == ("go.sum database tree", 6_476_701)
    assert head.root == base64.b64decode("mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=")


def test_checkpoint_text_is_exact() -> None:
    assert Checkpoint(ORIGIN, 0, EMPTY_ROOT).text == (
        "bulkhead/harbour-bank\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    )


def test_signed_checkpoint_opens_with_its_journals_key() -> None:
    data = str(sign_checkpoint(HEAD, BANK)).encode()
    assert open_checkpoint(data, [BANK_KEY], PublicVerifier) == HEAD


def test_witnesses_add_signatures_and_signing_again_replaces_ones_own() -> None:
    note = sign_checkpoint(HEAD, BANK).signed("regulator.example", REGULATOR).signed(ORIGIN, BANK)
    keys = [BANK_KEY, NoteKey("regulator.example", REGULATOR.public_key)]
    assert len(note.signatures) == 2
    assert note.signers(keys, PublicVerifier) == tuple(keys)
    assert open_checkpoint(str(note).encode(), keys, PublicVerifier) == HEAD


def test_a_witness_alone_does_not_vouch_for_the_journal() -> None:
    witness = NoteKey("regulator.example", REGULATOR.public_key)
    data = str(SignedNote(HEAD.text).signed("regulator.example", REGULATOR)).encode()
    with pytest.raises(BadInput, match="no valid signature"):
        open_checkpoint(data, [BANK_KEY, witness], PublicVerifier)


def test_unknown_keys_say_nothing() -> None:
    data = str(sign_checkpoint(HEAD, REGULATOR)).encode()  # right name, another key
    with pytest.raises(BadInput, match="no valid signature"):
        open_checkpoint(data, [BANK_KEY], PublicVerifier)
    both = sign_checkpoint(HEAD, REGULATOR).signed(ORIGIN, BANK)
    assert both.signers([BANK_KEY], PublicVerifier) == (BANK_KEY,)


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    witness = NoteKey("regulator.example", REGULATOR.public_key)
    forged = NoteSignature("regulator.example", witness.key_id, bytes(64))
    note = sign_checkpoint(HEAD, BANK)
    spoiled = SignedNote(note.text, (*note.signatures, forged))
    assert spoiled.signers([BANK_KEY, witness], PublicVerifier) == ()
    assert spoiled.signers([BANK_KEY], PublicVerifier) == (BANK_KEY,)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_flipped_bit_opens_as_another_checkpoint(data: st.DataObject) -> None:
    original = str(sign_checkpoint(HEAD, BANK)).encode()
    place = data.draw(st.integers(0, len(original) - 1))
    damaged = bytearray(original)
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadInput):
        open_checkpoint(bytes(damaged), [BANK_KEY], PublicVerifier)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything_at_all_is_a_note_or_bad_input(data: bytes) -> None:
    for wrapped in (data, b"x\n\n" + "— a ".encode() + data + b"\n"):
        try:
            note = SignedNote.parse(wrapped)
        except BadInput:
            continue
        assert str(note).encode() == wrapped


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1), max_size=2),
)
def test_checkpoint_round_trip(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert Checkpoint.parse(checkpoint.text) == checkpoint


NAME_WITH_A_WIDE_SPACE = "Peter\u3000Neumann"
ROOT_LINE = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "o\n5\n",
        f"o\n5\n{ROOT_LINE}"[:-1],
        f"\n5\n{ROOT_LINE}",
        f"o\n05\n{ROOT_LINE}",
        f"o\n-5\n{ROOT_LINE}",
        f"o\n+5\n{ROOT_LINE}",
        f"o\n5.0\n{ROOT_LINE}",
        f"o\n٥\n{ROOT_LINE}",  # a digit, but not an ASCII one
        f"o\n{2**63}\n{ROOT_LINE}",
        f"o\n{'9' * 5000}\n{ROOT_LINE}",
        "o\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",  # base64 with stray last bits
        "o\n5\nCsUY\n",
        f"o\n5\n{ROOT_LINE}\n",
        f"o\n5\n{ROOT_LINE}\nx\n",
    ],
)
def test_what_is_not_exactly_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"\xff\n\n" + GO_SIGNATURE.encode(),
        f"te\txt\n\n{GO_SIGNATURE}".encode(),
        f"{GO_TEXT}\n{GO_SIGNATURE}"[:-1].encode(),
        f"{GO_TEXT}\n{GO_SIGNATURE}\n".encode(),
        f"{GO_TEXT}\n{GO_SIGNATURE.replace('—', '-')}".encode(),
        f"{GO_TEXT}\n{GO_SIGNATURE.replace('PeterNeumann', 'Peter+Neumann')}".encode(),
        f"{GO_TEXT}\n{GO_SIGNATURE.replace('PeterNeumann', NAME_WITH_A_WIDE_SPACE)}".encode(),
        f"{GO_TEXT}\n— PeterNeumann x08gow==\n".encode(),  # a key id without a signature
        f"{GO_TEXT}\n{GO_SIGNATURE * (SIGNATURES_MAX + 1)}".encode(),
        f"{'x' * NOTE_BYTES_MAX}\n\n{GO_SIGNATURE}".encode(),
    ],
)
def test_what_is_not_a_signed_note_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        SignedNote.parse(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+b",
        SPEC_KEY[:-4],
        SPEC_KEY.replace("530d", "530e"),
        SPEC_KEY.replace("+A", "+B"),
        "+" + SPEC_KEY,
    ],
)
def test_what_is_not_a_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        NoteKey.parse(text)


@pytest.mark.parametrize("code", ["", "two words", "a+b", "line\nbreak", "wide\u3000space"])
def test_institution_codes_that_cannot_name_a_key_are_refused(code: str) -> None:
    with pytest.raises(BadInput, match="institution"):
        origin_of(code)
