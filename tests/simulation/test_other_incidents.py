"""Incidents that take no client's money themselves: what they write, cost and set off, and what softens them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from small_platforms import CLIENTS, FIRST_DAY, Played, play, played, sketched

from bulkhead.kernel.plugins import discover
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import DAY_US
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Dials
from bulkhead.simulation.platform.responses import ACTIONS
from bulkhead.simulation.platform.setting import FIRST_MIDNIGHT_US, Planned, Response, Setting

KINDS = discover("bulkhead.simulation.incidents", "INCIDENT", IncidentKind)
FAMILIES = {
    "breach-and-exfiltration": Family.TECHNICAL,
    "capacity-collapse": Family.TECHNICAL,
    "failed-drill": Family.OPERATIONAL,
    "false-rumour": Family.REPUTATION,
    "funding-dry-up": Family.LIQUIDITY,
    "fx-shock": Family.MARKET,
    "late-patch": Family.TECHNICAL,
    "missed-law": Family.LEGAL,
    "outage": Family.TECHNICAL,
    "permission-creep": Family.OPERATIONAL,
    "price-war": Family.BUSINESS,
    "rate-shock": Family.MARKET,
    "window-guidance": Family.POLICY,
    "wrong-disclosure": Family.LEGAL,
}
CODES = tuple(FAMILIES)
# At these speeds each is over, or under way, within the tests' 45 days.
SPEEDS = dict.fromkeys(CODES, 7) | {
    "breach-and-exfiltration": 5,
    "false-rumour": 5,
    "fx-shock": 5,
    "outage": 5,
    "wrong-disclosure": 5,
}
# What an attentive person would notice of each; more of it is easier to notice.
Evidence = Callable[[Played], int]


def records(*streams: str) -> Evidence:
    return lambda seen: sum(plot.records.get(stream, 0) for plot in seen.plots[:1] for stream in streams)


EVIDENCE: dict[str, Evidence] = {
    "breach-and-exfiltration": records("posts"),
    "capacity-collapse": records("complaints", "posts"),
    "failed-drill": records("backups_and_drills"),
    "false-rumour": records("posts"),
    "funding-dry-up": lambda seen: sum(day.funding_cost_bp for day in seen.conditions),
    "fx-shock": lambda seen: -sum(day.fx_shift_bp for day in seen.conditions),
    "late-patch": lambda seen: sum(day.load_per_mille for day in seen.conditions),
    "missed-law": lambda seen: seen.of("missed-law").harm_minor,
    "outage": lambda seen: sum(day.down_minutes for day in seen.conditions),
    "permission-creep": records("permission_use"),
    "price-war": records("posts", "complaints"),
    "rate-shock": lambda seen: sum(day.rate_shift_bp for day in seen.conditions),
    "window-guidance": records("posts"),
    "wrong-disclosure": lambda seen: -seen.sums["disclosures.value"],
}


def with_dials(code: str, size: int = 5, stealth: int = 3, speed: int | None = None) -> Played:
    return sketched(code, Dials(size, stealth, speed or SPEEDS[code]))


def test_all_kinds_are_there_and_every_family_of_risk_has_one() -> None:
    assert {code: KINDS[code].family for code in CODES} == FAMILIES
    assert {kind.family for kind in KINDS.values()} == set(Family)


@pytest.mark.parametrize("code", CODES)
def test_a_kind_tells_its_story_in_both_languages_and_where_it_can_be_seen(code: str) -> None:
    kind = KINDS[code]
    for words in (kind.title, kind.story):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words.zh)
        assert words.en.isascii()
    assert set(kind.seen_in) <= played("").streams | {"movements"}
    assert kind.days >= 1


def test_the_same_seed_makes_the_same_world_with_all_of_them_at_once() -> None:
    planned = tuple(Planned(code, FIRST_DAY, Dials(5, 3, SPEEDS[code])) for code in CODES)
    first, again = (play(Setting(5, CLIENTS, 34, planned)) for _ in range(2))
    assert again.digest == first.digest
    assert again.truth == first.truth
    assert {incident.code for incident in first.truth.incidents} >= set(CODES)
    assert first.digest != played("").digest


@pytest.mark.parametrize("code", CODES)
def test_the_truth_tells_what_stands_in_the_rows(code: str) -> None:
    seen, quiet = played(code, Dials(5, 3, SPEEDS[code])), played("")
    incident = next(incident for incident in seen.truth.incidents if incident.code == code)
    plot = seen.of(code)
    assert incident.loss_minor == plot.loss_minor >= 0
    assert plot.loss_minor + plot.harm_minor > 0
    assert incident.down_minutes <= sum(day.down_minutes for day in seen.conditions)
    assert incident.first_us >= FIRST_MIDNIGHT_US + FIRST_DAY * DAY_US
    assert len(incident.harm_ids) == len(set(incident.harm_ids))
    assert (len(incident.harm_ids) > 0) == (incident.amount_minor > 0)
    for stream in ("deployments", "vulnerabilities", "duties", "laws"):  # nobody else writes more because of it
        noted = sum(plot.records.get(stream, 0) for plot in seen.plots)
        assert seen.rows[stream] - quiet.rows[stream] == noted


@pytest.mark.parametrize("code", CODES)
def test_size_makes_it_cost_more(code: str) -> None:
    costs = [with_dials(code, size=size).cost_minor(code) for size in (2, 5, 9)]
    assert costs[0] < costs[1] < costs[2]


@pytest.mark.parametrize("code", CODES)
def test_stealth_leaves_less_to_be_noticed(code: str) -> None:
    open_, hidden = (EVIDENCE[code](with_dials(code, stealth=stealth)) for stealth in (3, 9))
    assert hidden < open_


@pytest.mark.parametrize("code", CODES)
def test_speed_shortens_it(code: str) -> None:
    slow, fast = (with_dials(code, speed=speed) for speed in (None, 9))
    assert lasts_us(fast, code) < lasts_us(slow, code)


def lasts_us(seen: Played, code: str) -> int:
    """From its first trace to its last; of market moves, which stay, until they are complete."""
    plot = seen.of(code)
    assert plot.first_us is not None
    assert plot.last_us is not None
    if code not in {"rate-shock", "fx-shock"}:
        return plot.last_us - plot.first_us
    moved = [abs(day.rate_shift_bp) + abs(day.fx_shift_bp) for day in seen.conditions]
    return moved.index(max(moved))


# kind, action, dose, days after the first one on which it is taken: early, later
SOFTENED = (
    ("breach-and-exfiltration", "revoke-permission", 1, 2, 8),
    ("capacity-collapse", "add-capacity", 1200, 4, 14),
    ("capacity-collapse", "shed-load", 600, 4, 14),
    ("failed-drill", "run-drill", 2, 2, 14),
    ("false-rumour", "publish-correction", 800, 0, 1),
    ("funding-dry-up", "raise-buffer", 600, 1, 10),
    ("fx-shock", "hedge-fx", 800, 0, 3),
    ("late-patch", "patch-now", 1, 2, 10),
    ("missed-law", "review-law", 3, 4, 16),
    ("outage", "roll-back", 1, 0, 1),
    ("outage", "run-drill", 2, -5, -1),
    ("permission-creep", "revoke-permission", 1, 3, 15),
    ("price-war", "retain-clients", 700, 2, 20),
    ("rate-shock", "rebalance-assets", 500, 2, 20),
    ("window-guidance", "shrink-book", 900, 2, 15),
    ("wrong-disclosure", "publish-correction", 800, 2, 40),
)


@pytest.mark.parametrize(("code", "action", "dose", "early", "late"), SOFTENED)
def test_the_earlier_the_response_the_smaller_the_loss(
    code: str, action: str, dose: int, early: int, late: int
) -> None:
    dials = Dials(5, 3, SPEEDS[code])
    nothing = sketched(code, dials).cost_minor(code)
    soon, later = (
        sketched(code, dials, (Response(FIRST_DAY + after, action, dose),)).cost_minor(code)
        for after in (early, late)
    )
    assert soon <= later <= nothing
    assert soon < nothing


@pytest.mark.parametrize(
    ("code", "action", "doses"),
    [
        ("capacity-collapse", "add-capacity", (300, 900, 2000)),
        ("capacity-collapse", "shed-load", (200, 500, 900)),
        ("rate-shock", "rebalance-assets", (200, 500, 1000)),
        ("missed-law", "review-law", (1, 3, 8)),
    ],
)
def test_more_of_a_response_saves_more_and_all_of_it_beforehand_saves_everything(
    code: str, action: str, doses: tuple[int, ...]
) -> None:
    dials = Dials(5, 3, SPEEDS[code])
    costs = [sketched(code, dials, (Response(FIRST_DAY + 3, action, dose),)).cost_minor(code) for dose in doses]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[-1]
    before = sketched(code, dials, (Response(0, action, doses[-1]),))
    assert before.cost_minor(code) == 0


def test_every_response_has_a_price_and_bends_nothing_that_is_not_bent() -> None:
    for action in ACTIONS.values():
        assert action.cost_minor(100, 1000, 30) > 0
    quiet = played("")
    for code in ("shed-load", "inform-clients"):
        answered = played("", None, (Response(5, code, 500),))
        assert answered.digest == quiet.digest


def causes(seen: Played) -> set[tuple[str, str]]:
    return {(plot.triggered_by, plot.code) for plot in seen.plots if plot.triggered_by}


def test_a_patch_that_comes_too_late_lets_somebody_in_who_takes_over_accounts() -> None:
    seen = sketched("late-patch", Dials(6, 3, 8))
    assert {("late-patch", "breach-and-exfiltration"), ("breach-and-exfiltration", "account-takeover")} <= causes(
        seen
    )
    patched = sketched("late-patch", Dials(6, 3, 8), (Response(FIRST_DAY + 1, "patch-now", 1),))
    assert not causes(patched)
    assert patched.cost_minor("late-patch") < seen.cost_minor("late-patch")


def test_an_outage_is_complained_about_then_written_about_then_money_goes() -> None:
    seen = sketched("outage", Dials(9, 3, 8))
    day = seen.conditions[FIRST_DAY]
    assert day.complaints_per_mille > 2000
    assert day.withdrawals_per_mille == 1000
    assert seen.conditions[FIRST_DAY + 1].posts_per_mille > day.posts_per_mille
    assert seen.conditions[FIRST_DAY + 2].withdrawals_per_mille > 1500
    assert ("outage", "false-rumour") in causes(seen)


def test_rates_that_eat_the_margin_frighten_those_who_fund_the_platform() -> None:
    seen = sketched("rate-shock", Dials(8, 3, 8), days=90)
    assert causes(seen) == {("rate-shock", "funding-dry-up")}
    moved = sketched("rate-shock", Dials(8, 3, 8), (Response(FIRST_DAY, "rebalance-assets", 900),), days=90)
    assert not causes(moved)


def test_retries_of_a_full_system_are_carried_out_twice() -> None:
    seen = sketched("capacity-collapse", Dials(8, 2, 7))
    plot, incident = seen.of("capacity-collapse"), seen.truth.incidents[0]
    assert plot.down_minutes > 0
    assert 0 < len(incident.harm_ids) <= len(incident.movement_ids) // 2
    assert plot.records["instructions"] > 0
