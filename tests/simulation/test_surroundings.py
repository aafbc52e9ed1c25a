"""What the other systems write, as a whole: the same twice, whole numbers, of its own day, and blind to the rest."""

from __future__ import annotations

from functools import cache

import numpy as np
from surroundings_day import column, texts, texts_of, values_of

from bulkhead.kernel.movements import ABSENT, MovementKind, Phase
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import Setting
from bulkhead.simulation.platform.streams import Block, Kind
from bulkhead.simulation.surroundings.access import PERMISSION_USE
from bulkhead.simulation.surroundings.disclosing import DISCLOSURES, FIGURES
from bulkhead.simulation.surroundings.logins import LOGINS, home_network
from bulkhead.simulation.surroundings.partner_reports import PARTNER_DELIVERIES
from bulkhead.simulation.surroundings.telemetry import REQUESTS

SETTING = Setting(seed=11, clients=700, days=64)
TYPES = {Kind.FLAG: np.bool_, Kind.NAME: np.int32}


@cache
def lived() -> tuple[Platform, list[Day]]:
    platform = Platform(SETTING)
    return platform, list(platform.days())


def blocks(days: list[Day], platform: Platform) -> list[Block]:
    codes = {stream.code for surrounding in platform.surroundings.values() for stream in surrounding.streams}
    return [block for day in days for code in sorted(codes) for block in day.blocks.get(code, ())]


def told(block: Block, platform: Platform, *, but: tuple[str, ...] = ()) -> list[list[str] | list[int]]:
    """The rows with their names, so that two worlds whose directories differ can be compared."""
    return [_column(block, name, platform) for name in block.stream.columns if name not in but]


def _column(block: Block, name: str, platform: Platform) -> list[str] | list[int]:
    kind = block.stream.columns[name]
    if kind is Kind.TEXT:
        return texts_of(block, name)
    values = values_of(block, name)
    return platform.directory.texts(values.astype(np.int32)) if kind is Kind.NAME else values.tolist()


def test_every_stream_has_rows_of_its_day_in_whole_numbers() -> None:
    platform, days = lived()
    seen = set()
    for day in days:
        for block in blocks([day], platform):
            seen.add(block.stream.code)
            times = values_of(block, "time")
            assert ((times >= day.midnight_us) & (times < day.at(24))).all(), block.stream.code
            for name, kind in block.stream.columns.items():
                values = block.values[name]
                assert len(told(block, platform)[list(block.values).index(name)]) == len(block)
                if isinstance(values, np.ndarray):
                    assert values.dtype == TYPES.get(kind, np.int64), (block.stream.code, name)
                if kind is Kind.NAME:
                    assert isinstance(values, np.ndarray)
                    assert ((values >= ABSENT) & (values < len(platform.directory.names))).all()
    streams = {stream.code for surrounding in platform.surroundings.values() for stream in surrounding.streams}
    assert len(streams) == 15
    assert seen | {"complaints"} == streams  # seven hundred clients may have nothing to complain about


def test_the_same_setting_writes_the_same_twice() -> None:
    platform, days = lived()
    again = Platform(SETTING)
    for day, other in zip(days, again.days(), strict=True):
        assert [told(b, platform) for b in blocks([day], platform)] == [
            told(b, again) for b in blocks([other], again)
        ]


def test_somebody_more_changes_nothing_for_the_others() -> None:
    """As an incident does, an account is added that nothing of everyday life happens to."""
    platform, days = lived()
    other = Platform(SETTING)
    other.people.add(3)
    # The numbers of loans and clients' money in what is published count everybody.
    apart = {"disclosures", "partner_deliveries", "requests"}
    for day, twin in zip(days[:30], other.days(), strict=False):
        pairs = zip(blocks([day], platform), blocks([twin], other), strict=True)
        for block, same in pairs:
            if block.stream.code not in apart:
                assert told(block, platform, but=("device", "channel")) == told(
                    same, other, but=("device", "channel")
                )


