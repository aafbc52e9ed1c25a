"""The journal's pages: what is signed, what happened, one entry with its proof, and damage that is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.intake.source import load_source
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.watching import publish_rules, watch
from bulkhead.runtime.wiring import open_writer
from seeded_town import seeded_batch, write_town
from stored_town import LATEST_US
from web_fixtures import ConsoleHouse, Staff, entered

VILLAGE = "village"


@pytest.fixture(scope="module")
def village(console_house: ConsoleHouse, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small institution that tests may damage."""
    path = write_town(tmp_path_factory.mktemp("village") / "village.csv", seeded_batch(9, 120, clients=8))
    opening = InstitutionOpened(VILLAGE, "CNY", 480)
    with open_writer(console_house.settings, console_house.database, opening, command="a test") as writer:
        publish_rules(writer, default_rule_set().text, "Meng Rule-Maker")
        watch(writer, [path], load_source("movements"), latest_us=LATEST_US, on_progress=lambda done, of: None)
    return VILLAGE


@contextmanager
def damaged(house: ConsoleHouse, statement: str, undo: str) -> Iterator[None]:
    """Somebody who owns the database changes what was written, and afterwards puts it back."""
    for text, is_before in ((statement, True), (undo, False)):
        with house.database.connect() as connection:
            connection.execute("ALTER TABLE journal_batch DISABLE TRIGGER only_grows")
            connection.execute("ALTER TABLE checkpoint DISABLE TRIGGER only_grows")
            assert connection.execute(text.encode()).rowcount >= 1
            connection.execute("ALTER TABLE journal_batch ENABLE TRIGGER only_grows")
            connection.execute("ALTER TABLE checkpoint ENABLE TRIGGER only_grows")
        if is_before:
            yield


def verification(client: Client, village: str) -> str:
    """Ask for a verification, have it done, and read its page."""
    from bulkhead.web.tasks.carrying_out import carry_out
    from bulkhead.web.tasks.models import JobRun

    client.post(f"/i/{village}/journal/verify/")
    run = JobRun.objects.latest("pk")
    carry_out(run.pk)
    return str(client.get(f"/i/{village}/jobs/{run.pk}/").text)


def test_the_head_and_its_checkpoints_are_shown_and_checked(staff: Staff, village: str) -> None:
    from bulkhead.web.books import book

    client = entered(staff("auditor", institution=village))
    head = book(village).stores.journal.head()
    page = client.get(f"/i/{village}/journal/").text
    assert head.root.hex() in page
    assert "signed and in the journal" in page
    assert "the same as in the database" in page
    size, note = book(village).stores.journal.checkpoints()[-1]
    listed = client.get(f"/i/{village}/journal/checkpoints/").text
    address = next(part.split('"')[0] for part in listed.split('href="') if f"checkpoints/{size}/" in part)
    shown = client.get(address)
    assert note.splitlines()[0] in shown.text
    answer = client.get(f"{address}note")
    assert answer.content.decode() == note
    assert "attachment" in answer["Content-Disposition"]
    assert client.get(f"/i/{village}/journal/checkpoints/{size}/0000000000000000/").status_code == 404


def test_an_event_says_who_did_it_and_a_leaf_proves_itself(staff: Staff, village: str) -> None:
    client = entered(staff("administrator", institution=village))
    page = client.get(f"/i/{village}/journal/events/?type=RuleSetPublished").text
    assert "Rules published" in page
    assert "Meng Rule-Maker".lower() in page.lower()
    assert "Source registered" not in page.split("<tbody>")[1]
    leaf = client.get(f"/i/{village}/journal/0/").text
    assert "Institution opened" in leaf
    assert "The proof holds" in leaf
    assert client.get(f"/i/{village}/journal/9999999/").status_code == 404
    # An administrator sees no client data: a movement's entry is proved, not told.
    movement = client.get(f"/i/{village}/journal/50/").text
    assert "Movement" in movement
    assert "/decisions/50/" not in movement
    officer = entered(staff("risk-officer", institution=village))
    assert "/decisions/50/" in officer.get(f"/i/{village}/journal/50/").text


