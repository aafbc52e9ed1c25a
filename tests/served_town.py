"""A served institution for tests: a real database, an engine, its port, and movements made of a seed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.memory import MemoryClock
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.service.command_port import CommandPort, port_file
from bulkhead.runtime.service.commands import Cell, Movement
from bulkhead.runtime.service.engine_client import EngineClient
from bulkhead.runtime.service.frames import SECRET
from bulkhead.runtime.service.serving import Serving
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.watching import publish_rules
from bulkhead.runtime.wiring import Writer, open_writer

CODE = "town"


def large_sums(limit: str, outcome: str = "hold") -> str:
    """A rule set of one rule on requested sums from ``limit`` on, as its canonical text."""
    return parse_rule_set(
        f"""
        [[rules]]
        code = "tests.large"
        title = {{ en = "Large sum", zh = "大额" }}
        why = {{ en = "The sum is large.", zh = "金额较大。" }}
        severity = "low"
        outcome = "{outcome}"
        when = "not settled and amount >= {limit}"
        hit = [{{ settled = false, currency = "CNY", amount = "900_000 CNY" }}]
        miss = [{{ settled = true, currency = "CNY", amount = "1 CNY" }}]
        """
    ).text


@dataclass(frozen=True)
class Served:
    """An institution with its engine running."""

    settings: Settings
    writer: Writer
    serving: Serving
    port: CommandPort
    key: bytes

    def client(self) -> EngineClient:
        return EngineClient(self.port.port, self.key, CODE)


@contextmanager
def served(
    database: Database, folder: Path, *, rules: str = "", clock: MemoryClock | SystemClock | None = None
) -> Iterator[Served]:
    """The town's engine and its port until the block ends in order."""
    settings = Settings(home=folder / "home", keys=folder / "keys")
    with open_writer(settings, database, InstitutionOpened(CODE, "CNY", 480), command="a test") as writer:
        if not writer.machine.rule_set_events:
            publish_rules(writer, rules or large_sums("1_000 CNY"), "the test")
        key = writer.stores.keys.secret(SECRET)
        with (
            Serving(writer, clock or SystemClock()) as serving,
            CommandPort(serving, key, CODE, port_file(settings.home, CODE)) as port,
        ):
            yield Served(settings, writer, serving, port, key)


def now_text() -> str:
    """This moment, as a caller writes it."""
    return datetime.now(UTC).isoformat()


def deposit(id: str, client: str, amount: str, time: str = "") -> Movement:
    """Money that has come in."""
    return Movement(id=id, time=time or now_text(), kind="deposit", amount=amount, payee=client, settled=True)


def withdrawal(id: str, client: str, amount: Cell, time: str = "") -> Movement:
    """A client's own wish to take money out."""
    return Movement(
        id=id,
        time=time or now_text(),
        kind="withdrawal",
        amount=amount,
        payer=client,
        payee="bank:AB/1",
        device="phone-1",
        instructed_by=client,
    )
