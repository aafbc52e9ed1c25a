"""PostgreSQL keeps the laws that the in-memory world keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from bulkhead.kernel.protocols import Lease, Storage, Vault
from bulkhead.runtime.store.journal_store import JournalStore
from bulkhead.runtime.store.keys import Keys
from bulkhead.runtime.store.lease import PostgresLease
from bulkhead.runtime.store.session import Connect
from bulkhead.runtime.store.vault import PostgresVault
from journals import silence_holder
from storage_laws import Connections, StorageLaws, VaultLaws


class TestPostgresStorage(StorageLaws):
    @pytest.fixture
    def connections(self, connect: Connect, institution: int, keys: Keys) -> Iterator[Connections]:
        with ExitStack() as opened:

            def storage() -> Storage:
                vault = PostgresVault(connect, institution, keys)
                store = JournalStore(connect, institution, vault)
                opened.callback(vault.close)
                opened.callback(store.close)
                return store

            def lease() -> Lease:
                lease = PostgresLease(connect, institution)
                opened.callback(lease.release)
                return lease

            def abandon(lease: Lease) -> None:
                assert isinstance(lease, PostgresLease)
                lease._session.close()
                silence_holder(connect, institution)

            yield Connections(storage, lease, abandon)


class TestPostgresVault(VaultLaws):
    @pytest.fixture
    def new_vault(self, connect: Connect, institution: int, keys: Keys) -> Iterator[Callable[[], Vault]]:
        with ExitStack() as opened:

            def vault() -> Vault:
                vault = PostgresVault(connect, institution, keys)
                opened.callback(vault.close)
                return vault

            yield vault
