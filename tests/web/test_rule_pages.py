"""Rules in the console: the set in force, a rule's life, and the way from a draft to a proposal."""

from __future__ import annotations

import re

import pytest

from bulkhead.decision.rule_set import default_rule_set, parse_rule_set
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.glance import recent
from bulkhead.runtime.proposal_history import find_proposal
from bulkhead.runtime.service.serving import Serving
from bulkhead.web.books import book
from bulkhead.web.office.drafts import RuleDraft
from bulkhead.web.office.editing import check, place_of, theme_text
from bulkhead.web.office.rule_changes import changes, counted
from web_fixtures import OTHER, Staff, entered

pytestmark = pytest.mark.usefixtures("console_house")

BASE = default_rule_set()


def edited(was: str, now: str, theme: str = "") -> str:
    text = theme_text(BASE, theme)
    assert was in text
    return text.replace(was, now, 1)


def test_every_difference_of_two_sets_is_told_and_nothing_else() -> None:
    head, *rules = BASE.text.split("[[rules]]")
    kept = [rule for rule in rules if '"night.burst"' not in rule]
    kept[0] = kept[0].replace("> 5 *", "> 6 *").replace('severity = "medium"', 'severity = "high"')
    after = parse_rule_set("[[rules]]".join([head.replace('CNY = "1500.00"', 'CNY = "1600.00"'), *kept]))
    found = {(change.kind, change.code): change for change in changes(BASE, after)}
    assert found.keys() == {
        ("changed", "modest"),
        ("changed", "amounts.above_habit"),
        ("removed", "night.burst"),
    }
    parts = {part.name.en: part for part in found["changed", "amounts.above_habit"].parts}
    assert parts.keys() == {"Severity", "Condition"}
    assert [(run.kind, run.text) for run in parts["Condition"].runs if run.kind != "same"] == [
        ("del", "5"),
        ("ins", "6"),
    ]
    assert changes(after, after) == ()
    assert counted(changes(after, BASE)) == {"added": 1, "removed": 0, "changed": 2}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a = \n", 1, 5),
        (edited("amount > 5", "amont > 5"), None, None),
        (edited('severity = "medium"', 'severity = "mild"'), None, None),
        (edited("> 5 *", "> 5 +", "amounts").split("[[rules]]", 2)[0] + "[[rules]]\ncode = 3\n", 1, 0),
    ],
)
def test_what_is_wrong_is_shown_where_it_is(text: str, line: int | None, column: int | None) -> None:
    checked = check(text, "", BASE)
    assert checked.problem
    assert checked.rule_set is None
    assert not checked.fit
    assert checked.place is not None
    if line is None:
        shown = text.splitlines()[checked.place.line - 1]
        assert "amont" in shown or "[[rules]]" in shown or 'code = "amounts.above_habit"' in shown
    else:
        assert checked.place.line == line
        assert column is None or checked.place.column == column


def test_a_column_of_a_condition_is_a_column_of_its_line() -> None:
    text = '[[rules]]\ncode = "a.b"\nwhen = "amount > "\n'
    place = place_of("rule 'a.b': column 10: expected a name", text)
    assert place is not None
    assert (place.line, text.splitlines()[2][place.column - 1 :]) == (3, '"')


def test_a_theme_keeps_to_itself() -> None:
    assert check(theme_text(BASE, "night"), "night", BASE).changes == ()
    checked = check(edited("hour < 5", "hour < 6", "night"), "night", BASE)
    assert [change.code for change in checked.changes] == ["night.burst"] or checked.changes
    assert all(change.code.startswith("night.") for change in checked.changes)
    foreign = check(theme_text(BASE, "velocity"), "night", BASE)
    assert "does not belong to the theme" in foreign.problem


def test_an_example_that_fails_keeps_a_set_from_being_proposed() -> None:
    checked = check(edited("payer.distinct_1h >= 3", "payer.distinct_1h >= 300", "night"), "night", BASE)
    assert checked.failed
    assert not checked.fit


