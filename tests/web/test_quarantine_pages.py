"""Rows that could not be taken: seen by those who may, corrected by one at a time, and booked once."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bulkhead.intake.source import load_source
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.service.command_port import CommandPort, port_file
from bulkhead.runtime.service.frames import SECRET
from bulkhead.runtime.service.serving import Serving
from bulkhead.runtime.watching import watch
from bulkhead.runtime.wiring import open_writer
from seeded_town import seeded_batch, write_town
from stored_town import LATEST_US
from web_fixtures import ConsoleHouse, Staff, entered

CLINIC = "clinic"
OPENING = InstitutionOpened(CLINIC, "CNY", 480)
PRIVATE = "client:secretive"


@pytest.fixture(scope="module")
def clinic(console_house: ConsoleHouse, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An institution of sixty good rows and six that are not."""
    path = write_town(tmp_path_factory.mktemp("clinic") / "clinic.csv", seeded_batch(5, 66, clients=8))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for number, (column, text) in enumerate(
        (("amount", "twelve"), ("time", "yesterday"), ("amount", "1.2345")) * 2
    ):
        rows[20 + number * 5][column] = text
        rows[20 + number * 5]["payer"] = PRIVATE
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    with open_writer(console_house.settings, console_house.database, OPENING, command="a test") as writing:
        watch(writing, [path], load_source("movements"), latest_us=LATEST_US, on_progress=lambda done, of: None)
    return CLINIC


@contextmanager
def clinic_engine(house: ConsoleHouse) -> Iterator[None]:
    with open_writer(house.settings, house.database, OPENING, command="a test") as writer:
        key = writer.stores.keys.secret(SECRET)
        with (
            Serving(writer, SystemClock()) as serving,
            CommandPort(serving, key, CLINIC, port_file(house.settings.home, CLINIC)),
        ):
            yield


def form_of(page: str) -> dict[str, str]:
    """The fields of the correction form, as a browser would send them."""
    form = page.split('id="mend"')[1].split("</form>")[0]
    found = re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def rows_in(institution: str, state: str) -> list[int]:
    from bulkhead.web.books import book

    return [entry.number for entry in book(institution).stores.quarantine.entries(state)]


def test_what_a_row_says_is_for_those_who_may_read_names(staff: Staff, clinic: str) -> None:
    number = rows_in(clinic, "open")[0]
    operator = entered(staff("custody-operations", institution=clinic))
    auditor = entered(staff("auditor", institution=clinic))
    analyst = entered(staff("rule-analyst", institution=clinic))
    for address in (f"/i/{clinic}/quarantine/", f"/i/{clinic}/quarantine/{number}/"):
        seen, masked = operator.get(address), auditor.get(address)
        assert (seen.status_code, masked.status_code) == (200, 200)
        assert "twelve" in seen.text
        assert "twelve" not in masked.text
        assert "secretive" not in masked.text
        assert analyst.get(address).status_code == 403
    assert "Correct it" not in auditor.get(f"/i/{clinic}/quarantine/{number}/").text
    assert auditor.post(f"/i/{clinic}/quarantine/{number}/correct/", {"line": "{}"}).status_code == 403


def test_the_list_is_filtered_by_state_field_and_file(staff: Staff, clinic: str) -> None:
    operator = entered(staff("custody-operations", institution=clinic))
    times = operator.get(f"/i/{clinic}/quarantine/?field=time").text
    assert times.count("<tr data-row") == 2
    assert "yesterday" in times
    assert "twelve" not in times
    assert "twelve" not in operator.get(f"/i/{clinic}/quarantine/?state=dismissed").text
    assert operator.get(f"/i/{clinic}/quarantine/?field=nonsense&state=%00").status_code == 200


def test_a_correction_is_judged_while_it_is_written(staff: Staff, clinic: str) -> None:
    number = rows_in(clinic, "open")[0]
    operator = entered(staff("custody-operations", institution=clinic))
    form = form_of(operator.get(f"/i/{clinic}/quarantine/{number}/").text)
    assert form["cell.amount"] == "twelve"
    wrong = operator.post(f"/i/{clinic}/quarantine/{number}/check/", form | {"cell.amount": "dozen"}).text
    assert "found &#x27;dozen&#x27;; expected an amount" in wrong
    assert "tone-alarm" in wrong
    right = operator.post(f"/i/{clinic}/quarantine/{number}/check/", form | {"cell.amount": "12.00"}).text
    assert "read well" in right
    refused = operator.post(f"/i/{clinic}/quarantine/{number}/correct/", form | {"cell.amount": "dozen"})
    assert refused.status_code == 409
    assert 'value="dozen"' in refused.text  # what was written is not lost
    assert number in rows_in(clinic, "open")


