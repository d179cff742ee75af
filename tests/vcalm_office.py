"""An office seen by machines: one badge, and access tokens of its provider and of a neighbour."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from issuer.accounts.tokens import Scope, create_token
from issuer.app import create_office_app
from issuer.awards.award import award
from issuer.awards.records import StatusChangeRecord
from issuer.catalogue.find import get_provider
from issuer.database import reading, transaction
from tests.award_requests import ASA
from tests.office import Clock, demo_office
from verifier.examine import examine_text
from verifier.report import Verdict

OURS = "vbk-goteborg"
NEIGHBOUR = "mak-ostrava"
STATUS = "/vc/credentials/status"


class House:
    """An office in which Åsa has a badge, and tokens for everything: the provider's, and a neighbour's."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.office = demo_office(folder, clock=self.clock)
        self.client = create_office_app(self.office).test_client()
        self.tokens: dict[str, str] = {}
        with transaction(self.office.sessions) as session:
            for slug in (OURS, NEIGHBOUR):
                self.tokens[slug] = self._token(session, slug, *Scope)
            for scope in Scope:
                self.tokens[scope] = self._token(session, OURS, scope)
        with transaction(self.office.sessions) as session:
            record = award(session, ASA, self.office.desk, now=self.clock())
            self.id, self.sealed = record.credential_id, json.loads(record.sealed_json)

    def _token(self, session: Any, slug: str, *scopes: Scope) -> str:
        provider, chance = get_provider(session, slug), self.office.desk.chance
        return create_token(session, provider, scopes, chance, now=self.clock(), days=30)[1]

    def send(self, method: str, path: str, body: object = None, *, token: str | None = OURS) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens[token]}"} if token else {}
        return self.client.open(path, method=method, json=body, headers=headers)

    def change(self, purpose: str = "revocation", status: bool = True, *, token: str | None = OURS) -> TestResponse:
        described = {"type": "BitstringStatusListEntry", "statusPurpose": purpose}
        body = {"credentialId": self.id, "credentialStatus": described, "status": status}
        return self.send("POST", STATUS, body, token=token)

    @property
    def verdict(self) -> Verdict:
        policy = self.office.policy()
        return examine_text(json.dumps(self.sealed), policy, now=self.clock()).report.verdict

    def history(self) -> list[str]:
        with reading(self.office.sessions) as session:
            return list(session.scalars(select(StatusChangeRecord.act).order_by(StatusChangeRecord.id)))
