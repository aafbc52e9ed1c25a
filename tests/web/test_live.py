"""Decisions arrive live: everybody who may sees all of them once, whatever breaks in between."""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bulkhead.runtime.projections.movement_conditions import ALARM
from bulkhead.runtime.service.commands import Movement
from bulkhead.runtime.service.serving import Serving
from bulkhead.web.benchmarks._listener import NoStream, listen
from live_viewing import Seen, console, session_of, watch, watch_together
from served_town import deposit, withdrawal
from web_fixtures import OTHER, TOWN, ConsoleHouse, Staff, entered

pytestmark = pytest.mark.usefixtures("town")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticks and checks that a test need not wait for."""
    monkeypatch.setattr("bulkhead.web.live.feed.TICK_S", 0.03)
    monkeypatch.setattr("bulkhead.web.live.hub.CHECK_S", 0.1)


@pytest.fixture
def port(console_house: ConsoleHouse, quick: None) -> Iterator[int]:
    with console() as open_port:
        yield open_port


def movements(seed: int, count: int) -> list[Movement]:
    """Deposits, and withdrawals that are mostly refused because nobody instructed them or nothing is there."""
    dice = random.Random(seed)
    return [
        withdrawal(f"live-{seed}-{n}", f"lin-{n % 7}", f"{dice.randrange(1, 9_000)}.00 CNY".removesuffix(" CNY"))
        if dice.random() < 0.3
        else deposit(f"live-{seed}-{n}", f"lin-{n % 7}", f"{dice.randrange(1, 500)}.00")
        for n in range(count)
    ]


def send_slowly(engine: Serving, seed: int, count: int, pause_s: float = 0.01) -> threading.Thread:
    """Hand movements to the engine, ten at a time, from a thread."""
    batch = movements(seed, count)

    def send() -> None:
        for start in range(0, count, 10):
            engine.send(batch[start : start + 10])
            time.sleep(pause_s)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def enough(total: int) -> Callable[[Seen], bool]:
    """Whether somebody has been told of so many movements."""
    return lambda seen: seen.total >= total


def stored(house: ConsoleHouse, start: int, stop: int) -> tuple[int, list[int]]:
    """How many movements there are between two sequences, and those of them with an alarm."""
    with house.database.connect() as connection:
        rows = connection.execute(
            f"SELECT sequence, {ALARM} FROM movement JOIN institution ON number = institution"
            " WHERE code = %s AND sequence >= %s AND sequence < %s ORDER BY sequence".encode(),
            [TOWN, start, stop],
        ).fetchall()
    return len(rows), [sequence for sequence, alarm in rows if alarm]


def test_everybody_sees_every_movement_once_and_only_those_who_may_see_names(
    port: int, engine: Serving, staff: Staff, console_house: ConsoleHouse
) -> None:
    people = [staff("risk-officer"), staff("auditor"), staff("rule-analyst")]
    seen = [Seen() for _ in people]

    sessions = [session_of(account) for account in people]
    engine.send(movements(0, 1))  # the engine is warm and the clock has been told
    viewers = [(session, "", one) for session, one in zip(sessions, seen, strict=True)]
    asyncio.run(watch_together(port, viewers, enough(300), lambda: send_slowly(engine, 1, 300)))
    for one in seen:
        assert one.first is not None
        assert one.last is not None
        count, alarms = stored(console_house, one.first, one.last)
        assert one.total == one.matching == count
        assert one.alarms == alarms
        assert alarms
        assert one.before, "somebody new is shown what was before"
    officer, auditor, _ = seen
    assert any("lin-" in row["payee"] for row in officer.rows)
    assert not any("lin-" in row["payee"] + row["payer"] for row in auditor.rows)
    refused = next(row for row in officer.rows if row["status"] == "refused")
    assert refused["why"]


def test_who_comes_back_misses_nothing_though_the_console_itself_was_gone(
    console_house: ConsoleHouse, quick: None, engine: Serving, staff: Staff
) -> None:
    session, seen, dice = session_of(staff("risk-officer")), Seen(), random.Random(5)
    sending: list[threading.Thread] = []
    for _ in range(3):
        with console() as port:
            for _ in range(4):
                wanted = seen.total + dice.randrange(20, 60)
                if not sending:
                    asyncio.run(watch(port, session, seen, lambda s: s.last is not None))
                    sending.append(send_slowly(engine, 2, 900))
                asyncio.run(watch(port, session, seen, enough(min(wanted, 900))))
                time.sleep(dice.random() / 5)
    sending[0].join()
    with console() as port:
        asyncio.run(watch(port, session, seen, enough(900)))
    assert seen.first is not None
    assert seen.last is not None
    count, alarms = stored(console_house, seen.first, seen.last)
    assert seen.total == count == 900
    assert seen.alarms == alarms
    assert len(alarms) > 100


def test_what_was_missed_for_long_comes_in_bounded_records_that_add_up(
    port: int, staff: Staff, console_house: ConsoleHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bulkhead.web.live.feed.RUN_MISSED_MIN", 400)
    monkeypatch.setattr("bulkhead.web.live.feed.ALARMS_MAX", 30)
    seen = Seen(last=0)
    asyncio.run(watch(port, session_of(staff("auditor")), seen, enough(1_500)))
    assert seen.last is not None
    count, alarms = stored(console_house, 0, seen.last)
    records = [event.body for event in seen.events if event.kind == "missed"]
    assert len(records) >= 4
    assert all(len(record["alarm_rows"]) <= 30 for record in records)
    assert seen.total == count
    assert len(seen.alarms) + seen.alarms_more == len(alarms)
    assert seen.alarms_more
    assert all(
        record["matching"] == record["alarms"] + len(record["rows"]) + record["rows_more"] for record in records
    )


def test_a_place_that_was_never_reached_is_said_to_be_none(port: int, staff: Staff) -> None:
    seen = Seen(last=10**12)
    with pytest.raises(AssertionError):
        asyncio.run(watch(port, session_of(staff("auditor")), seen, lambda s: False))
    assert seen.events[0].kind == "hello"
    assert seen.events[0].body["reset"]


def test_a_viewer_who_does_not_read_is_sent_away_and_may_come_back(
    console_house: ConsoleHouse, quick: None, engine: Serving, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bulkhead.web.live.viewers import SEATS

    monkeypatch.setattr("bulkhead.web.live.viewers.STUCK_S_MAX", 0.5)
    monkeypatch.setattr("bulkhead.web.live.viewers.END_S_MAX", 0.2)
    session, seen = session_of(staff("risk-officer")), Seen()

    async def doze(port: int) -> None:
        listener = await listen(port, f"/i/{TOWN}/live/stream/", session, receive_bytes=1_024)
        listener._writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's write transports read too
        sending = send_slowly(engine, 3, 2_000)
        deadline_s = time.monotonic() + 40
        while len(SEATS) and time.monotonic() < deadline_s:
            await asyncio.sleep(0.05)
        assert not len(SEATS), "the one who does not read keeps a seat"
        await asyncio.to_thread(sending.join)
        listener._writer.transport.resume_reading()  # type: ignore[attr-defined]  # and so it does here
        async for heard in listener.events():
            seen.take(heard)

    with console(send_buffer_bytes=4_096) as port:
        asyncio.run(doze(port))
        assert seen.total < 2_000
        asyncio.run(watch(port, session, seen, enough(2_000)))
    assert seen.first is not None
    assert seen.last is not None
    assert seen.alarms == stored(console_house, seen.first, seen.last)[1]


def test_a_slow_viewer_is_told_less_often_and_all_the_same(
    console_house: ConsoleHouse, quick: None, engine: Serving, staff: Staff
) -> None:
    session, seen = session_of(staff("risk-officer")), Seen()

    async def dawdle(port: int) -> None:
        listener = await listen(port, f"/i/{TOWN}/live/stream/", session, receive_bytes=1_024)
        events = listener.events()
        seen.take(await anext(events))
        listener._writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's write transports read too
        await asyncio.to_thread(send_slowly(engine, 6, 2_000).join)
        await asyncio.sleep(0.3)
        listener._writer.transport.resume_reading()  # type: ignore[attr-defined]  # and so it does here
        async with asyncio.timeout(40):
            while seen.total < 2_000:
                seen.take(await anext(events))
        listener.close()

    with console(send_buffer_bytes=4_096) as port:
        asyncio.run(dawdle(port))
    assert seen.total == 2_000
    assert seen.first is not None
    assert seen.last is not None
    assert seen.alarms == stored(console_house, seen.first, seen.last)[1]
    assert any(heard.kind == "missed" for heard in seen.events), "what piled up is told at once"


def soon(act: Callable[[], object]) -> None:
    """Do it from a thread in a moment, and give the database connection back."""
    from django.db import connections

    def run() -> None:
        act()
        connections.close_all()

    threading.Timer(0.5, run).start()


def _suspend(account: Any) -> None:
    account.is_active = False
    account.save()


@pytest.mark.parametrize(
    "revoke",
    [
        _suspend,
        lambda account: account.grants.all().delete(),
        lambda account: account.authenticator_set.all().delete(),
        lambda account: (account.set_password("another horse battery staple"), account.save()),
    ],
    ids=["suspended", "role revoked", "second factor lost", "password changed"],
)
def test_who_may_no_longer_watch_is_sent_away_within_seconds(
    port: int, staff: Staff, revoke: Callable[[Any], object]
) -> None:
    account = staff("risk-officer")
    session = session_of(account)
    soon(lambda: revoke(account))
    assert asyncio.run(watch(port, session, Seen(), lambda s: False)) == "ended"


def test_logging_out_ends_the_stream_and_losing_a_right_changes_it(port: int, staff: Staff) -> None:
    account = staff("risk-officer")
    client = entered(account)
    session = client.cookies["bulkhead_session"].value
    soon(client.logout)
    assert asyncio.run(watch(port, session, Seen(), lambda s: False)) == "ended"
    account = staff("risk-officer", "auditor")
    soon(lambda: account.grants.filter(role="risk-officer").delete())
    assert asyncio.run(watch(port, session_of(account), Seen(), lambda s: False)) == "changed"


def refusal(port: int, session: str, path: str) -> NoStream:
    """What stands instead of a stream."""

    async def ask() -> None:
        await listen(port, path, session)

    with pytest.raises(NoStream) as refused:
        asyncio.run(ask())
    return refused.value


def test_strangers_and_bad_questions_get_no_stream(port: int, staff: Staff) -> None:
    session = session_of(staff("risk-officer"))
    assert refusal(port, session, f"/i/{OTHER}/live/stream/").status == 404
    assert refusal(port, session_of(staff("administrator")), f"/i/{TOWN}/live/stream/").status == 403
    assert refusal(port, "nobody", f"/i/{TOWN}/live/stream/").status == 302
    for asked in (
        "outcome=maybe",
        "after=-1",
        "after=x",
        "amount_from=1.234",
        "party=client:a%00b",
        "after=" + "9" * 40,
    ):
        answer = refusal(port, session, f"/i/{TOWN}/live/stream/?{asked}")
        assert answer.status == 400, asked
        assert len(answer.text) < 200


def test_there_are_only_so_many_streams_and_the_pages_go_on(port: int, staff: Staff) -> None:
    from django.db import connection

    from bulkhead.web.starting import CONNECTIONS_MAX

    def held_connections() -> int:
        figures = connection.pool.get_stats()  # type: ignore[attr-defined]  # what PostgreSQL's wrapper adds
        return int(figures["pool_size"] - figures["pool_available"])

    accounts = [staff("auditor") for _ in range(4)]
    sessions = [session_of(account) for account in accounts]
    path, before = f"/i/{TOWN}/live/stream/", held_connections()

    async def crowd() -> None:
        open_streams = [await listen(port, path, session) for session in sessions for _ in range(6)]
        assert len(open_streams) > CONNECTIONS_MAX
        firsts = [await anext(aiter(stream.events())) for stream in open_streams]
        assert {heard.kind for heard in firsts} == {"hello"}
        with pytest.raises(NoStream) as refused:
            await listen(port, path, sessions[0])
        assert refused.value.status == 503
        assert int(refused.value.headers["retry-after"]) > 0
        assert "live views" in refused.value.text
        for _ in range(100):  # now and then a few are out for a moment: someone looks who still may watch
            if (held := held_connections()) <= before + 1:
                break
            await asyncio.sleep(0.05)
        assert held <= before + 1, "streams hold connections"
        with pytest.raises(NoStream) as found:
            await listen(port, f"/i/{TOWN}/live/", sessions[1])
        assert found.value.status == 200
        for stream in open_streams:
            stream.close()

    asyncio.run(crowd())


def test_the_filter_chooses_rows_while_the_counts_say_both(port: int, engine: Serving, staff: Staff) -> None:
    session = session_of(staff("risk-officer"))
    alarms, deposits, large, theirs = Seen(), Seen(), Seen(), Seen()

    viewers = [
        (session, "alarms=1", alarms),
        (session, "kind=deposit", deposits),
        (session, "amount_from=8,000", large),
        (session, "party=client:lin-3", theirs),
    ]
    asyncio.run(watch_together(port, viewers, enough(200), lambda: send_slowly(engine, 4, 200)))
    assert 0 < alarms.matching == len(alarms.alarms) == len(alarms.rows) < alarms.total
    assert {row["kind"] for row in deposits.rows} == {"deposit"}
    assert 0 < deposits.matching < deposits.total == 200
    assert 0 < large.matching == len(large.rows) < 20
    assert 25 <= theirs.matching <= 35
    assert all("lin-3" in row["payer"] + row["payee"] for row in theirs.rows)


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Live decisions", "Pause")), ("zh-hans", ("实时决策", "暂停"))]
)
def test_the_page_brings_its_words_and_its_filter(staff: Staff, language: str, words: tuple[str, ...]) -> None:
    client = entered(staff("risk-officer"))
    client.cookies["bulkhead_language"] = language
    page = client.get(f"/i/{TOWN}/live/?alarms=1&party=client:ann")
    assert page.status_code == 200
    assert all(word in page.text for word in words)
    (given,) = re.findall(r'<script id="live-listening"[^>]*>(.*?)</script>', page.text)
    assert json.loads(given)["stream"] == f"/i/{TOWN}/live/stream/?alarms=1&party=client%3Aann"
    assert "maybe" in client.get(f"/i/{TOWN}/live/?outcome=maybe").text
    masked = entered(staff("auditor")).get(f"/i/{TOWN}/live/?party=client:ann").text
    assert "does not see names" in masked
    assert "live/stream/?party" not in masked, "a guess is no question"
    assert client.get(f"/i/{OTHER}/live/").status_code == 404
