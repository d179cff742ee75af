"""The certificates of many learners as one ZIP, made while it is sent: in memory there is never more than one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.certificates.errors import CertificateError
from issuer.database import reading
from issuer.office import Office
from issuer.public.takeaway import file_stem, make_takeaway, paper_of
from verifier.spreadsheet import csv_text

MANIFEST: Final = "certificates.csv"
_COLUMNS: Final = ("name", "badge", "completed_on", "credential_id", "link", "state", "file", "problem")
_NOT_HANDED_OUT: Final = frozenset({CredentialState.REVOKED, CredentialState.SUPERSEDED})


def stream_pack(office: Office, numbers: Sequence[int], *, now: datetime) -> Iterator[bytes]:
    """The ZIP in pieces: a PDF for each record number that exists, and a list of them all.

    A certificate that cannot be drawn is in the list with the reason and leaves the others alone. Not checked: who may
    see them.
    """
    sink = _Sink()
    rows: list[Sequence[str]] = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as pack:
        for number in numbers:
            entry = _certificate(office, number)
            if entry is None:
                continue
            row, body = entry
            rows.append(row)
            if body is not None:
                pack.writestr(_info(row[6], now), body)
                yield sink.taken()
        pack.writestr(_info(MANIFEST, now, compress=True), write_manifest(rows))
    yield sink.taken()


def _certificate(office: Office, number: int) -> tuple[Sequence[str], bytes | None] | None:
    """A line of the list, and the PDF unless it cannot be drawn; a session of its own, so that none stays open long."""
    with reading(office.sessions) as session:
        record = session.get(IssuedCredentialRecord, number)
        if record is None or not record.sealed_json:
            return None
        paper = paper_of(record)
        name = f"{file_stem(paper.credential)}-{record.credential_id.removeprefix('urn:uuid:')[:8]}.pdf"
        body, problem = None, ""
        try:
            if record.state in _NOT_HANDED_OUT:
                name, problem = "", f"The badge is {record.state}: no certificate of it is handed out."
            else:
                body = make_takeaway(session, office.desk.signers, paper, "pdf").body
        except CertificateError as exc:
            name, problem = "", str(exc)
        row = (
            record.holder_name,
            paper.credential.credential_subject.achievement.human_code or "",
            record.completed_on.isoformat(),
            record.credential_id,
            office.desk.link(record.token),
            record.state,
            name,
            problem,
        )
        return row, body


def _info(name: str, now: datetime, *, compress: bool = False) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, now.timetuple()[:6])
    info.external_attr = 0o600 << 16
    info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    return info


def write_manifest(rows: Sequence[Sequence[str]]) -> bytes:
    """For a spreadsheet: with the mark that lets it find the encoding, and without anything it would run."""
    return csv_text(_COLUMNS, rows).encode("utf-8-sig")


class _Sink(io.RawIOBase):
    """Where the ZIP is written to: forgets what was taken, and so cannot be sought in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any, /) -> int:
        data = bytes(piece)
        self._pieces.append(data)
        return len(data)

    def taken(self) -> bytes:
        """Everything written since the last time."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data