def test_a_sound_journal_is_verified_also_since_a_kept_note(staff: Staff, village: str) -> None:
    from bulkhead.web.books import book
    from bulkhead.web.tasks.models import JobRun

    client = entered(staff("auditor", institution=village))
    assert "Everything is in order" in verification(client, village)
    note = book(village).stores.journal.checkpoints()[-1][1]
    before = JobRun.objects.count()
    for bad in (note.replace("120", "121") + "x", "nonsense", "\x00", "好" * 500_000):
        answer = client.post(f"/i/{village}/journal/verify/", {"with_note": "1", "since": bad}, follow=True)
        assert "no checkpoint that this institution has signed" in answer.text
    assert "Paste the whole" in client.post(f"/i/{village}/journal/verify/", {"with_note": "1"}, follow=True).text
    assert JobRun.objects.count() == before
    answer = client.post(f"/i/{village}/journal/verify/", {"with_note": "1", "since": note.replace("\n", "\r\n")})
    assert "/jobs/" in answer["Location"]
    run = JobRun.objects.latest("pk")
    assert run.arguments["since"] == note
    client.post(f"/i/{village}/jobs/{run.pk}/cancel/")


def test_a_changed_journal_is_named_in_both_languages(
    console_house: ConsoleHouse, staff: Staff, village: str
) -> None:
    from bulkhead.web.freshness import State, freshness

    client = entered(staff("auditor", institution=village))
    last = "(SELECT max(first_sequence) FROM journal_batch WHERE institution = {number})"
    from bulkhead.web.books import book

    number = book(village).stores.number
    where = f"WHERE institution = {number} AND first_sequence = {last.format(number=number)}"
    with damaged(
        console_house,
        f"UPDATE journal_batch SET received_us = received_us + 1 {where}",
        f"UPDATE journal_batch SET received_us = received_us - 1 {where}",
    ):
        page = verification(client, village)
        assert "Damage was found" in page
        assert "are not those that were written" in page
        assert freshness(village, anew=True).worst is State.FAILED
        assert "found damage" in client.get(f"/i/{village}/status/").text
        client.post("/language/", {"language": "zh-hans", "next": "/"})
        assert "内容与写入时不一致" in client.get(f"/i/{village}/journal/").text
        client.post("/language/", {"language": "en", "next": "/"})
        head = book(village).stores.journal.head().size
        broken = client.get(f"/i/{village}/journal/{head - 1}/")
        assert broken.status_code == 500
        assert "The journal is damaged here" in broken.text
    assert "Everything is in order" in verification(client, village)


def test_a_forged_checkpoint_is_seen_at_once(console_house: ConsoleHouse, staff: Staff, village: str) -> None:
    from bulkhead.web.books import book

    client, number = entered(staff("auditor", institution=village)), book(village).stores.number
    rename = "UPDATE checkpoint SET note = replace(note, 'bulkhead/{}', 'bulkhead/{}') WHERE institution = {}"
    there, back = rename.format("village", "vilage", number), rename.format("vilage", "village", number)
    with damaged(console_house, there, back):
        page = client.get(f"/i/{village}/journal/").text
        assert "signature does not hold" in page
        assert "the database has lost it" in page


def test_everybody_sees_how_things_stand(staff: Staff, village: str) -> None:
    page = entered(staff("rule-analyst", institution=village)).get(f"/i/{village}/status/").text
    assert "no engine is running" in page
    assert "No worker runs" in page
    assert f'href="/i/{village}/journal/' not in page.split('id="main"')[1]  # not for a rule analyst


def test_only_who_may_verify_is_offered_to(staff: Staff, village: str) -> None:
    analyst = entered(staff("rule-analyst", institution=village))
    assert analyst.get(f"/i/{village}/journal/").status_code == 403
    assert analyst.post(f"/i/{village}/journal/verify/").status_code == 403
