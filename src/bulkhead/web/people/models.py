"""Django's own tables: people, their log-ins and roles, and what they keep for themselves.

Roles are what the journals of the institutions say; ``Grant`` is the copy that every request asks.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.crypto import salted_hmac


class Person(models.Model):
    """A human being. ``code`` is what the journal knows them by, for as long as it lasts."""

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class AccountManager(BaseUserManager["Account"]):
    """Makes log-ins. There are no superusers: nobody is above four eyes."""

    def open(self, username: str, person: Person, password: str | None) -> Account:
        """A new log-in; without a password it opens only by an invitation."""
        account = self.model(username=username, person=person)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """One log-in of a person, who may have several. Inactive: suspended by an administrator."""

    username = models.SlugField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="accounts")
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=8, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    made_in = models.CharField(max_length=63, blank=True, default="")  # whose administrator sees it without a role
    stamp = models.PositiveIntegerField(default=0)  # carried by every session; raised, it ends them all

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def get_session_auth_hash(self) -> str:
        """What a session of this account must carry on every request."""
        return salted_hmac("bulkhead.session", f"{self.password} {self.stamp}", algorithm="sha256").hexdigest()

    def __str__(self) -> str:
        return self.username


class OpenSession(AbstractBaseSession):
    """A browser's session; one of somebody who has logged in has an account. See ``sessions.py``."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="sessions")
    entered_at = models.DateTimeField(null=True)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True, default="")

    @classmethod
    def get_session_store_class(cls) -> Any:
        from bulkhead.web.people.sessions import SessionStore

        return SessionStore


class Grant(models.Model):
    """A role that an account has in an institution."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    institution = models.CharField(max_length=63)
    role = models.CharField(max_length=32)
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["account", "institution", "role"], name="grant_once"),)

    def __str__(self) -> str:
        return f"{self.account} is {self.role} in {self.institution}"


class JournalAccess(models.Model):
    """What one journal says of one account, whether or not the console knows it. ``Grant`` follows from it."""

    institution = models.CharField(max_length=63)
    account = models.CharField(max_length=128)
    person = models.CharField(max_length=128)
    roles = models.JSONField(default=list)
    suspended = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["institution", "account"], name="journal_access_once"),)

    def __str__(self) -> str:
        return f"{self.account} in {self.institution}: {' '.join(self.roles)}"


class AccessChange(models.Model):
    """One change of access as the journal has it, for reading. ``reason`` is a name of the vault."""

    institution = models.CharField(max_length=63)
    sequence = models.BigIntegerField()
    account = models.CharField(max_length=128)
    change = models.CharField(max_length=32)
    role = models.CharField(max_length=32, blank=True)
    maker = models.CharField(max_length=128)
    checker = models.CharField(max_length=128, blank=True)
    reason = models.CharField(max_length=128)
    at_us = models.BigIntegerField()  # when the journal received it

    class Meta:
        constraints = (models.UniqueConstraint(fields=["institution", "sequence"], name="access_change_once"),)
        indexes = (models.Index(fields=["institution", "account"], name="access_by_account"),)

    def __str__(self) -> str:
        return f"{self.institution} {self.sequence}: {self.account} {self.change} {self.role}"


class FollowedJournal(models.Model):
    """How far a journal has been read for changes of access."""

    institution = models.CharField(max_length=63, unique=True)
    next_sequence = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.institution} to {self.next_sequence}"


class Invitation(models.Model):
    """A way in, once: to set a password and a second factor. Only the digest of its secret is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    secret_sha256 = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"invitation of {self.account}"


class Trail(models.Model):
    """What people did at the console that moves nothing: entered, exported, looked at a name. It only grows."""

    at = models.DateTimeField(auto_now_add=True)
    account = models.CharField(max_length=64)
    institution = models.CharField(max_length=63, blank=True)
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=400, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = (models.Index(fields=["institution", "-id"], name="trail_by_institution"),)

    def __str__(self) -> str:
        return f"{self.account} {self.act} {self.subject}"


class SavedView(models.Model):
    """A table as somebody wants to find it again: the query part of its address under a name."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="views")
    institution = models.CharField(max_length=63)
    table = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "institution", "table", "name"], name="view_named_once"),
        )

    def __str__(self) -> str:
        return self.name
