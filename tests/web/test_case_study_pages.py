"""Case studies in the console: nothing yet, asked for by whoever may, played, read in every form, and by the API."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser

from browser_fixtures import window
from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.service.serving import Serving
from bulkhead.simulation.case_studies.case import cases
from bulkhead.simulation.case_studies.result import CaseResult, SeedRun, encode_case
from bulkhead.simulation.case_studies.study import Asked, SeedFound
from bulkhead.web.rights import ROLES, Right
from sample_case import sample_case
from web_fixtures import OTHER, TOWN, Staff, entered

CASE = "moral-hazard"
SEERS = [role for role in ROLES if Right.SEE_CASES in ROLES[role].rights]


def kept(staff: Staff, seeds: int = 30, institution: str = TOWN) -> Any:
    """A run that is there already."""
    from bulkhead.web.case_studies.models import CaseStudyRun

    result = encode_case(sample_case(seeds)).decode()
    return CaseStudyRun.objects.create(
        account=staff("risk-officer"), institution=institution, case=CASE, seeds=[*range(seeds)], result=result
    )


@pytest.fixture(autouse=True)
def none_kept(town: str) -> None:
    """No run and no job of another test."""
    from bulkhead.web.case_studies.models import CaseStudyRun
    from bulkhead.web.tasks.models import JobRun

    CaseStudyRun.objects.all().delete()
    JobRun.objects.filter(kind="play-case").delete()


def played(
    asked: Asked, spread_out: Callable[..., Iterable[Any]], told: Callable[[SeedFound], None]
) -> CaseResult:
    """In the place of a study, which takes minutes: a made-up one, told of seed by seed."""
    result = sample_case(len(asked.seeds))
    for run in result.runs:
        told(SeedFound(run, None, None))
    return result


def test_there_are_five_cases_and_an_empty_page_says_how_to_make_the_first(staff: Staff, town: str) -> None:
    assert {*cases()} == {"technical", "operational", "moral-hazard", "market", "legal"}
    client = entered(staff("risk-officer"))
    page = client.get(f"/i/{town}/case-studies/").text
    assert page.count("Not played yet.") == 5
    one = client.get(f"/i/{town}/case-studies/{CASE}/").text
    assert "Choose the seeds and start it" in one
    assert 'name="count"' in one
    auditor = entered(staff("auditor")).get(f"/i/{town}/case-studies/{CASE}/").text
    assert "such as a risk officer" in auditor
    assert 'name="count"' not in auditor
    assert client.get(f"/i/{town}/case-studies/no-such-case/").status_code == 404


def test_only_a_risk_officer_starts_one_and_the_seeds_are_bounded(staff: Staff, town: str) -> None:
    from bulkhead.web.tasks.models import JobRun

    for role in ROLES:
        if role != "risk-officer":
            assert entered(staff(role)).post(f"/i/{town}/case-studies/{CASE}/play/").status_code == 403, role
    client = entered(staff("risk-officer"))
    for first, count in ((1, 61), (1, 1), (0, 30), (1, "many"), (10**7, 30), ("１", 30), (-1, 30)):
        sent = {"first": first, "count": count}
        answer = client.post(f"/i/{town}/case-studies/{CASE}/play/", sent, follow=True)
        assert "takes 2 to 60 seeds" in answer.text, sent
    assert not JobRun.objects.filter(kind="play-case").exists()


def test_a_case_is_asked_for_played_and_read(staff: Staff, town: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from bulkhead.web.case_studies.models import CaseStudyRun
    from bulkhead.web.tasks import playing_cases
    from bulkhead.web.tasks.carrying_out import carry_out
    from bulkhead.web.tasks.models import JobRun

    monkeypatch.setattr(playing_cases, "study", played)
    officer = staff("risk-officer")
    client = entered(officer)
    answer = client.post(f"/i/{town}/case-studies/{CASE}/play/", {"first": "4", "count": "3"})
    job = JobRun.objects.latest("pk")
    assert answer["Location"] == f"/i/{town}/jobs/{job.pk}/"
    assert "look at it" in client.get(f"/i/{town}/case-studies/{CASE}/").text
    carry_out(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    (run,) = CaseStudyRun.objects.all()
    assert (run.seeds, run.account, run.institution, run.job) == ([4, 5, 6], officer, town, job)
    page = client.get(f"/i/{town}/jobs/{job.pk}/").text
    assert f"/i/{town}/case-studies/{CASE}/runs/{run.pk}/" in page
    assert "3 seeds were played" in page
    assert "Seed 2: First-payment defaults by partner." in page
    shown = client.get(f"/i/{town}/case-studies/{CASE}/runs/{run.pk}/").text
    for words in ("7.49 m yuan", "95 % interval", "First-payment defaults by partner", "Suspend the partner"):
        assert words in shown
    listed = client.get(f"/i/{town}/case-studies/").text
    assert listed.count("Not played yet.") == 4
    assert officer.person.name in listed


def test_a_seed_that_takes_long_hears_that_it_should_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from bulkhead.web.tasks import playing_cases
    from bulkhead.web.tasks.job import Cancelled

    class Impatient:
        asked = 0

        def progress(self, done: int, of: int) -> None:
            assert (done, of) == (0, 2)
            self.asked += 1
            if self.asked == 3:
                raise Cancelled

    monkeypatch.setattr(playing_cases, "ASKED_EVERY_S", 0.05)
    job = Impatient()
    with pytest.raises(Cancelled):
        list(playing_cases._one_by_one(job, slow, (30, 30), begun=0, of=2))
    assert job.asked == 3


def slow(seed: int) -> SeedFound:
    """Stands in for a seed; far longer than anybody waits."""
    import time

    time.sleep(seed)
    raise AssertionError("the process that plays it should be gone")


def test_the_worlds_of_a_case_come_in_order_from_the_process_beside() -> None:
    from bulkhead.web.tasks import playing_cases

    told: list[tuple[int, int]] = []

    class Told:
        def progress(self, done: int, of: int) -> None:
            told.append((done, of))

    found = list(playing_cases._one_by_one(Told(), quick, (5, 6, 7), begun=0, of=3))
    assert [one.run.seed for one in found] == [5, 6, 7]
    assert told[-1] == (3, 3)


def quick(seed: int) -> SeedFound:
    run: SeedRun = sample_case(2).runs[0]
    return SeedFound(dataclasses.replace(run, seed=seed), None, None)


def test_a_seed_whose_process_is_killed_ends_the_job_instead_of_waiting_for_ever() -> None:
    from bulkhead.web.tasks import playing_cases
    from bulkhead.web.tasks.beside import ProcessDied

    class Patient:
        asked = 0

        def progress(self, done: int, of: int) -> None:
            self.asked += 1
            assert self.asked < 60, "nobody has heard that the process is gone"

    with pytest.raises(ProcessDied):
        list(playing_cases._one_by_one(Patient(), killed, (1, 2), begun=0, of=2))


def killed(seed: int) -> SeedFound:
    """Stands in for a seed for which there is not enough memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it is gone")