def test_clients_log_in_about_once_a_week_and_seldom_fail() -> None:
    platform, days = lived()
    a_year = len(column(days, LOGINS, "time")) * 365 / (SETTING.days * SETTING.clients)
    assert 30 < a_year < 65  # the first days, in which cards are confirmed, among them
    success = column(days, LOGINS, "success")
    assert 0.03 < 1 - success.mean() < 0.08
    new = np.flatnonzero(column(days, LOGINS, "known_device") == 0)
    assert 5 < len(new) < 0.02 * len(success)
    client, device, time = (column(days, LOGINS, name) for name in ("client", "device", "time"))
    for row in new.tolist():
        earlier = (client == client[row]) & (device == device[row]) & (time < time[row]) & (success == 1)
        assert not earlier.any()
    at_home = [
        home_network(platform, platform.client_of(number)).split("/")[0] for number in client[:400].tolist()
    ]
    where = [network.split("/")[0] for network in texts(days, LOGINS, "network")[:400]]
    assert 0.9 < np.mean([home == there for home, there in zip(at_home, where, strict=True)]) < 1


def test_whoever_instructs_has_logged_in_before() -> None:
    _, days = lived()
    for day in days[1:20]:
        logged = column([day], LOGINS, "client"), column([day], LOGINS, "time")
        by_client = day.rows[day.rows["device"] != ABSENT]
        for who, at_us in zip(by_client["instructed_by"].tolist(), by_client["event_us"].tolist(), strict=True):
            before = (logged[0] == who) & (logged[1] <= at_us)
            assert before.any() or at_us - day.midnight_us < 3_600_000_000


def test_published_figures_follow_from_the_books() -> None:
    _, days = lived()
    first = next(day for day in days if DISCLOSURES.code in day.blocks)
    figure = dict(
        zip(texts([first], DISCLOSURES, "figure"), column([first], DISCLOSURES, "value").tolist(), strict=True)
    )
    assert set(figure) == set(FIGURES)
    started = lived()[0].calendar.date_of(0)
    assert set(texts([first], DISCLOSURES, "period")) == {f"{started.year}-01"}
    january = np.concatenate([day.rows[~day.refused] for day in days[: first.number]])
    assert figure["repaid-in-month"] == january["amount_minor"][january["kind"] == MovementKind.REPAYMENT].sum()
    paid_out = (january["kind"] == MovementKind.DISBURSEMENT) & (january["phase"] == Phase.POST)
    assert figure["disbursed-in-month"] == january["amount_minor"][paid_out].sum()
    assert figure["lenders"] > figure["borrowers"] == figure["loans-number"] > figure["overdue-loans"] > 0


def test_partners_are_mostly_in_time_and_guarantors_within_their_means() -> None:
    platform, days = lived()
    late = column(days, PARTNER_DELIVERIES, "time") > column(days, PARTNER_DELIVERIES, "due")
    assert late.mean() < 0.1
    items = np.array(texts(days, PARTNER_DELIVERIES, "item"))
    value = column(days, PARTNER_DELIVERIES, "value")
    guaranteed, own = value[items == "guaranteed-balance"], value[items == "net-assets"]
    assert len(own) >= 3 * len([p for p in platform.partners if p.kind == "guarantor"]) - 3
    assert 0 < guaranteed.mean() / own.mean() < 10
    assert 0 <= value[items == "first-payment-default"].max() <= 1000
    referred = value[items == "referred-loans"].sum()
    opened = (platform.loans.partner != ABSENT) & (platform.loans.opened_day >= 0)
    assert 0.8 < referred / opened.sum() <= 1


def test_requests_follow_the_people_and_are_seldom_in_error() -> None:
    _, days = lived()
    requests, errors = column(days, REQUESTS, "requests"), column(days, REQUESTS, "errors")
    assert len(requests) == SETTING.days * 288 * 5
    assert (errors <= requests).all()
    assert errors.sum() / requests.sum() < 0.001
    by_hour = requests.reshape(SETTING.days, 24, -1).sum((0, 2))
    assert by_hour[20] > 5 * by_hour[3]


def test_staff_use_what_their_desk_gives_them() -> None:
    platform, days = lived()
    desks = {staff.number: staff for staff in platform.staff}
    for day in days:
        staff = column([day], PERMISSION_USE, "staff").tolist()
        for number, permission in zip(staff, texts([day], PERMISSION_USE, "permission"), strict=True):
            assert permission in desks[number].permissions_on(day.number)
