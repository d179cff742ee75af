"""The verdict page's second screen tells what others say, in plain words, and never greener than it is."""

from __future__ import annotations

import json
import re

import pytest

from credentials.seal import seal
from keys.algorithm import Algorithm
from tests.simulator import BASE, CODE, CONTEXTS, Provider, RawDocument, Simulator, achievement, subject, tamper
from tests.windows import gate_client, paste, verdict_shown
from verifier.report import Verdict


def endorsement(world: Simulator, board: Provider) -> str:
    document = {
        "@context": CONTEXTS,
        "id": "urn:uuid:11111111-1111-4111-8111-111111111111",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Endorsement",
        "issuer": {"id": board.issuer_id, "type": ["Profile"], "name": "<b>The Board</b>"},
        "validFrom": "2026-10-16T00:00:00Z",
        "credentialSubject": {
            "id": f"{BASE}/achievements/{CODE}/1",
            "type": ["EndorsementSubject"],
            "endorsementComment": "We train to <i>this</i>.",
        },
    }
    return seal(RawDocument(document), board.signers[Algorithm.ED25519], created=world.now).text


def shown(world: Simulator, endorsed: str) -> tuple[str, str]:
    """The page of a badge that carries it, and the part about the endorsement."""
    about = subject(achievement=achievement(endorsement=[json.loads(endorsed)]))
    answer = paste(gate_client(world), world.award(credentialSubject=about).text)
    assert verdict_shown(answer)[0] == Verdict.VALID
    found = re.search(r"<li [^>]*data-endorsement.*?</li>", answer.text, re.DOTALL)
    assert found is not None
    return answer.text, found[0]


def test_a_good_endorsement_is_shown_under_its_listed_name() -> None:
    """Who is on the trust list is called what the list calls it; strangers' words stay words."""
    world = Simulator()
    board = world.found_provider("board")
    page, part = shown(world, endorsement(world, board))
    assert 'data-outcome="passed"' in part
    assert f"{board.name} (listed)" in part
    assert "We train to &lt;i&gt;this&lt;/i&gt;." in part
    assert "what was learned" in part
    assert page.index('id="checks"') < page.index('id="endorsed"')


@pytest.mark.parametrize("own", [pytest.param(True, id="the issuer itself"), pytest.param(False, id="a stranger")])
def test_praise_that_anybody_can_make_gets_no_tick(own: bool) -> None:
    """A genuine signature of somebody unknown, or of the issuer, is told as that."""
    world = Simulator()
    _, part = shown(world, endorsement(world, world.provider if own else world.stranger()))
    assert 'data-outcome="skipped"' in part
    assert ("from the issuer itself" if own else "genuine, but not on the trust list") in part


def test_a_forged_endorsement_says_nothing() -> None:
    """Neither the words nor the name of a seal that does not fit are repeated."""
    world = Simulator()
    forged = tamper(endorsement(world, world.found_provider("board")), lambda paper: paper.update(name="Other"))
    _, part = shown(world, forged)
    assert 'data-outcome="failed"' in part
    assert "We train" not in part
    assert "The Board" not in part


def test_without_endorsements_there_is_no_such_part() -> None:
    """Most badges carry none."""
    world = Simulator()
    assert 'id="endorsed"' not in paste(gate_client(world), world.award().text).text