def test_what_goes_wrong_beside_is_raised_here() -> None:
    from bulkhead.web.tasks import playing_cases
    from bulkhead.web.tasks.beside import WorkFailed

    class Told:
        def progress(self, done: int, of: int) -> None: ...

    with pytest.raises(BadInput, match="no such seed"):
        list(playing_cases._one_by_one(Told(), refused, (1,), begun=0, of=1))
    with pytest.raises(WorkFailed, match="ZeroDivisionError"):
        list(playing_cases._one_by_one(Told(), refused, (0,), begun=0, of=1))


def refused(seed: int) -> SeedFound:
    """Stands in for a seed that cannot be played."""
    raise BadInput(f"no such seed {1 // seed}")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_is_taken_away_in_every_form_and_leaves_a_trail(staff: Staff, town: str, language: str) -> None:
    from bulkhead.web.people.models import Trail

    run, auditor = kept(staff), staff("auditor")
    client = entered(auditor)
    client.cookies["bulkhead_language"] = "zh-hans" if language == "zh" else "en"
    address = f"/i/{town}/case-studies/{CASE}/runs/{run.pk}/report/"
    files = {form: client.post(address, {"format": form}) for form in ("pdf", "html", "json", "xlsx")}
    assert all(answer["Content-Disposition"].startswith("attachment") for answer in files.values())
    assert files["pdf"].content.startswith(b"%PDF")
    assert ("案例演练" if language == "zh" else "Case study") in files["html"].text
    assert json.loads(files["json"].content)["code"] == f"case-study-{CASE}"
    assert openpyxl.load_workbook(io.BytesIO(files["xlsx"].content)).sheetnames
    assert Trail.objects.filter(account=auditor.username, act="exported").count() == 4
    assert client.post(address, {"format": "exe"}).status_code == 400
    assert client.get(address).status_code == 405


