"""A pool of engine connections: shared by threads, mended when stale, and no command sent twice on a guess."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.service import command_port, engine_pool
from bulkhead.runtime.service.command_port import HOST, port_file
from bulkhead.runtime.service.commands import (
    Access,
    AskStatus,
    ChangeAccess,
    DecideProposal,
    Done,
    ListAccess,
    OpenAccounts,
    Person,
    PublishRules,
    Status,
)
from bulkhead.runtime.service.engine_client import NoAnswer
from bulkhead.runtime.service.engine_pool import EnginePool, NoEngine, is_repeatable
from bulkhead.runtime.service.frames import (
    FRAME_BYTES_MAX,
    NONCE_BYTES,
    SECRET,
    VERSION,
    ClientProof,
    EngineProof,
    Hello,
    decoded,
    proof,
    receive_frame,
    send_frame,
)
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.store.keys import Keys
from served_town import CODE, Served, served

NewDatabase = Callable[[], AbstractContextManager[Database]]
ANN = Person("ann", "ann")
GRANT = ChangeAccess("zoe", "zoe", "granted", "auditor", "new here", ANN)
DECIDE = DecideProposal(7, "approve", "00", ANN)


@dataclass
class FalseEngine:
    """Knows the key, reads one command of each caller, answers it or not, and hangs up."""

    port: int
    heard: list[str] = field(default_factory=list)


@contextmanager
def false_engine(settings: Settings, *behaviour: str) -> Iterator[FalseEngine]:
    """What each caller in turn meets: "answer" or "hang up"."""
    key = Keys(settings.keys).secret(SECRET)
    with socket.create_server((HOST, 0)) as listener:
        engine = FalseEngine(listener.getsockname()[1])

        def attend() -> None:
            for how in behaviour:
                try:
                    caller, _ = listener.accept()
                except OSError:
                    return
                with caller:
                    nonce = bytes(NONCE_BYTES)
                    send_frame(caller, Hello(VERSION, nonce))
                    said = decoded(_body(caller), msgspec.msgpack.Decoder(ClientProof))
                    about = (CODE, engine.port, nonce, said.nonce)
                    send_frame(caller, EngineProof(proof(key, "engine", *about)))
                    engine.heard.append(msgspec.msgpack.decode(_body(caller))["type"])
                    if how == "answer":
                        send_frame(caller, Done(5))

        thread = threading.Thread(target=attend)
        thread.start()
        file = port_file(settings.home, CODE)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"port": engine.port}))
        yield engine
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        assert not thread.is_alive()


def _body(connection: socket.socket) -> bytes:
    return receive_frame(connection, bytes_max=FRAME_BYTES_MAX, wait_s=10, frame_s=10)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", keys=tmp_path / "keys")


@pytest.fixture(scope="module")
def town(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with new_database() as database, served(database, tmp_path_factory.mktemp("town")) as town:
        yield town


def test_many_threads_share_few_connections(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_port, "CONNECTIONS_MAX", 3)
    with EnginePool(town.settings, connections_max=3) as pool, ThreadPoolExecutor(16) as threads:
        replies = list(threads.map(lambda k: pool.ask(CODE, OpenAccounts((f"client {k % 5}",))), range(200)))
        assert all(isinstance(reply, Done) for reply in replies)
        assert sum(isinstance(reply, Done) and reply.sequence is not None for reply in replies) == 5
        with pytest.raises(BadInput, match="needs a reason"):
            pool.ask(CODE, msgspec.structs.replace(GRANT, reason=""))
        assert isinstance(pool.ask(CODE, AskStatus()), Status), "a refusal leaves the connection as it was"


def test_who_waits_too_long_for_a_place_hears_it(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_pool, "WAIT_S_MAX", 0.05)
    with EnginePool(town.settings, connections_max=1) as pool:
        with pool._place(CODE), pytest.raises(BadInput, match="busy with others; nothing was done"):
            pool.ask(CODE, AskStatus())
        assert isinstance(pool.ask(CODE, AskStatus()), Status)


def test_without_an_engine_the_sentence_says_how_to_start_one(settings: Settings) -> None:
    with EnginePool(settings) as pool, pytest.raises(NoEngine) as told:
        pool.ask(CODE, GRANT)
    assert str(told.value) == "No engine of town is running: start one with `bulkhead serve --institution town`."


def test_an_engine_that_was_started_again_is_found_again(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as town:
        pool = EnginePool(town.settings)
        assert isinstance(pool.ask(CODE, GRANT), Done)
    with pytest.raises(NoEngine):
        pool.ask(CODE, GRANT)
    with served(database, tmp_path) as town:
        assert pool.ask(CODE, GRANT) == Done(None, 1), "it stood there already"
        reply = pool.ask(CODE, ListAccess())
        assert isinstance(reply, Access)
        assert [entry.account for entry in reply.entries] == ["zoe"]
        kept = pool._engines[CODE].idle[0][0]
    with served(database, tmp_path) as town:  # the kept connection leads to an engine that is gone
        assert not kept.is_open()
        made = pool.ask(CODE, msgspec.structs.replace(GRANT, role="custody"))
        assert isinstance(made, Done)
        assert made.sequence is not None
        pool.close()
        assert isinstance(pool.ask(CODE, AskStatus()), Status)
        assert not pool._engines[CODE].idle, "a closed pool keeps nothing"


def test_a_command_without_an_answer_is_not_sent_again(settings: Settings) -> None:
    with (
        false_engine(settings, "hang up", "answer") as engine,
        EnginePool(settings) as pool,
        pytest.raises(NoAnswer, match="Whether it was done is not known"),
    ):
        pool.ask(CODE, DECIDE)
    assert engine.heard == ["decide-proposal"]


def test_one_that_changes_nothing_the_second_time_is_asked_again_once(settings: Settings) -> None:
    with false_engine(settings, "hang up", "answer") as engine, EnginePool(settings) as pool:
        assert pool.ask(CODE, GRANT) == Done(5)
    assert engine.heard == ["change-access"] * 2
    with (
        false_engine(settings, "hang up", "hang up", "answer") as engine,
        EnginePool(settings) as pool,
        pytest.raises(NoAnswer, match="not known"),
    ):
        pool.ask(CODE, GRANT)
    assert engine.heard == ["change-access"] * 2


def test_a_connection_the_engine_has_closed_is_replaced_before_anything_is_sent(settings: Settings) -> None:
    with false_engine(settings, "answer", "answer") as engine, EnginePool(settings) as pool:
        pool.ask(CODE, DECIDE)
        kept = pool._engines[CODE].idle[0][0]
        until_s = time.monotonic() + 10
        while kept.is_open() and time.monotonic() < until_s:
            time.sleep(0.01)
        assert pool.ask(CODE, DECIDE) == Done(5), "not sent into the closed one, so there was nothing to guess"
    assert engine.heard == ["decide-proposal"] * 2


def test_what_may_be_repeated_is_what_the_state_makes_the_same() -> None:
    assert is_repeatable(AskStatus())
    assert is_repeatable(GRANT)
    assert not is_repeatable(msgspec.structs.replace(GRANT, change="credentials-reset", role=""))
    assert not is_repeatable(DECIDE)
    assert not is_repeatable(PublishRules("", ANN))
