"""The demonstration's five people: new passwords and codes each time, and nobody else's log-in taken over."""

from __future__ import annotations

import time

import pytest
from django.core.cache import cache
from django.test import Client

from bulkhead.kernel.errors import BadInput
from bulkhead.web.rights import ROLES
from web_fixtures import ConsoleHouse, entered

pytestmark = pytest.mark.usefixtures("console_house")


def test_the_five_enter_with_what_was_printed_and_only_until_the_next_time(console_house: ConsoleHouse) -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    from bulkhead.web.people.demo_staff import demo_staff
    from bulkhead.web.people.models import Account

    cache.clear()
    first = demo_staff("show")
    assert [login.role for login in first] == [
        "risk-officer",
        "custody-operations",
        "rule-analyst",
        "auditor",
        "administrator",
    ]
    assert {login.role for login in first} == set(ROLES)
    for login in first:
        client = Client()
        client.post("/log-in/", {"login": login.username, "password": login.password})
        code = format_hotp_value(hotp_value(login.totp_secret, int(time.time()) // 30))
        assert client.post("/log-in/second-factor/", {"code": code}).status_code == 302, login
        assert client.get("/security/").status_code == 200
    before = entered(Account.objects.get(username="ann"))
    second = demo_staff("show-2")
    assert not {login.password for login in first} & {login.password for login in second}
    assert first[0].totp_secret != second[0].totp_secret
    assert before.get("/security/")["Location"].startswith("/log-in/")
    assert Account.objects.filter(username__in=[login.username for login in second]).count() == 5


def test_somebody_real_of_such_a_name_is_left_alone(console_house: ConsoleHouse) -> None:
    from bulkhead.web.people.demo_staff import demo_staff
    from bulkhead.web.people.models import Account, Person

    demo_staff("show")
    Person.objects.filter(code="dee").update(name="Dee Real")
    before = list(Account.objects.order_by("id").values_list("username", "password"))
    with pytest.raises(BadInput, match="dee"):
        demo_staff("show")
    assert list(Account.objects.order_by("id").values_list("username", "password")) == before
    Person.objects.filter(code="dee").update(name="丁一宁 Dee")
