"""The port itself: who may speak, how much, how long; and that nobody who misbehaves troubles the others."""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.service import command_port, frames
from bulkhead.runtime.service.command_port import HOST, CommandPort, port_file
from bulkhead.runtime.service.commands import AskStatus, Movement, Refused, SendMovements, Status
from bulkhead.runtime.service.engine_client import EngineClient, NoAnswer, find_engine
from bulkhead.runtime.service.frames import (
    FRAME_BYTES_MAX,
    GREETING_BYTES_MAX,
    NONCE_BYTES,
    ClientProof,
    Gone,
    Hello,
    decoded,
    proof,
    receive_frame,
    send_frame,
)
from bulkhead.runtime.store.keys import Keys
from served_town import CODE, Served, deposit, served

NewDatabase = Callable[[], AbstractContextManager[Database]]


@pytest.fixture(scope="module")
def town(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One engine that outlives everything these tests do to it."""
    with new_database() as database, served(database, tmp_path_factory.mktemp("town")) as town:
        yield town
        assert alive(town)


def dial(town: Served) -> tuple[socket.socket, Hello]:
    """A connection on which the engine has said hello."""
    connection = socket.create_connection((HOST, town.port.port), 5)
    return connection, decoded(_body(connection), msgspec.msgpack.Decoder(Hello))


def _body(connection: socket.socket, wait_s: float = 10) -> bytes:
    return receive_frame(connection, bytes_max=FRAME_BYTES_MAX, wait_s=wait_s, frame_s=10)


def _refusal(connection: socket.socket) -> str:
    """The engine's last word on this connection, which it then closes."""
    reason = decoded(_body(connection), msgspec.msgpack.Decoder(Refused)).reason
    with pytest.raises(Gone):
        _body(connection)
    return reason


def _cut_off(connection: socket.socket, data: bytes, pause_s: float) -> bool:
    """Send the same again and again; whether the engine puts an end to it."""
    for _ in range(100):
        try:
            connection.sendall(data)
        except OSError:
            return True
        time.sleep(pause_s)
    return False


def authenticated(town: Served) -> socket.socket:
    connection, hello = dial(town)
    nonce = bytes(NONCE_BYTES)
    about = (CODE, town.port.port, hello.nonce, nonce)
    send_frame(connection, ClientProof(nonce, proof(town.key, "client", *about)))
    _body(connection)
    return connection


def alive(town: Served) -> bool:
    with town.client() as engine:
        return isinstance(engine.ask(AskStatus()), Status)


def test_the_port_is_loopback_and_its_file_private(town: Served) -> None:
    file = port_file(town.settings.home, CODE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert json.loads(file.read_text()) == {"port": town.port.port, "process": os.getpid()}
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", town.port.port), 2)


def test_who_has_another_key_or_means_another_institution_is_turned_away(town: Served, tmp_path: Path) -> None:
    for key, code in ((bytes(32), CODE), (town.key, "village")):
        with pytest.raises(BadInput, match="does not have this engine's key"):
            EngineClient(town.port.port, key, code)
    Keys(tmp_path / "other").secret(frames.SECRET)
    stranger = town.settings.model_copy(update={"keys": tmp_path / "other"})
    with pytest.raises(BadInput, match="BULKHEAD_KEYS"):
        find_engine(stranger, CODE)
    with pytest.raises(BadInput, match="started with other keys"):
        find_engine(town.settings.model_copy(update={"keys": tmp_path / "none"}), CODE)
    assert alive(town)


def test_a_proof_is_good_for_one_greeting_and_one_port_only(town: Served) -> None:
    first, hello = dial(town)
    nonce = bytes(NONCE_BYTES)
    about = (CODE, town.port.port, hello.nonce, nonce)
    shown = proof(town.key, "client", *about)
    send_frame(first, ClientProof(nonce, shown))
    engine_proof = msgspec.msgpack.decode(_body(first))["proof"]
    assert engine_proof == proof(town.key, "engine", *about)
    again, other = dial(town)
    elsewhere = (CODE, town.port.port + 1, other.nonce, nonce)
    for answer in (shown, engine_proof, proof(town.key, "engine", *about), proof(town.key, "client", *elsewhere)):
        connection, _ = dial(town)
        send_frame(connection, ClientProof(nonce, answer))
        assert "key" in _refusal(connection)
    again.close()


def test_a_stranger_who_listens_in_the_engines_place_learns_nothing_and_is_noticed(town: Served) -> None:
    with socket.create_server((HOST, 0)) as listener:
        heard: list[bytes] = []

        def pass_on() -> None:
            caller, _ = listener.accept()
            engine, hello = dial(town)
            send_frame(caller, hello)
            heard.append(_body(caller))
            send_frame(engine, msgspec.msgpack.decode(heard[0], type=ClientProof))
            send_frame(caller, msgspec.msgpack.decode(_body(engine), type=Refused))

        thread = threading.Thread(target=pass_on)
        thread.start()
        with pytest.raises(BadInput, match="does not have this engine's key"):
            EngineClient(listener.getsockname()[1], town.key, CODE)
        thread.join()
        assert len(heard) == 1


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", struct.pack(">I", 3) + b"abc"])
def test_a_port_file_left_behind_may_point_to_anything(town: Served, tmp_path: Path, said: bytes) -> None:
    stale = town.settings.model_copy(update={"home": tmp_path})
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        file = port_file(tmp_path, CODE)
        file.parent.mkdir()
        file.write_text(json.dumps({"port": port}))

        def speak() -> None:
            caller, _ = listener.accept()
            caller.sendall(said)
            caller.close()

        thread = threading.Thread(target=speak)
        thread.start()
        assert find_engine(stale, CODE) is None
        thread.join()
    assert find_engine(stale, CODE) is None, "nobody listens"
    file.write_text("{}")
    with pytest.raises(BadInput, match="does not say where"):
        find_engine(stale, CODE)


@pytest.mark.parametrize("length", [GREETING_BYTES_MAX + 1, 2**32 - 1])
def test_strangers_may_say_little(town: Served, length: int) -> None:
    connection, _ = dial(town)
    connection.sendall(struct.pack(">I", length))
    assert f"at most {GREETING_BYTES_MAX}" in _refusal(connection)


def test_a_frame_has_its_bound(town: Served) -> None:
    connection = authenticated(town)
    connection.sendall(struct.pack(">I", FRAME_BYTES_MAX + 1))
    assert "at most 8,388,608" in _refusal(connection)
    with town.client() as engine, pytest.raises(NoAnswer, match="at most"):
        engine.send([deposit("d", "x" * FRAME_BYTES_MAX, "1")])
    assert alive(town)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"\xff" * 1_000,
        b"\x91" * 200_000,
        msgspec.msgpack.encode({"type": "movements", "movements": [{"id": "a", "amuont": "1"}]}),
        msgspec.msgpack.encode({"type": "movements", "movements": [{"id": "a", "amount": 1.5}]}),
        msgspec.msgpack.encode({"type": "time-advanced", "effective_us": 2**62}),
    ],
)
def test_what_is_no_command_gets_a_sentence_and_the_connection_goes_on(town: Served, body: bytes) -> None:
    connection = authenticated(town)
    connection.sendall(struct.pack(">I", len(body)) + body)
    refused = decoded(_body(connection), msgspec.msgpack.Decoder(Refused))
    assert "not a message of this port" in refused.reason
    send_frame(connection, AskStatus())
    assert decoded(_body(connection), msgspec.msgpack.Decoder(Status)).institution == CODE


