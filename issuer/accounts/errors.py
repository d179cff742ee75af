"""What the desk of accounts refuses; every sentence is for the person who reads it."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import ClassVar

from issuer.errors import IssuerError


class AccountRefused(IssuerError):
    """Root of what a person can be told about signing in, second factors, staff and invitations."""

    code: ClassVar[str] = "account_refused"


class SignInRefused(AccountRefused):
    """Address or password are wrong, or there is no such account; which of them is told to nobody."""

    code: ClassVar[str] = "sign_in_refused"

    def __init__(self) -> None:
        super().__init__("This address and this password do not belong together. Type both again.")


class PasswordWrong(AccountRefused):
    """Somebody who is signed in typed another password than their own."""

    code: ClassVar[str] = "password_wrong"

    def __init__(self) -> None:
        super().__init__("This is not your password. Nothing was changed; type it again.")


class TooManyTries(AccountRefused):
    """Somebody tried too often; ``wait`` is how long nothing is looked at."""

    code: ClassVar[str] = "too_many_tries"

    def __init__(self, wait: timedelta) -> None:
        self.seconds = ceil(wait.total_seconds())
        minutes = ceil(self.seconds / 60)
        span = f"{self.seconds} seconds" if self.seconds < 60 else f"{minutes} minute{'s' if minutes > 1 else ''}"
        super().__init__(f"That was too many tries. Wait {span}, then try again.")


class CodeRefused(AccountRefused):
    """The second factor does not fit, or was used before."""

    code: ClassVar[str] = "code_refused"

    def __init__(self) -> None:
        super().__init__(
            "This code is not good. Codes change every half minute and work once: wait for the next one and type it."
        )


class PasskeyRefused(AccountRefused):
    """The answer of a passkey does not fit what was asked; ``why`` is for logs and says nothing about the person."""

    code: ClassVar[str] = "passkey_refused"

    def __init__(self, why: str) -> None:
        super().__init__("This passkey was not accepted. Try again, or use a code from your authenticator app.")
        self.why = why


class StepOver(AccountRefused):
    """The minutes for this step are over, or it was taken already."""

    code: ClassVar[str] = "step_over"

    def __init__(self) -> None:
        super().__init__("This took longer than ten minutes. Begin again; nothing was changed.")


class LinkOver(AccountRefused):
    """A link of a mail was used, is too old, or never was."""

    code: ClassVar[str] = "link_over"

    def __init__(self) -> None:
        super().__init__("This link was used already or is too old. Each link in a mail works once.")


class PasswordTooWeak(AccountRefused):
    """A new password that others could guess, or that nobody could type."""

    code: ClassVar[str] = "password_too_weak"


class LastAdministrator(AccountRefused):
    """Without an administrator nobody could invite anybody any more."""

    code: ClassVar[str] = "last_administrator"

    def __init__(self) -> None:
        super().__init__("This is the last administrator here. Make somebody else administrator first.")


class SecondFactorNeeded(AccountRefused):
    """The last second factor of somebody whose role demands one cannot be removed."""

    code: ClassVar[str] = "second_factor_needed"

    def __init__(self) -> None:
        super().__init__("Your role needs a second factor. Add another one before you remove this one.")


class StaffEntryRefused(AccountRefused):
    """An address, a name or a choice of roles that cannot be used."""

    code: ClassVar[str] = "staff_entry_refused"