def test_rules_in_force_say_how_often_they_hit_and_lead_there(staff: Staff, town: str) -> None:
    client = entered(staff("rule-analyst"))
    page = client.get(f"/i/{town}/rules/").text
    counted_rows = recent(book(town).stores)
    assert counted_rows.movements == sum(counted_rows.outcomes.values()) > 1_000
    code, hits = max(counted_rows.hits.items(), key=lambda pair: pair[1])
    address = f"/i/{town}/decisions/?rule={code}&amp;position_from={counted_rows.first}"
    assert re.search(rf'href="{re.escape(address)}">{hits:,}<', page)
    found = client.get(f"/i/{town}/decisions/table/count/?rule={code}&position_from={counted_rows.first}").text
    assert f"{hits:,}" in found
    one = client.get(f"/i/{town}/rules/rule/{code}/").text
    assert "Latest hits" in one
    assert client.get(f"/i/{town}/rules/rule/no.such_rule/").status_code == 404
    assert client.get(f"/i/{town}/rules/sets/999/").status_code == 404
    for path in ("rules/sets/", "rules/sets/1/", "rules/compare/", "rules/compare/?from=x&to=99999999999"):
        assert client.get(f"/i/{town}/{path}").status_code == 200, path


def test_from_a_draft_to_a_proposal(staff: Staff, town: str, engine: Serving) -> None:
    analyst = staff("rule-analyst")
    client = entered(analyst)
    root = f"/i/{town}/rules/drafts/"
    where = client.post(f"{root}new/", {"name": "Nights", "theme": "night"})["Location"]
    assert "Nights" in client.get(root).text
    draft = RuleDraft.objects.get(account=analyst)
    assert draft.text == theme_text(BASE, "night")
    assert "There is nothing to propose yet." in client.get(where).text
    client.post(f"{where}propose/", {"text": "[[rules", "name": "Nights"})
    page = client.get(where).text
    assert "It is not fit yet" in page
    assert "line 1" in page
    text = edited("hour < 5", "hour < 6", "night").replace("\n", "\r\n")
    looked = client.post(f"{where}check/", {"text": text}).text
    assert "Fit to propose" in looked
    assert "<html" not in looked
    draft.refresh_from_db()
    assert draft.text == "[[rules", "to look is not to save"
    answer = client.post(f"{where}propose/", {"text": text, "name": "Nights"})
    draft.refresh_from_db()
    assert draft.proposal is not None
    assert answer["Location"] in (f"/i/{town}/inbox/{draft.proposal}/", where)
    told = find_proposal(book(town).stores, draft.proposal, SystemClock().now_us())
    assert told is None or told.maker == analyst.person.code


def test_a_draft_is_its_writers_alone(staff: Staff, town: str) -> None:
    writer, other = staff("rule-analyst"), staff("rule-analyst")
    abroad = staff("rule-analyst", institution=OTHER)
    where = entered(writer).post(f"/i/{town}/rules/drafts/new/", {"name": "Mine"})["Location"]
    for stranger in (other, abroad):
        client = entered(stranger)
        for part in ("check/", "save/", "propose/", "delete/"):
            assert client.post(where + part, {"text": ""}).status_code == 404
        assert client.get(where).status_code == 404
        assert client.get(where.replace(f"/{town}/", f"/{OTHER}/")).status_code == 404
    assert entered(writer).get(where).status_code == 200
    entered(writer).post(f"{where}delete/")
    assert entered(writer).get(where).status_code == 404


def test_text_of_strangers_is_shown_as_text(staff: Staff, town: str) -> None:
    client = entered(staff("rule-analyst"))
    where = client.post(f"/i/{town}/rules/drafts/new/", {"name": "<script>alert(1)</script>"})["Location"]
    client.post(f"{where}save/", {"text": "</textarea><script>alert(2)</script>"})
    for page in (client.get(where).text, client.get(f"/i/{town}/rules/drafts/").text):
        assert "<script>alert" not in page