def test_a_list_of_runs_does_not_read_all_they_found(staff: Staff, town: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(3):
        kept(staff, 2)
    client = entered(staff("auditor"))
    for path, most in ((f"/api/i/{town}/case-studies/{CASE}/runs", 0), (f"/i/{town}/case-studies/{CASE}/", 1)):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        sent = [q["sql"] for q in asked.captured_queries if "casestudyrun" in q["sql"] and '"result"' in q["sql"]]
        assert len(sent) == most, sent


def test_runs_of_another_institution_are_not_there(staff: Staff, town: str) -> None:
    foreign = kept(staff, 2, OTHER)
    client = entered(staff("risk-officer"))
    assert client.get(f"/i/{town}/case-studies/{CASE}/runs/{foreign.pk}/").status_code == 404
    assert client.get(f"/api/i/{town}/case-studies/{CASE}/runs/{foreign.pk}").status_code == 404
    assert client.get(f"/i/{town}/case-studies/").text.count("Not played yet.") == 5


def test_a_run_of_another_version_is_said_to_be_one(staff: Staff, town: str) -> None:
    run = kept(staff, 2)
    run.result = encode_case(dataclasses.replace(sample_case(2), schema=99)).decode()
    run.save()
    client = entered(staff("auditor"))
    assert "schema 99" in client.get(f"/i/{town}/case-studies/").text
    page = client.get(f"/i/{town}/case-studies/{CASE}/")
    assert page.status_code == 400
    assert "schema 99" in page.text


def test_the_api_lists_starts_and_gives_all_that_was_found(engine: Serving, staff: Staff, town: str) -> None:
    run, root = kept(staff), f"/api/i/{town}/case-studies"
    client = entered(staff("risk-officer"))
    assert {case["code"] for case in client.get(root).json()["cases"]} == {*cases()}
    newer = kept(staff, 2)
    page = client.get(f"{root}/{CASE}/runs?limit=1").json()
    assert ([line["number"] for line in page["runs"]], page["next"]) == ([newer.pk], newer.pk)
    rest = client.get(f"{root}/{CASE}/runs?before={page['next']}").json()
    assert ([line["number"] for line in rest["runs"]], rest["next"]) == ([run.pk], None)
    whole = client.get(f"{root}/{CASE}/runs/{run.pk}").json()
    assert whole["result"]["net_minor"]["low"] == sample_case().net_minor.low
    assert len(whole["result"]["runs"]) == 30
    started = client.post(f"{root}/{CASE}/runs", b'{"first": 7, "count": 2}', content_type="application/json")
    assert (started.status_code, started.json()["kind"]) == (200, "play-case")
    second = client.post(f"{root}/{CASE}/runs", b"{}", content_type="application/json")
    assert second.status_code == 409 or second.json()["error"]
    refused = client.post(f"{root}/{CASE}/runs", b'{"count": 61}', content_type="application/json")
    assert refused.status_code in (400, 422)
    auditor = entered(staff("auditor")).post(f"{root}/{CASE}/runs", b"{}", content_type="application/json")
    assert auditor.status_code == 403


LOOKS: Sequence[tuple[str, bool, int]] = (
    ("en", False, 1440), ("zh", True, 1440), ("zh", False, 390), ("en", True, 390)
)  # fmt: skip


@pytest.mark.parametrize(("language", "dark", "width"), LOOKS)
def test_a_run_is_shown_without_fault_in_a_browser(
    chromium: Browser, site: str, staff: Staff, town: str, language: str, dark: bool, width: int
) -> None:
    run = kept(staff)
    watched = window(chromium, site, staff("risk-officer"), language=language, dark=dark, width=width)
    faults = []
    for name, path in (("list", ""), ("run", f"{CASE}/runs/{run.pk}/"), ("empty", "legal/")):
        assert watched.visit(f"/i/{town}/case-studies/{path}") == 200
        watched.page.wait_for_timeout(400)
        wider = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults += watched.axe() + ([f"{path} is {wider} px too wide"] if wider > 1 else [])
        watched.picture(f"case-studies-{name}-{language}-{'dark' if dark else 'light'}-{width}")
    assert watched.page.locator("svg.chart").count() == 0  # the last page has no run
    watched.context.close()
    assert not faults + watched.troubles, "\n".join(faults + watched.troubles)
