"""Values go in, tokens come out; only the keys lead back, and only until a value is erased."""

from __future__ import annotations

import base64
import hmac
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.store.keys import VAULT_TOKEN, Keys
from bulkhead.runtime.store.session import Connect, open_connection
from bulkhead.runtime.store.vault import CACHE_ENTRIES_MAX, PostgresVault


def test_a_token_is_the_start_of_a_keyed_hash(vault: PostgresVault, keys: Keys) -> None:
    digest = hmac.digest(keys.secret(VAULT_TOKEN), b"client\0" + "王芳".encode(), "sha256")
    token = base64.b32encode(digest[:10]).decode().lower()
    assert vault.tokens("client", ["王芳"]) == [f"client:{token}"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=40), max_size=30))
def test_every_value_comes_back(vault: PostgresVault, values: list[str]) -> None:
    names = vault.tokens("client", values)
    assert vault.reveal(names) == values
    assert len(set(names)) == len(set(values))


def test_the_same_keys_give_the_same_tokens_everywhere(
    connect: Connect, institution: int, vault: PostgresVault, keys: Keys
) -> None:
    first = vault.tokens("client", ["a", "b", "a"])
    again = PostgresVault(connect, institution, keys)
    assert again.tokens("client", ["b", "a"]) == [first[1], first[0]]
    assert first[0] == first[2]
    again.close()


def test_entities_do_not_share_tokens(vault: PostgresVault) -> None:
    [client], [device] = vault.tokens("client", ["17"]), vault.tokens("device", ["17"])
    assert client.split(":")[1] != device.split(":")[1]


def test_nothing_readable_is_stored(connect: Connect, institution: int, vault: PostgresVault) -> None:
    vault.tokens("client", ["Johann Sebastian"])
    with connect() as connection:
        rows = connection.execute("SELECT t::text FROM vault_subject t WHERE institution = %s", [institution])
        [(stored,)] = rows.fetchall()
    assert "Johann" not in stored
    assert b"Johann".hex() not in stored


def test_an_erased_value_is_gone_for_ever_and_its_token_stays(vault: PostgresVault) -> None:
    gone, kept = vault.tokens("client", ["forget me", "keep me"])
    assert vault.erase(gone)
    assert not vault.erase(gone)
    assert vault.reveal([gone, kept, "client:neverseen"]) == [None, "keep me", None]
    assert vault.tokens("client", ["forget me"]) == [gone]
    assert vault.reveal([gone]) == [None]


def test_other_keys_are_refused(connect: Connect, institution: int, vault: PostgresVault, tmp_path: Path) -> None:
    names = vault.tokens("client", ["a"])
    stranger = PostgresVault(connect, institution, Keys(tmp_path / "other keys"))
    for attempt in (
        lambda: stranger.tokens("client", ["a"]),
        lambda: stranger.reveal(names),
        lambda: stranger.seal(b"x", b""),
    ):
        with pytest.raises(BadInput, match="BULKHEAD_KEYS"):
            attempt()
    stranger.close()


def test_an_altered_value_is_named(connect: Connect, institution: int, vault: PostgresVault) -> None:
    names = vault.tokens("client", ["a", "b"])
    with connect() as connection:  # swap two people's values: each decrypts well under its own name only
        connection.execute(
            "UPDATE vault_subject s SET wrapped_key = o.wrapped_key, value = o.value FROM vault_subject o"
            " WHERE s.institution = %(i)s AND o.institution = %(i)s AND s.name <> o.name",
            {"i": institution},
        )
    with pytest.raises(BadInput, match="altered"):
        vault.reveal(names)


def test_institutions_do_not_see_each_other(
    connect: Connect, vault: PostgresVault, institution: int, keys: Keys
) -> None:
    names = vault.tokens("client", ["a"])
    with open_connection(connect) as connection:
        connection.execute("INSERT INTO institution SELECT max(number) + 1, 'neighbour' FROM institution")
        row = connection.execute("SELECT max(number) FROM institution").fetchone()
    assert row is not None
    neighbour = PostgresVault(connect, row[0], keys)
    assert neighbour.reveal(names) == [None]
    neighbour.close()


def test_writers_of_the_same_names_do_not_fight(connect: Connect, institution: int, keys: Keys) -> None:
    values = [f"client {i}" for i in range(400)]

    def run(seed: int) -> list[str]:
        vault = PostgresVault(connect, institution, keys)
        shifted = values[seed * 100 :] + values[: seed * 100]
        names = dict(zip(shifted, vault.tokens("client", shifted), strict=True))
        assert vault.reveal([names[value] for value in values]) == values
        vault.close()
        return [names[value] for value in values]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, range(4)))
    assert all(result == results[0] for result in results)


def test_the_cache_is_bounded(vault: PostgresVault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bulkhead.runtime.store.vault.CACHE_ENTRIES_MAX", 10)
    first = vault.tokens("client", [f"{i}" for i in range(50)])
    assert vault.tokens("client", [f"{i}" for i in range(50)]) == first
    vault.tokens("client", ["one more"])
    assert len(vault._cache) <= 60
    assert CACHE_ENTRIES_MAX > 10_000


def test_a_sealed_record_opens_only_in_its_context(vault: PostgresVault) -> None:
    sealed = vault.seal(b"row 7", b"here")
    assert b"row 7" not in sealed
    assert vault.unseal(sealed, b"here") == b"row 7"
    for altered, context in ((sealed, b"there"), (sealed[:-1] + b"\0", b"here"), (b"", b"here")):
        with pytest.raises(BadInput, match="cannot be decrypted"):
            vault.unseal(altered, context)
