"""The way in for the first time: a one-time link, a password, and then the second factor."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth import password_validation
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import language_now
from bulkhead.web.people.invitations import accept, invited
from bulkhead.web.people.models import Account
from bulkhead.web.people.trail import Act, leave_trail

_DIFFERENT = Words("The two passwords are not the same.", "两次输入的密码不一致。")


class PasswordForm(forms.Form):
    """A new password, twice."""

    password1 = forms.CharField(
        strip=False, max_length=256, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password2 = forms.CharField(
        strip=False, max_length=256, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, account: Account, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as Django's own forms are given them
        self.account = account
        self.fields["password1"].label = Words("Password", "密码")[language_now()]
        self.fields["password1"].help_text = password_validation.password_validators_help_text_html()
        self.fields["password2"].label = Words("The same again", "再次输入")[language_now()]

    def clean_password2(self) -> str:
        password = str(self.cleaned_data["password2"])
        if self.cleaned_data.get("password1") != password:
            raise forms.ValidationError(_DIFFERENT[language_now()])
        password_validation.validate_password(password, self.account)
        return password


def invitation(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Shows the form however often it is asked; only a password that is taken uses the link up."""
    account = invited(secret)
    if account is None:
        return render(request, "web/doors/no_invitation.html", status=410)
    form = PasswordForm(account, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "web/doors/invitation.html", {"form": form, "account": account})
    taken = accept(secret, form.cleaned_data["password2"])
    if taken is None:
        return render(request, "web/doors/no_invitation.html", status=410)
    if request.user.is_authenticated:
        request.session.flush()  # somebody else's, on this computer
    leave_trail(request, Act.ACCEPTED, account=taken)
    get_adapter().login(request, taken)
    return HttpResponseRedirect("/second-factor/")
