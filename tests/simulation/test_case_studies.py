"""The case studies: what they rest on, how they are played, and that nothing comes of a mechanism that is off."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import StringIO

import pytest
from rich.console import Console

from bulkhead.cli.case_study_view import show_case
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language
from bulkhead.risk.indicator import indicators
from bulkhead.simulation.case_studies.case import STOPPED, Watch, cases
from bulkhead.simulation.case_studies.estimates import effects_of, mean_of, share_of
from bulkhead.simulation.case_studies.result import CaseResult, Side, decode_case, encode_case
from bulkhead.simulation.case_studies.study import Asked, study
from bulkhead.simulation.case_studies.twins import began_day_of, play_twins, setting_of
from bulkhead.simulation.platform.planning import incident_kinds
from bulkhead.simulation.platform.responses import ACTIONS

CASES = cases()
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@cache
def legal(*, mechanism: bool) -> CaseResult:
    """A quick study: two small worlds of the law that nobody read."""
    return study(Asked("legal", (1, 2), 300, 70, mechanism=mechanism))


def test_there_are_the_five_cases_of_the_mission() -> None:
    assert set(CASES) == {"technical", "operational", "moral-hazard", "market", "legal"}


@pytest.mark.parametrize("code", list(CASES))
def test_a_case_names_what_there_is(code: str) -> None:
    case = CASES[code]
    assert set(case.incidents) <= set(incident_kinds())
    assert {watch.source for watch in case.watches} <= {STOPPED, *indicators()}
    actions = {watch.action for watch in case.watches}
    assert actions <= set(ACTIONS)
    assert case.targeted <= actions
    assert all(watch.reaction_days >= 1 for watch in case.watches), "people take at least a night"
    assert case.missing, "links that are missing are named"
    for words in (case.title, case.story, case.response, *case.assumptions, *case.missing):
        assert words.en.strip()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words.zh), words


def test_the_missed_law_is_identified_answered_and_costs_less() -> None:
    result = legal(mechanism=True)
    assert result.identified.mean == 1
    for run in result.runs:
        assert run.identified is not None
        assert run.identified.code == "R9.laws-unreviewed"
        assert run.delay_days == 15, "amber beyond 14 days"
        first = min(run.responses, key=lambda each: each.day)
        assert first.action == "review-law"
        assert first.day == run.identified.day + 2, "the reaction time that the case states"
        assert run.guarded.loss_minor < run.bare.loss_minor
        assert run.net_minor == run.avoided_minor - run.response_cost_minor - run.guarded.hold_cost_minor
    assert result.effects[0].difference.mean > 0
    assert {link.kind for link in result.chain} >= {"noticed", "answered"}


def test_twins_are_one_world_until_the_first_response() -> None:
    shown = legal(mechanism=True).shown
    assert shown is not None
    first = min(each.day for each in shown.run.responses)
    for curve in shown.curves:
        assert curve.bare[:first] == curve.guarded[:first], curve.code
    assert shown.bare_loss_minor[-1] == shown.run.bare.loss_minor
    assert shown.guarded_loss_minor[-1] == shown.run.guarded.loss_minor


def test_a_mechanism_that_is_off_changes_nothing() -> None:
    result = legal(mechanism=False)
    assert result.control is not None
    for effect in result.control.same_seed:
        assert (effect.difference.mean, effect.difference.low, effect.difference.high) == (0, 0, 0), effect.code
    loss = result.control.other_seed[0].difference
    assert loss.low <= 0 <= loss.high, "two worlds differ by noise"
    assert result.identified.mean == 0
    assert result.net_minor.mean == 0


def test_where_nothing_happens_false_alarms_and_their_cost_are_counted() -> None:
    placebo = legal(mechanism=True).placebo
    assert placebo is not None
    assert placebo.false_alarms.mean > 0, "an interest gap that stands from the first day is one"
    assert placebo.cost_minor.mean > 0
    assert sum(each.count for each in placebo.by) == placebo.false_alarms.mean * placebo.false_alarms.count


def test_a_seed_is_the_same_again_and_a_study_survives_as_json() -> None:
    result = legal(mechanism=True)
    assert decode_case(encode_case(result)) == result
    again = play_twins(CASES["legal"], setting_of(CASES["legal"], seed=1, clients=300, days=70)).run
    assert again == result.runs[0]


@pytest.mark.parametrize("mechanism", [True, False])
def test_the_table_says_it_in_both_languages(mechanism: bool) -> None:
    said = {}
    for language in LANGUAGES:
        page = Console(width=160, file=StringIO(), record=True, highlight=False)
        show_case(page, legal(mechanism=mechanism), language)
        said[language] = page.export_text()
    result = legal(mechanism=mechanism)
    assert result.title.en in said["en"]
    assert result.title.zh in said["zh"]
    assert ("Net benefit" in said["en"]) == mechanism, "a control has none"
    assert ("净收益" in said["zh"]) == mechanism
    assert all(words.zh in "".join(said["zh"].split("\n")) for words in result.missing) == mechanism


def test_what_is_no_study_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadInput, match="no case study"):
        study(Asked("weather", (1, 2), 300, 70))
    with pytest.raises(BadInput, match="2 different seeds"):
        study(Asked("legal", (1, 1), 300, 70))
    with pytest.raises(BadInput, match="no stored case study"):
        decode_case(b'{"schema": 1}')
    with pytest.raises(BadInput, match="schema 99"):
        decode_case(encode_case(replace(legal(mechanism=True), schema=99)))


def test_an_insider_is_stopped_by_taking_permissions_back() -> None:
    case = replace(CASES["operational"], incidents=("insider-misuse",), first_day=36)
    setting = setting_of(case, seed=3, clients=300, days=75)
    run = play_twins(case, setting).run
    assert run.began_day == began_day_of(setting)
    assert run.identified is not None
    assert [each.action for each in run.responses if not each.in_vain] == ["revoke-permission"]
    assert run.guarded.booked_minor < run.bare.booked_minor


def test_a_response_before_anything_began_is_in_vain() -> None:
    """An alarm that is true for nobody yet costs as much, helps nobody, and leaves the world as it was."""
    case = replace(CASES["operational"], watches=(Watch("M5.repricing-gap", 1, "revoke-permission", 2),))
    setting = setting_of(case, seed=2, clients=300, days=75)
    run = play_twins(case, setting).run
    assert [each.in_vain for each in run.responses] == [True], "the gap stands from the first day, before all else"
    assert run.responses[0].cost_minor > 0
    assert run.identified is None
    assert run.guarded.other_minor == run.bare.other_minor


def test_intervals_are_over_seeds_and_pairs() -> None:
    sides = [(_side(100 + k), _side(k)) for k in (0, 50, 100)]
    loss = effects_of(sides)[0]
    assert (loss.difference.mean, loss.difference.low, loss.difference.high) == (100, 100, 100)
    assert loss.bare.low < loss.bare.mean < loss.bare.high
    assert mean_of([3, 5]).mean == 4
    all_of = share_of([True] * 30)
    assert all_of.mean == 1
    assert 0.85 < all_of.low < 0.9, "30 of 30 prove no certainty"


def _side(loss_minor: int) -> Side:
    return Side(loss_minor, loss_minor, 0, 0, 0, 0, 0, 0)
