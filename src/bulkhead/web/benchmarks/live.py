"""Fifty people watch while the engine decides 5,000 movements a second: how far behind are their screens?

Everything is as it is in use: `bulkhead serve` and `bulkhead console` in processes of their own, an embedded
database, movements through the engine's port, viewers over HTTP. A screen's lag is counted from the moment the engine
hands a batch to its commit (as the journal says) to the moment the last byte of the event that shows it has come.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.benchmarks import Benchmark, Metric
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.projections.movement_conditions import ALARM
from bulkhead.runtime.service.engine_client import find_engine
from bulkhead.runtime.settings import Settings, load_settings
from bulkhead.web.benchmarks._traffic import Traffic

CODE = "bench-live"
PER_S = 5_000
VIEWERS, ROAMING, STREAMS_EACH = 50, 5, 5
WARM_S, WATCH_S, POLL_S = 4.0, 20.0, 10.0
START_S_MAX = 120.0
SEED = 11


@dataclass(frozen=True, slots=True)
class Scene:
    """What runs: the house, the console's port and process, and log-ins for it."""

    settings: Settings
    database: Database
    port: int
    console_process: int
    sessions: list[str]
    institution: int


@dataclass(frozen=True, slots=True)
class Watched:
    """One phase: what each viewer was told, between which sequences and times, at which rate and cost."""

    viewers: list[dict[str, Any]]
    began_us: int
    ended_us: int
    per_s: float
    console_cores: float


