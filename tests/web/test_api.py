"""The API at work: the examples of its document, and the same answers and refusals as on the pages."""

from __future__ import annotations

import json
import re
import shlex
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bulkhead.runtime.service.serving import Serving
from bulkhead.web.api.errors import BODY_BYTES_MAX
from bulkhead.web.people.models import Account
from test_api_tokens import token_of
from web_fixtures import Staff, entered

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
CURLS = re.findall(r"^curl .*$", DOCUMENT, re.MULTILINE)


def curl(line: str, account: Account, token: str) -> Any:
    """What a curl command of the document gets, asked of the test's console."""
    words = shlex.split(line.replace("$TOKEN", token).replace("$BULKHEAD", ""))[1:]
    method, headers, body, path = "GET", {}, b"", ""
    while words:
        match words.pop(0):
            case "-s":
                continue
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name.lower()] = value
            case "-d":
                body = words.pop(0).encode()
            case word:
                assert word.startswith("/"), word
                path = word
    kind = headers.pop("content-type", "application/json")
    answer = Client().generic(method, path, body, content_type=kind, headers=headers)
    return answer.status_code, answer.json()


def test_every_example_of_the_document_works(engine: Serving, town: str, staff: Staff) -> None:
    from bulkhead.web.tasks.models import LIVE, JobRun
    from bulkhead.web.tasks.queueing import cancel

    for left_waiting in JobRun.objects.filter(institution=town, state__in=LIVE):
        cancel(left_waiting)
    account = staff("risk-officer")
    token = token_of(account)
    found = [curl(line, account, token) for line in CURLS]
    assert [status for status, _ in found] == [200] * (len(CURLS) - 1) + [422]
    (example,) = re.findall(r"```json\n(.*?)\n```", DOCUMENT)
    assert found[-1][1] == json.loads(example)
    _, me = found[0]
    assert me["account"] == account.username
    _, alarms = found[1]
    assert all(row["amount"]["minor"] >= 100_000 for row in alarms["decisions"])
    _, totals = found[4]
    assert [book["sum_minor"] for book in totals["books"]] == [0]


def until_read(client: Client, path: str) -> None:
    """What is read follows the journal within a second, or a few on a machine with much to do."""
    for _ in range(100):
        if client.get(path).status_code == 200:
            return
        time.sleep(0.1)


def get(client: Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_pages_of_a_search_follow_each_other_without_gap_or_repeat(
    engine: Serving, town: str, staff: Staff
) -> None:
    client = entered(staff("auditor"))
    base = f"/api/i/{town}/decisions?kind=deposit&kind=bid&limit=37"
    sequences: list[int] = []
    page = get(client, base)
    while True:
        sequences += [row["sequence"] for row in page["decisions"]]
        assert {row["kind"] for row in page["decisions"]} <= {"deposit", "bid"}
        if page["next"] is None:
            break
        page = get(client, f"{base}&before={page['next']}")
    whole = get(client, f"/api/i/{town}/decisions?limit=200&kind=deposit&kind=bid")
    assert sequences == sorted(set(sequences), reverse=True)
    assert sequences[:200] == [row["sequence"] for row in whole["decisions"]]


def test_every_decision_of_the_api_is_the_page_s(engine: Serving, town: str, staff: Staff) -> None:
    client = entered(staff("risk-officer"))
    row = get(client, f"/api/i/{town}/decisions?outcome=hold&limit=1")["decisions"][0]
    one = get(client, f"/api/i/{town}/decisions/{row['sequence']}")
    assert one["outcome"]["code"] == row["outcome"] == "hold"
    assert one["effective"]["us"] == row["effective"]["us"]
    assert one["effective"]["utc"].endswith("Z")
    assert one["reason"]["children"], "a hold has a reason"
    assert one["proof"]["holds"] is True
    page = client.get(f"/i/{town}/decisions/{row['sequence']}/").text
    assert one["sentence"]["en"] in page.replace("&#x27;", "'")


def test_names_are_masked_for_whoever_may_not_see_them(engine: Serving, town: str, staff: Staff) -> None:
    clear, masked = (entered(staff(role)) for role in ("risk-officer", "auditor"))
    path = f"/api/i/{town}/decisions?kind=deposit&limit=5"
    for seen, hidden in zip(get(clear, path)["decisions"], get(masked, path)["decisions"], strict=True):
        assert seen["credit_account"]["name"] == hidden["credit_account"]["name"]
        assert "***" not in seen["credit_account"]["shown"]
        assert "***" in hidden["credit_account"]["shown"]
    name = get(masked, path)["decisions"][0]["credit_account"]["name"]
    found = get(masked, f"/api/i/{town}/decisions?party={name}&limit=1")
    assert found["decisions"], "by its token it can be followed"
    guess = masked.get(f"/api/i/{town}/decisions?party=client:1")
    assert (guess.status_code, guess.json()["error"]["code"]) == (422, "invalid")


def test_a_statement_ends_at_the_account_s_balance(engine: Serving, town: str, staff: Staff) -> None:
    client = entered(staff("custody-operations"))
    accounts = get(client, f"/api/i/{town}/accounts?account_class=client&limit=3&at=1000")["accounts"]
    assert accounts
    for one in accounts:
        lines = get(client, f"/api/i/{town}/accounts/{one['number']}/statement?at=1000&limit=200")["lines"]
        booked = [line for line in lines if line["status"] == "booked"]
        if booked:
            assert booked[0]["balance_minor"] == one["posted_minor"]


def test_a_hold_ends_in_the_journal_and_once(engine: Serving, town: str, staff: Staff) -> None:
    client = entered(staff("custody-operations"))
    waiting = get(client, f"/api/i/{town}/holds")["holds"]
    assert waiting
    body = {"hold": waiting[-1]["hold"], "verdict": "return", "reason": "seen through the API"}
    path = f"/api/i/{town}/holds/review"
    done = client.post(path, body, content_type="application/json")
    assert (done.status_code, done.json()["state"]) == (200, "done")
    again = client.post(path, body, content_type="application/json")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "refused")
    leaf = get(client, f"/api/i/{town}/journal/{done.json()['sequence']}")
    assert leaf["event"]["type"] == "HoldReviewed"
    assert leaf["proof"]["holds"] is True


