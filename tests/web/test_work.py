"""The work that waits: what each person finds there, and what a proposal tells them."""

from __future__ import annotations

import pytest

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.runtime.service.commands import Person, Proposed, ProposeRules
from bulkhead.runtime.service.serving import Serving
from bulkhead.web.people.models import Account
from web_fixtures import Staff, entered

pytestmark = pytest.mark.usefixtures("console_house")


def proposed(engine: Serving, maker: Account, text: str) -> Proposed:
    reply = engine.ask(ProposeRules(text, Person(maker.person.code, maker.username)))
    assert isinstance(reply, Proposed)
    return reply


def a_stricter_set(words: str) -> str:
    """The house's rules with one of them worded otherwise, and one gone."""
    text = default_rule_set().text
    head, *rules = text.split("[[rules]]")
    kept = [rule for rule in rules if '"night.burst"' not in rule]
    kept[0] = kept[0].replace('title = { en = "', f'title = {{ en = "{words} ', 1)
    return "[[rules]]".join([head, *kept])


def test_a_proposal_waits_for_others_and_not_for_its_maker(staff: Staff, town: str, engine: Serving) -> None:
    analyst, officer, auditor = staff("rule-analyst"), staff("risk-officer"), staff("auditor")
    number = proposed(engine, analyst, a_stricter_set("Whether")).number
    address = f"/i/{town}/inbox/{number}/"
    assert address in entered(officer).get(f"/i/{town}/inbox/").text
    assert address not in entered(analyst).get(f"/i/{town}/inbox/").text
    assert address in entered(analyst).get(f"/i/{town}/inbox/?tab=mine").text
    assert address not in entered(auditor).get(f"/i/{town}/inbox/").text
    assert address in entered(auditor).get(f"/i/{town}/inbox/?tab=all").text
    page = entered(officer).get(address).text
    assert "<ins>Whether" in page
    assert "night.burst" in page
    assert "Approve exactly this" in page
    assert "Approve exactly this" not in entered(analyst).get(address).text
    assert "Withdraw it" in entered(analyst).get(address).text