def run(data: Path | None, rows: int | None = None) -> Benchmark:
    """Measure the stream, then the same viewers polling the database.

    ``data`` and ``rows`` are not used: the traffic is seeded, and lasts for a time.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bulkhead-bench-")))
        folder.chmod(0o711)
        usual = load_settings()
        settings = usual.model_copy(
            update={"home": folder / "home", "keys": folder / "keys", "database_url": None}
        )
        scene = stack.enter_context(_scene(settings))
        client = find_engine(settings, CODE)
        if client is None:
            raise BadInput("The engine of the measurement has gone.")
        stack.callback(client.close)
        streamed = _watch(scene, Traffic(client, PER_S, SEED), WATCH_S, "")
        polled = _watch(scene, Traffic(client, PER_S, SEED + 1), POLL_S, scene.database.dsn("reader"))
        return Benchmark("live", _metrics(scene, streamed, polled), _notes(scene, streamed))


@contextmanager
def _scene(settings: Settings) -> Iterator[Scene]:
    with ExitStack() as stack:
        database = stack.enter_context(open_database(settings))
        from bulkhead.web.starting import start

        start(settings, database)
        stack.enter_context(started(settings, "serve", "--institution", CODE))
        process, said = stack.enter_context(started(settings, "console", "--port", "0"))
        with database.connect() as connection:
            row = connection.execute("SELECT number FROM institution WHERE code = %s", [CODE]).fetchone()
        assert row is not None, "serve has made it"
        yield Scene(
            settings, database, int(said["address"].rpartition(":")[2]), process.pid, _sessions(), int(row[0])
        )


@contextmanager
def started(settings: Settings, *verb: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A verb of the command line in a process of its own, and what it said when it was ready."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BULKHEAD_")}
    environment |= {"BULKHEAD_HOME": str(settings.home), "BULKHEAD_KEYS": str(settings.keys)}
    command = [sys.executable, "-m", "bulkhead.cli.main", *verb, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        try:
            said = ""
            while not said.endswith("}\n"):  # one object, over several lines
                line = process.stdout.readline()
                if not line:
                    raise BadInput(f"`bulkhead {verb[0]}` did not start.")
                said += line
            yield process, json.loads(said)
        finally:
            process.terminate()
            process.wait(30)


def _sessions() -> list[str]:
    """One log-in for each viewer, several of them of one person."""
    from allauth.mfa.models import Authenticator
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from bulkhead.web.people.models import Account, Grant, Person
    from bulkhead.web.people.sessions import SessionStore

    sessions = []
    for number in range(VIEWERS // STREAMS_EACH):
        person = Person.objects.create(code=f"viewer-{number}", name=f"Viewer {number}")
        account = Account.objects.open(f"viewer-{number}", person, None)
        Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={})
        Grant.objects.create(account=account, institution=CODE, role=("risk-officer", "auditor")[number % 2])
        session = SessionStore()
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session.create()
        sessions += [str(session.session_key)] * STREAMS_EACH
    return sessions


def _watch(scene: Scene, traffic: Traffic, for_s: float, dsn: str) -> Watched:
    """Traffic, a crowd that watches it, and what they were told. With a ``dsn`` they poll the database instead."""
    asked = {
        "port": scene.port,
        "path": f"/i/{CODE}/live/stream/",
        "sessions": scene.sessions,
        "roaming": ROAMING,
        "seed": SEED,
        "dsn": dsn,
        "institution": scene.institution,
    }
    command = [sys.executable, "-m", "bulkhead.web.benchmarks._crowd"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd:
        assert crowd.stdin is not None
        assert crowd.stdout is not None
        try:
            with traffic:
                time.sleep(WARM_S)
                crowd.stdin.write(json.dumps(asked) + "\n")
                crowd.stdin.flush()
                if crowd.stdout.readline() != "ready\n":
                    raise BadInput("The viewers of the measurement did not all get in.")
                began_us, began_sent, began_cpu = time.time_ns() // 1_000, traffic.sent, _cpu_s(scene)
                time.sleep(for_s)
                ended_us, sent, cpu_s = time.time_ns() // 1_000, traffic.sent, _cpu_s(scene)
            crowd.stdin.write(f"{_sequence(scene)}\n")
            crowd.stdin.flush()
            viewers = json.loads(crowd.stdout.readline())
        finally:
            crowd.kill()
    took_s = (ended_us - began_us) / 1e6
    return Watched(viewers, began_us, ended_us, (sent - began_sent) / took_s, (cpu_s - began_cpu) / took_s)


def _cpu_s(scene: Scene) -> float:
    """Seconds the console's process has computed so far."""
    fields = Path(f"/proc/{scene.console_process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _sequence(scene: Scene) -> int:
    """The journal's size, once all of it is projected."""
    for _ in range(200):
        with scene.database.connect() as connection:
            row = connection.execute(
                "SELECT p.next_sequence, max(b.first_sequence + b.leaf_count) FROM projection_progress p"
                " JOIN journal_batch b USING (institution) WHERE institution = %s GROUP BY 1",
                [scene.institution],
            ).fetchone()
        if row is not None and row[0] == row[1]:
            return int(row[0])
        time.sleep(0.05)
    raise BadInput("The projections do not catch up with the journal.")


def _lags_ms(scene: Scene, watched: Watched, viewer: dict[str, Any]) -> NDArray[np.float64]:
    """Lag of every journal leaf of the phase on this viewer's screen."""
    with scene.database.connect() as connection:
        rows = connection.execute(
            "SELECT first_sequence + leaf_count, received_us, leaf_count FROM journal_batch"
            " WHERE institution = %s AND received_us >= %s AND received_us < %s ORDER BY first_sequence",
            [scene.institution, watched.began_us, watched.ended_us],
        ).fetchall()
    ends, received_us, leaves = np.array(rows, np.int64).T
    to, at_us = np.array(viewer["receipts"], np.int64).T
    shown = at_us[np.minimum(np.searchsorted(to, ends), len(to) - 1)]
    return np.repeat((shown - received_us) / 1e3, leaves)


def _metrics(scene: Scene, streamed: Watched, polled: Watched) -> tuple[Metric, ...]:
    steady = [_lags_ms(scene, streamed, viewer) for viewer in streamed.viewers if not viewer["roams"]]
    polling = np.concatenate([_lags_ms(scene, polled, viewer) for viewer in polled.viewers])
    complete = [_complete(scene, viewer) for viewer in streamed.viewers]
    roaming = [whole for whole, viewer in zip(complete, streamed.viewers, strict=True) if viewer["roams"]]
    return (
        *(
            Metric(
                f"live_lag_{name}_ms",
                "ms",
                float(np.percentile(np.concatenate(steady), percent)),
                min(float(np.percentile(lags, percent)) for lags in steady),
                max(float(np.percentile(lags, percent)) for lags in steady),
                {"poll_each_second": float(np.percentile(polling, percent))},
            )
            for name, percent in (("p50", 50), ("p99", 99), ("max", 100))
        ),
        _one("live_movements_per_s", "movements/s", streamed.per_s, {"poll_each_second": polled.per_s}),
        _one("live_viewers_complete", f"of {VIEWERS}", sum(complete)),
        _one("live_roaming_complete", f"of {ROAMING}", sum(roaming)),
        _one("live_reconnects", "", sum(viewer["reconnects"] for viewer in streamed.viewers)),
        _one("live_console_cores", "cores", streamed.console_cores),
    )


def _one(name: str, unit: str, value: float, references: dict[str, float] | None = None) -> Metric:
    return Metric(name, unit, value, value, value, references or {})


def _complete(scene: Scene, viewer: dict[str, Any]) -> bool:
    """Whether the counts add up to what is stored, and every alarm was seen exactly once, in order."""
    with scene.database.connect() as connection:
        rows = connection.execute(
            f"SELECT sequence, {ALARM} FROM movement WHERE institution = %s AND sequence >= %s AND sequence < %s"
            " ORDER BY sequence".encode(),
            [scene.institution, viewer["first"], viewer["last"]],
        ).fetchall()
    alarms = [sequence for sequence, alarm in rows if alarm]
    told = viewer["gaps"] == 0 and viewer["total"] == len(rows) and viewer["alarms"] == len(alarms)
    return bool(told and viewer["alarm_rows"] == alarms)


def _notes(scene: Scene, streamed: Watched) -> tuple[str, ...]:
    alarms = sum(viewer["alarms"] for viewer in streamed.viewers) / len(streamed.viewers)
    total = sum(viewer["total"] for viewer in streamed.viewers) / len(streamed.viewers)
    return (
        f"{VIEWERS} viewers of two roles for {WATCH_S:.0f} s, {os.cpu_count()} cores for everything; {ROAMING} of the "
        f"viewers go away and come back at random. A viewer was told of {total:,.0f} movements, {alarms:,.0f} alarms.",
        "Lag: from the engine handing a batch to its commit until the last byte of its event has come, weighted by "
        "movements; low and high are the best and the worst viewer. Those who roam are not in it.",
        "complete: the counts add up to the rows stored, every alarm was told exactly once and in order. "
        "poll_each_second: the same viewers, each asking the database once a second for counts and newest rows, over "
        "eight connections.",
    )