def test_a_rule_set_takes_two_and_names_what_was_read(engine: Serving, town: str, staff: Staff) -> None:
    analyst, officer = entered(staff("rule-analyst")), entered(staff("risk-officer"))
    text = get(analyst, f"/api/i/{town}/rules/sets/1")["text"]
    same = analyst.post(f"/api/i/{town}/rules/propose", {"text": text}, content_type="application/json")
    assert (same.status_code, same.json()["error"]["code"]) == (409, "unfit")
    changed = text.replace('severity = "high"', 'severity = "medium"', 1)
    checked = analyst.post(f"/api/i/{town}/rules/validate", {"text": changed}, content_type="application/json")
    assert (checked.json()["fit"], len(checked.json()["changes"])) == (True, 1)
    proposed = analyst.post(
        f"/api/i/{town}/rules/propose", {"text": changed}, content_type="application/json"
    ).json()
    assert proposed["state"] == "proposed"
    path = f"/api/i/{town}/proposals/{proposed['proposal']}"
    until_read(analyst, path)
    own = analyst.post(f"{path}/approve", {"snapshot": proposed["snapshot"]}, content_type="application/json")
    assert own.status_code == 409, "nobody approves their own"
    other = officer.post(f"{path}/approve", {"snapshot": "0" * 64}, content_type="application/json")
    assert other.status_code == 409, "another snapshot is not what was read"
    withdrawn = analyst.post(
        f"{path}/withdraw", {"snapshot": proposed["snapshot"]}, content_type="application/json"
    )
    assert withdrawn.json()["state"] == "done"


def test_without_an_engine_reading_goes_on_and_changes_say_so(town: str, staff: Staff) -> None:
    client = entered(staff("custody-operations"))
    assert client.get(f"/api/i/{town}/decisions?limit=1").status_code == 200
    body = {"hold": "m-1", "verdict": "return", "reason": "to see"}
    answer = client.post(f"/api/i/{town}/holds/review", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no-engine")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad-json"),
        (b"\xff\xfe", 400, "bad-json"),
        (b"", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'{"text": 1}', 422, "invalid"),
        (b'{"text": "", "more": 1}', 422, "invalid"),
        (b'{"text": "\\ud800"}', 422, "invalid"),
        (b" " * (BODY_BYTES_MAX + 1), 413, "too-large"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    town: str, staff: Staff, body: bytes, status: int, code: str
) -> None:
    client = entered(staff("rule-analyst"))
    path = f"/api/i/{town}/rules/validate"
    for language, chinese in (("en", False), ("zh-CN", True)):
        answer = client.generic(
            "POST", path, body, content_type="application/json", headers={"accept-language": language}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert bool(re.search("[一-鿿]", answer.json()["error"]["message"])) is chinese


def test_other_methods_and_addresses_get_the_same_shape(town: str, staff: Staff) -> None:
    client = entered(staff("auditor"))
    answer = client.delete("/api/me")
    assert (answer.status_code, answer["Allow"], answer.json()["error"]["code"]) == (405, "GET", "method")
    assert client.get("/api/never-heard-of").json()["error"]["code"] == "not-found"
