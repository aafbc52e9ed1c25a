"""The form that makes a log-in."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.service.commands import TEXT_CHARS_MAX
from bulkhead.web.page import Visit, language_now
from bulkhead.web.people.models import Account, Person
from bulkhead.web.people.roster import institutions_with, standings
from bulkhead.web.rights import ROLES, Right

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = frozenset({"new"})  # an address of its own
_SHAPE = Words("Small letters, digits and hyphens, at most 64.", "仅限小写字母、数字与连字符，最多 64 个字符。")
_TAKEN = Words("This name is taken.", "该名称已被占用。")
_FIELDS: dict[str, tuple[Words, Words | None]] = {
    "username": (Words("Log-in name", "登录名"), _SHAPE),
    "code": (
        Words("Person's code", "人员编号"),
        Words(
            "What the journal calls the person, for good; the same for all of their log-ins.",
            "日志中对该人员的固定称谓，同一人的所有账号使用同一编号。",
        ),
    ),
    "name": (Words("Name", "姓名"), None),
    "role": (Words("Role", "角色"), None),
    "reason": (Words("Reason", "事由"), Words("Stands in the journal.", "将写入日志。")),
}


class NewAccountForm(forms.Form):
    """Who it is for, under what name, with which role, and why."""

    username = forms.CharField(max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    code = forms.CharField(max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField()
    reason = forms.CharField(max_length=TEXT_CHARS_MAX, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visit, language = visit, language_now()
        for field, (label, help_text) in _FIELDS.items():
            self.fields[field].label = label[language]
            self.fields[field].help_text = help_text[language] if help_text else ""
        roles = self.fields["role"]
        assert isinstance(roles, forms.ChoiceField)
        roles.choices = [(role.code, role.title[language]) for role in ROLES.values()]

    def clean_username(self) -> str:
        username = _named(self.cleaned_data["username"])
        if Account.objects.filter(username=username).exists():
            raise forms.ValidationError(_TAKEN[language_now()])
        return username

    def clean_code(self) -> str:
        """A code of somebody else's people is taken; one of the visitor's own means that very person."""
        code = _named(self.cleaned_data["code"])
        places = {self.visit.institution, *institutions_with(self.visit.account, Right.CHANGE_PEOPLE)}
        theirs = any(one.person == code for place in places for one in standings(place))
        if Person.objects.filter(code=code).exists() and not theirs:
            raise forms.ValidationError(_TAKEN[language_now()])
        return code


def _named(text: str) -> str:
    if not NAME.fullmatch(text) or text in RESERVED:
        raise forms.ValidationError(_SHAPE[language_now()])
    return text
