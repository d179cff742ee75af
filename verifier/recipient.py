"""Is the badge about this person? Compared here, with nobody asked (Open Badges 3.0, verification, step 5).

The answer changes no verdict: a badge is as good as it was when it turns out to be somebody else's.
"""

from __future__ import annotations

from enum import StrEnum

from credentials.credential import AchievementCredential
from credentials.identity import matches_email


class Recipient(StrEnum):
    """What the comparison came to; NOT_NAMED says that the badge holds nothing of the kind that was asked about."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_NAMED = "not_named"


def verify_recipient(credential: AchievementCredential, known: str) -> Recipient:
    """Whether the credential is about who is known by this e-mail address or subject identifier.

    Neither is kept, and the answer repeats neither. Hand in an authentic credential: nothing else is anybody's word.
    """
    subject = credential.credential_subject
    if known.strip() and known.strip() == subject.id:
        return Recipient.SAME
    addresses = [each for each in subject.identifier if each.identity_type == "emailAddress"]
    if any(matches_email(each, known) for each in addresses):
        return Recipient.SAME
    names_such = addresses if "@" in known else subject.id
    return Recipient.DIFFERENT if names_such else Recipient.NOT_NAMED
