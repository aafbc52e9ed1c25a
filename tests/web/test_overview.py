"""The overview and the pages behind it, also while no engine runs: what is not known is never called well."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from bulkhead.runtime.glance import recent
from bulkhead.runtime.service.serving import Serving
from bulkhead.web.books import book
from web_fixtures import Staff, entered

pytestmark = pytest.mark.usefixtures("console_house")
_FIGURE = re.compile(r'<a class="figure ([^"]*)" href="([^"]+)">(.*?)</a>', re.DOTALL)


def figures(page: str) -> dict[str, tuple[str, str]]:
    """Path -> its tone and what is written in it."""
    return {urlsplit(link).path: (tone, text) for tone, link, text in _FIGURE.findall(page)}


def test_without_an_engine_nothing_is_called_well(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    page = client.get(f"/i/{town}/").text
    assert 'class="trust trust-fresh"' not in page
    tone, text = figures(page)[f"/i/{town}/holds/"]
    assert "figure-ok" not in tone
    assert "not known" in text
    work = client.get(f"/i/{town}/inbox/").text
    assert f"bulkhead serve --institution {town}" in work
    holds = client.get(f"/i/{town}/holds/").text
    assert f"bulkhead serve --institution {town}" in holds
    assert 'name="verdict"' not in holds, "and nothing can be done about it"


def test_a_command_without_an_engine_says_so(staff: Staff, town: str) -> None:
    client = entered(staff("custody-operations"))
    form = {"hold": "m-11-1", "verdict": "release", "reason": "none"}
    answer = client.post(f"/i/{town}/holds/review/", form, follow=True)
    assert "No engine is running" in answer.text


def test_every_number_leads_to_its_rows(staff: Staff, town: str, engine: Serving) -> None:
    client = entered(staff("risk-officer"))
    page = client.get(f"/i/{town}/").text
    rows = recent(book(town).stores)
    for outcome, count in rows.outcomes.items():
        link = f"decisions/?outcome={outcome.name.lower()}&amp;position_from={rows.first}"
        assert link in page
        query = link.partition("?")[2].replace("&amp;", "&")
        assert f"{count:,}" in client.get(f"/i/{town}/decisions/table/count/?{query}").text
    for path, (_, text) in figures(page).items():
        assert client.get(path).status_code == 200, path
        assert "not known" not in text


def test_each_role_sees_only_figures_of_its_rights(staff: Staff, town: str) -> None:
    administrator = figures(entered(staff("administrator")).get(f"/i/{town}/").text)
    assert set(administrator) == {f"/i/{town}/inbox/"}
    analyst = figures(entered(staff("rule-analyst")).get(f"/i/{town}/").text)
    assert f"/i/{town}/quarantine/" not in analyst
