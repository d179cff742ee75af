"""Is the badge about this person: by identifier, by e-mail, and what it says when it names neither."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from credentials.credential import AchievementCredential
from credentials.identity import hash_email
from tests.simulator import Simulator, subject
from verifier.recipient import Recipient, verify_recipient

ASA = "asa@mail.example"
LEARNER = subject()["id"]
NAME = subject()["identifier"][0]


def hashed(value: str, kind: str = "emailAddress", algorithm: str = "sha256", salt: str = "s") -> dict[str, Any]:
    digest = hashlib.new(algorithm, (value + salt).encode()).hexdigest().upper()
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityType": kind,
        "identityHash": f"{algorithm}${digest}",
        "salt": salt,
    }


def credential(*identifier: dict[str, Any], **changes: Any) -> AchievementCredential:
    about = {**subject(identifier=list(identifier) or [NAME]), **changes}
    document = Simulator().document(credentialSubject={k: v for k, v in about.items() if v is not None})
    return AchievementCredential.from_json(document)


@pytest.mark.parametrize(
    ("about", "known", "answer"),
    [
        pytest.param(credential(), LEARNER, Recipient.SAME, id="the subject's identifier"),
        pytest.param(credential(), "urn:uuid:1", Recipient.DIFFERENT, id="another identifier"),
        pytest.param(credential(id=None), "urn:uuid:1", Recipient.NOT_NAMED, id="no identifier"),
        pytest.param(credential(), ASA, Recipient.NOT_NAMED, id="no e-mail"),
        pytest.param(credential(NAME, hash_email(ASA, "x").to_json()), ASA, Recipient.SAME, id="hashed by us"),
        pytest.param(credential(hashed(ASA)), f" {ASA.upper()} ", Recipient.SAME, id="capitals everywhere"),
        pytest.param(credential(hashed("Asa@x.example")), "Asa@x.example", Recipient.SAME, id="as given"),
        pytest.param(credential(hashed(ASA, algorithm="md5")), ASA, Recipient.SAME, id="md5"),
        pytest.param(credential(hashed("b@mail.example"), hashed(ASA)), ASA, Recipient.SAME, id="second of two"),
        pytest.param(credential(hashed("b@mail.example")), ASA, Recipient.DIFFERENT, id="another e-mail"),
        pytest.param(credential(hashed(ASA, "emailAddress", salt="")), ASA, Recipient.SAME, id="no salt"),
        pytest.param(credential(hashed(ASA, "systemId")), ASA, Recipient.NOT_NAMED, id="the same text, another kind"),
        pytest.param(credential(hashed("")), " ", Recipient.DIFFERENT, id="nothing typed"),
    ],
)
def test_the_recipient_is_compared(about: AchievementCredential, known: str, answer: Recipient) -> None:
    """The subject's identifier, else each e-mail in it, hashed or plain; a badge may name neither."""
    assert verify_recipient(about, known) is answer
