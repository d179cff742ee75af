"""The windows of the audit log: who did what to which badge, batch or key; as a list and as a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, request

from issuer.accounts.audit import AuditAct, verify_chain
from issuer.accounts.audit_pages import AuditSearch, every_act, read_audit
from issuer.accounts.roles import Permission
from issuer.badges.dossier import names_of
from issuer.catalogue.find import get_provider
from issuer.console.badges import csv_file
from issuer.console.bounds import read_number
from issuer.console.frame import Console, Seat
from issuer.database import reading
from verifier.spreadsheet import csv_text

PAGE: Final = 100
_LONGEST: Final = 128
_COLUMNS: Final = ("number", "at", "actor", "act", "provider", "subject", "facts", "digest")


@dataclass(frozen=True)
class AuditWindows:
    """Each window asks the log one thing and shows the answer."""

    console: Console

    def audit(self, seat: Seat) -> Response:
        """What was done, newest first; with ``check`` the whole chain is read."""
        asked = _asked()
        with reading(self.console.office.sessions) as session:
            provider = get_provider(session, seat.provider_slug)
            before = request.args.get("before", type=read_number)
            entries, further = read_audit(session, provider, asked, limit=PAGE, before=before)
            return self.console.page(
                seat,
                "console/audit.html",
                asked=asked,
                entries=entries,
                names=names_of(session, {each.actor for each in entries}),
                further=further,
                is_later=before is not None,
                acts=list(AuditAct),
                chain=verify_chain(session) if "check" in request.args else None,
            )

    def audit_csv(self, seat: Seat) -> Response:
        """The log for a spreadsheet."""
        with reading(self.console.office.sessions) as session:
            provider = get_provider(session, seat.provider_slug)
            rows = [
                [each["number"], each["at"], each["actor"], each["act"], each["provider"] or "", each["subject"],
                 json.dumps(each["facts"], sort_keys=True), each["digest"]]
                for each in every_act(session, provider, _asked())
            ]  # fmt: skip
        return csv_file(csv_text(_COLUMNS, rows), "audit.csv")

    def audit_jsonl(self, seat: Seat) -> Response:
        """The log for a program: one JSON object in each line."""
        with reading(self.console.office.sessions) as session:
            provider = get_provider(session, seat.provider_slug)
            lines = [json.dumps(each, sort_keys=True) + "\n" for each in every_act(session, provider, _asked())]
        response = Response("".join(lines), content_type="application/jsonl; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="audit.jsonl"'
        response.headers["Cache-Control"] = "no-store"
        return response


def create_audit_blueprint(console: Console) -> Blueprint:
    """Every address of the audit log."""
    views, blueprint = AuditWindows(console), Blueprint("audit", __name__)
    console.add(blueprint, "/audit", views.audit, Permission.SEE_AUDIT)
    console.add(blueprint, "/audit.csv", views.audit_csv, Permission.SEE_AUDIT)
    console.add(blueprint, "/audit.jsonl", views.audit_jsonl, Permission.SEE_AUDIT)
    console.door("audit.audit", "Audit", Permission.SEE_AUDIT)
    return blueprint


def _asked() -> AuditSearch:
    act = request.args.get("act", "")
    return AuditSearch(
        act=AuditAct(act) if act in set(AuditAct) else None,
        subject=request.args.get("subject", "").strip()[:_LONGEST],
        actor=request.args.get("actor", "").strip()[:_LONGEST],
    )