def test_of_two_who_correct_the_same_row_the_second_hears_it(staff: Staff, clinic: str) -> None:
    number = rows_in(clinic, "open")[0]
    first, second = (
        entered(staff("custody-operations", institution=clinic, person=who)) for who in ("li", "wang")
    )
    address = f"/i/{clinic}/quarantine/{number}/"
    forms = form_of(first.get(address).text), form_of(second.get(address).text)
    assert first.post(f"{address}correct/", forms[0] | {"cell.amount": "12.00"}).status_code == 302
    late = second.post(f"{address}correct/", forms[1] | {"cell.amount": "13.00"})
    assert late.status_code == 409
    assert "changed by another meanwhile" in late.text
    second.post("/language/", {"language": "zh-hans", "next": "/"})
    assert "刚刚被他人修改" in second.post(f"{address}correct/", forms[1] | {"cell.amount": "13.00"}).text
    gone = second.post(f"{address}dismiss/", {"seen": forms[1]["seen"], "reason": "twice"}, follow=True)
    assert "刚刚被他人修改" in gone.text
    page = first.get(address).text
    assert "Corrected by li" in page
    assert "12.00" in page
    assert "13.00" not in page


def test_a_corrected_row_is_replayed_by_the_engine_and_only_by_it(
    console_house: ConsoleHouse, staff: Staff, clinic: str
) -> None:
    number = rows_in(clinic, "corrected")[0]
    operator = entered(staff("custody-operations", institution=clinic))
    address = f"/i/{clinic}/quarantine/{number}/"
    assert "No engine is running" in operator.post(f"{address}replay/", follow=True).text
    assert number in rows_in(clinic, "corrected")
    with clinic_engine(console_house):
        told = operator.post(f"{address}replay/", follow=True).text
        assert "It is in the journal as entry" in told
        again = operator.post(f"{address}replay/", follow=True).text
        assert "final" in again or "already" in again
    page = operator.get(address).text
    sequence = re.search(rf'href="/i/{clinic}/decisions/(\d+)/"', page)
    assert sequence is not None
    assert operator.get(f"/i/{clinic}/decisions/{sequence[1]}/").status_code == 200


def test_all_corrected_rows_are_replayed_as_a_job(console_house: ConsoleHouse, staff: Staff, clinic: str) -> None:
    from bulkhead.web.tasks.carrying_out import carry_out
    from bulkhead.web.tasks.models import DONE, FAILED, JobRun

    account = staff("custody-operations", institution=clinic)
    operator = entered(account)
    for number in rows_in(clinic, "open")[:3]:
        form = form_of(operator.get(f"/i/{clinic}/quarantine/{number}/").text)
        line = (
            {"cell.amount": "5.00"} if form["cell.time"] != "yesterday" else {"cell.time": "2026-01-05 16:00:00"}
        )
        assert operator.post(f"/i/{clinic}/quarantine/{number}/correct/", form | line).status_code == 302
    operator.post(f"/i/{clinic}/quarantine/replay/")
    idle = JobRun.objects.latest("pk")
    carry_out(idle.pk)
    idle.refresh_from_db()
    assert idle.state == FAILED
    assert "No engine" in str(idle.error)
    with clinic_engine(console_house):
        operator.post(f"/i/{clinic}/quarantine/replay/")
        run = JobRun.objects.latest("pk")
        carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.result) == (DONE, {"taken": 3, "failed": 0, "failed_rows": []})
    assert "3 rows are in the journal" in operator.get(f"/i/{clinic}/jobs/{run.pk}/").text
    assert rows_in(clinic, "corrected") == []


def test_a_row_is_dismissed_for_a_reason_only(staff: Staff, clinic: str) -> None:
    number = rows_in(clinic, "open")[0]
    operator = entered(staff("custody-operations", institution=clinic))
    address = f"/i/{clinic}/quarantine/{number}/"
    seen = form_of(operator.get(address).text)["seen"]
    assert "for a reason" in operator.post(f"{address}dismiss/", {"seen": seen, "reason": " "}, follow=True).text
    assert "for a reason" in operator.post(f"{address}dismiss/", {"reason": "x" * 501}, follow=True).text
    assert (
        "Dismissed." in operator.post(f"{address}dismiss/", {"seen": seen, "reason": "a test"}, follow=True).text
    )
    assert "a test" in operator.get(address).text


@pytest.mark.parametrize("number", [0, 999_999_999])
def test_a_number_that_is_none_is_not_there(staff: Staff, clinic: str, number: int) -> None:
    operator = entered(staff("custody-operations", institution=clinic))
    assert operator.get(f"/i/{clinic}/quarantine/{number}/").status_code == 404
    assert operator.post(f"/i/{clinic}/quarantine/{number}/replay/").status_code == 404


def test_nonsense_in_the_form_is_one_sentence(staff: Staff, clinic: str) -> None:
    number = rows_in(clinic, "open")[0]
    operator = entered(staff("custody-operations", institution=clinic))
    for form in (
        {"line": "\x00{"},
        {"line": "[1"},
        {"cell.nowhere": "1"},
        {"seen": "zz"},
        {"cell.amount": "½" * 5000},
    ):
        answer = operator.post(f"/i/{clinic}/quarantine/{number}/correct/", form)
        assert answer.status_code == 409, form
        assert "It was not changed" in answer.text