def test_strange_records_come_back_with_field_and_reason(town: Served) -> None:
    strange = [
        Movement(),
        deposit("n" * 200, "ann", "1"),
        deposit("a\0b", "ann", "1"),
        deposit("b", "ann", "1e400"),
        deposit("c", "ann", "9" * 100_000),
        deposit("d", "c" * 1_000, "1"),
        deposit("e", "ann", "-1"),
        deposit("f", "ann", "1", "yesterday"),
        Movement(id=True, time=1, amount=False, kind="deposit", payee=2**60, settled="maybe"),
    ]
    with town.client() as engine:
        decisions = engine.send(strange)
        fields = [decision.problem.field if decision.problem else "" for decision in decisions]
        assert fields == ["id", "id", "id", "amount", "amount", "payee", "amount", "time", "time"]
        assert engine.send([deposit("g", "ann", "1")])[0].status == "booked"


def test_a_client_that_hangs_is_dropped_and_others_go_on(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_port, "GREETING_S_MAX", 0.3)
    monkeypatch.setattr(command_port, "FRAME_S_MAX", 0.3)
    silent, _ = dial(town)
    half = authenticated(town)
    half.sendall(b"\0")
    dripping = authenticated(town)
    began_s = time.monotonic()
    dripping.sendall(struct.pack(">I", 1_000))
    assert _cut_off(dripping, b"x", 0.05)
    assert alive(town)
    assert time.monotonic() - began_s < 4
    for connection in (silent, half):
        assert "silent for too long" in _refusal(connection)


def test_a_client_that_never_reads_its_answers_is_dropped(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "FRAME_S_MAX", 0.5)
    connection = authenticated(town)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    body = msgspec.msgpack.encode(SendMovements(tuple(Movement(id="x" * 100) for _ in range(4_000))))
    connection.settimeout(20)
    assert _cut_off(connection, struct.pack(">I", len(body)) + body, 0)
    assert alive(town)


def test_connections_are_bounded(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_port, "CONNECTIONS_MAX", 3)
    callers = [authenticated(town) for _ in range(3)]
    with pytest.raises(BadInput, match="callers already"):
        town.client()
    callers.pop().close()
    for _ in range(100):
        try:
            assert alive(town)
            break
        except BadInput:
            time.sleep(0.02)
    else:
        pytest.fail("a place that was left stays taken")


def test_a_port_that_closes_answers_what_is_under_way(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as town:
        engine = town.client()
        port = town.port
        engine.send([deposit("a", "ann", "1")])
    with pytest.raises(NoAnswer):
        engine.send([deposit("b", "ann", "1")])
    assert not port_file(town.settings.home, CODE).exists()
    assert find_engine(town.settings, CODE) is None
    assert isinstance(port, CommandPort)
