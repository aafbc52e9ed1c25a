"""The trail of the console: who did what, and that no line of it is ever changed or lost."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import RequestFactory

from bulkhead.web.page import Visit
from web_fixtures import ConsoleHouse, Staff

pytestmark = pytest.mark.usefixtures("console_house")


def test_a_line_says_who_where_and_from_which_address(console_house: ConsoleHouse, staff: Staff) -> None:
    from bulkhead.web.people.models import Trail
    from bulkhead.web.people.trail import leave_trail

    account = staff("auditor")
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.9")
    leave_trail(Visit(request, account, "town", frozenset()), "exported", "decisions " * 100)
    line = Trail.objects.latest("id")
    assert (line.account, line.institution, line.act, line.address) == (
        account.username,
        "town",
        "exported",
        "127.0.0.9",
    )
    assert len(line.subject) == 400


@pytest.mark.parametrize(
    "deed", ["UPDATE web_trail SET act = 'nothing'", "DELETE FROM web_trail", "TRUNCATE web_trail"]
)
def test_nobody_changes_what_the_trail_says(console_house: ConsoleHouse, deed: str) -> None:
    with pytest.raises(DatabaseError, match="only grows"), connection.cursor() as cursor:
        cursor.execute(deed)
