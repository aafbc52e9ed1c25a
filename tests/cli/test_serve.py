"""The served institution as people run it: processes, signals, and a SIGKILL in the middle of the work."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.connect import open_database
from bulkhead.runtime.service.commands import Decision, Movement
from bulkhead.runtime.service.engine_client import EngineClient, NoAnswer, find_engine
from bulkhead.runtime.settings import Settings
from command_line import Answer, CommandLine
from served_town import CODE, deposit, large_sums, now_text, withdrawal

START_S_MAX = 90.0
CALLERS = 6
KILL_AFTER = 150  # acknowledged movements


def settings_of(line: CommandLine) -> Settings:
    return Settings(home=line.folder / "home", keys=line.folder / "keys")


def started(line: CommandLine, *more: str) -> subprocess.Popen[bytes]:
    """A running engine that takes commands."""
    process = line.start("serve", "--institution", CODE, *more)
    until_s = time.monotonic() + START_S_MAX
    while time.monotonic() < until_s and process.poll() is None:
        engine = find_engine(settings_of(line), CODE)
        if engine is not None:
            engine.close()
            return process
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"the engine did not start: exit code {process.wait()}")


@contextmanager
def serving(line: CommandLine, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A running engine, ended in order."""
    process = started(line, *more)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def connect(line: CommandLine) -> EngineClient:
    engine = find_engine(settings_of(line), CODE)
    assert engine is not None
    return engine


class Load:
    """Callers that send one movement after the other until their engine is gone, and note what they were told."""

    def __init__(self, line: CommandLine) -> None:
        self.sent: dict[str, Movement] = {}
        self.told: dict[str, Decision] = {}
        self._line = line
        self._lock = threading.Lock()
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self._call, args=[caller]) for caller in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def _call(self, caller: int) -> None:
        client = f"client:{caller}"
        with connect(self._line) as engine:
            try:
                self._send(engine, deposit(f"d{caller}", client, "5000"))
                for k in range(100_000):
                    self._send(engine, withdrawal(f"w{caller}-{k}", client, "1"))
            except (NoAnswer, BadInput):
                return

    def _send(self, engine: EngineClient, movement: Movement) -> None:
        with self._lock:
            self.sent[str(movement.id)] = movement
        (decision,) = engine.send([movement])
        with self._lock:
            self.told[decision.id] = decision
            if len(self.told) >= KILL_AFTER:
                self.enough.set()


