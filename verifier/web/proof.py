"""The technical proof, last on the page: identifiers, keys and digests for whoever wants to check the check."""

from __future__ import annotations

from collections.abc import Iterator

from credentials.status_entry import BitstringStatusListEntry
from verifier.report import VerificationReport
from verifier.web.claims import Row
from verifier.web.words import Words


def proof_rows(report: VerificationReport, words: Words) -> tuple[Row, ...]:
    """Label and value; what the paper itself claims stands here only once the paper is known to be authentic."""
    if report.unverified is None:
        return ()
    return tuple((words(f"proof.{key}"), value) for key, value in _rows(report, words) if value)


def _rows(report: VerificationReport, words: Words) -> Iterator[tuple[str, str | None]]:
    paper, claims = report.unverified, report.authentic
    if paper is None:
        return
    if claims is not None:
        status = claims.credential_status
        yield "credential", claims.id
        yield "holder", claims.credential_subject.id
        yield "achievement", claims.credential_subject.achievement.id
        yield "issuer", claims.issuer.id
        yield "key", paper.unverified_key_id
        yield "sealed", words.moment(paper.unverified_created) if paper.unverified_created else None
        if isinstance(status, BitstringStatusListEntry):
            place = {"url": status.status_list_credential, "index": status.status_list_index}
            yield "status", words("proof.status.value", **place)
    yield "form", words.find(f"proof.form.{paper.form.value}")
    yield "digest", f"sha256 {paper.digest}"