def test_after_a_kill_all_that_was_acknowledged_is_there_and_nothing_twice(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    process = started(line)
    load = Load(line)
    assert load.enough.wait(60)
    process.kill()
    process.wait()
    for thread in load.threads:
        thread.join(30)
    told, sent = dict(load.told), dict(load.sent)
    assert set(told) <= set(sent)
    with serving(line), connect(line) as engine:
        answers = {decision.id: decision for decision in engine.send(list(sent.values()))}
        for id, before in told.items():
            after = answers[id]
            assert after.repeat
            assert (after.sequence, after.outcome, after.status) == (
                before.sequence,
                before.outcome,
                before.status,
            )
        assert len({answer.sequence for answer in answers.values()}) == len(sent)
        assert all(answer.status in ("booked", "held") for answer in answers.values())
        again = engine.send(list(sent.values()))
        assert {one.sequence for one in again} == {answer.sequence for answer in answers.values()}
    verdict = line.run("verify", "--json").json
    assert verdict["sound"]
    assert verdict["journals"][0]["movements"] == len(sent)


def test_one_writer_at_a_time_and_the_second_says_who_the_first_is(tmp_path: Path) -> None:
    line, file = CommandLine(tmp_path), tmp_path / "m.csv"
    file.write_text(f"id,time,kind,amount,payee,settled\nd-1,{now_text()},deposit,5.00,ann,true\n")
    with serving(line) as process:
        holder = f"bulkhead serve (process {process.pid} on"
        for arguments in (
            ("serve", "--institution", CODE),
            ("watch", str(file), "--source", "movements", "--institution", CODE),
        ):
            answer = line.run(*arguments)
            assert (answer.exit_code, answer.stdout) == (2, "")
            assert holder in answer.stderr
            assert "Traceback" not in answer.stderr
            assert len(answer.stderr.splitlines()) == 1
        with connect(line) as engine:
            assert engine.send([deposit("d", "ann", "1")])[0].status == "booked"
    assert line.run("watch", file, "--source", "movements", "--institution", CODE, "--json").json["decided"] == 1


def test_send_prints_a_decision_for_each_line(tmp_path: Path) -> None:
    line, file = CommandLine(tmp_path), tmp_path / "movements.jsonl"
    nobody = line.run("send", file, "--institution", CODE)
    assert (nobody.exit_code, "bulkhead serve" in nobody.stderr) == (2, True)
    rows = [
        {"id": "d", "time": now_text(), "kind": "deposit", "amount": 50.25, "payee": "ann", "settled": True},
        {
            "id": "w",
            "time": now_text(),
            "kind": "withdrawal",
            "amount": "60",
            "payer": "ann",
            "instructed_by": "ann",
        },
    ]
    file.write_text("\n".join(map(json.dumps, rows)) + '\n\nnonsense\n{"id": "x", "amuont": 1}')
    with serving(line, "--currency", "EUR"):
        answer = line.run("send", file, "--json")
        assert answer.exit_code == 1
        assert answer.json["counts"] == {"booked": 1, "refused": 1, "not_taken": 2}
        decisions = answer.json["decisions"]
        assert [d.get("refusal") for d in decisions] == ["", "insufficient_funds", None, None]
        assert "amuont" in decisions[3]["problem"]["reason"]
        shown = line.run("send", file, "--lang", "zh")
        assert "已入账" in shown.stdout
        assert shown.exit_code == 1
        missing = line.run("send", tmp_path / "nothing.jsonl")
        assert (missing.exit_code, len(missing.stderr.splitlines())) == (2, 1)
    other = line.run("serve", "--institution", CODE, "--currency", "CNY")
    assert (other.exit_code, "in EUR" in other.stderr) == (2, True)
    unknown = line.run("serve", "--institution", CODE, "--currency", "XYZ")
    assert (unknown.exit_code, "XYZ" in unknown.stderr) == (2, True)


def test_two_people_publish_rules_and_end_holds(tmp_path: Path) -> None:
    line, rules = CommandLine(tmp_path), tmp_path / "rules.toml"
    rules.write_text(large_sums("1_000 CNY"))
    with serving(line, "--four-eyes"), connect(line) as engine:
        alone = line.run("publish", rules, "--as", "ann")
        assert (alone.exit_code, "four eyes" in alone.stderr) == (2, True)
        proposed = line.run("propose", rules, "--as", "ann", "--json").json
        number, seen = str(proposed["number"]), proposed["snapshot"][:16]
        assert "tests.large" in line.run("approve", number).stdout
        blind = line.run("approve", number, "--seen", "0" * 16, "--as", "bob")
        assert (blind.exit_code, "not what was proposed" in blind.stderr) == (2, True)
        own = line.run("approve", number, "--seen", seen, "--as", "ann")
        assert (own.exit_code, "cannot approve" in own.stderr) == (2, True)
        assert line.run("approve", number, "--seen", seen, "--as", "bob", "--json").json["rule_set"] == 2
        engine.send([deposit("d", "ann", "9000"), withdrawal("w", "ann", "2500"), withdrawal("v", "ann", "2500")])
        assert _held(line) == ["v", "w"]
        assert _approved(line, _reviewed(line, "release", "w")).exit_code == 0
    with open_database(settings_of(line)):  # no engine now: the commands open the institution themselves
        assert _held(line) == ["v"]
        assert _approved(line, _reviewed(line, "return", "v")).exit_code == 0
        assert "没有" in line.run("holds", "list", "--lang", "zh").stdout
        assert line.run("verify", "--json").json["sound"]


def _held(line: CommandLine) -> list[str]:
    return [hold["hold"] for hold in line.run("holds", "list", "--json").json["holds"]]


def _reviewed(line: CommandLine, verb: str, hold: str) -> dict[str, Any]:
    return line.run("holds", verb, hold, "--reason", "called the client", "--as", "ann", "--json").json


def _approved(line: CommandLine, proposed: dict[str, Any]) -> Answer:
    return line.run("approve", str(proposed["number"]), "--seen", proposed["snapshot"], "--as", "bob")


def test_one_person_publishes_where_one_may(tmp_path: Path) -> None:
    line, rules = CommandLine(tmp_path), tmp_path / "rules.toml"
    rules.write_text(large_sums("1_000 CNY"))
    nothing = line.run("publish", rules)
    assert (nothing.exit_code, len(nothing.stderr.splitlines())) == (2, 1), nothing.stderr
    with serving(line):
        assert line.run("publish", rules, "--json").json["rule_set"] == 2
        unchanged = line.run("publish", rules, "--json").json
        assert (unchanged["sequence"], unchanged["rule_set"]) == (None, 2)
    missing = line.run("publish", tmp_path / "nothing.toml")
    assert (missing.exit_code, "nothing.toml" in missing.stderr) == (2, True)
    rules.write_text(large_sums("2_000 CNY"))
    assert line.run("publish", rules, "--json").json["rule_set"] == 3
