"""The certificate as a file that proves itself: the page, the signed record inside it, and the seal over both."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from credentials.page_seal import seal_page
from credentials.sealed import Sealed, SecuringForm
from issuer.certificates.face import CertificateFace
from issuer.certificates.logo import read_logo
from issuer.certificates.markup import certificate_html
from issuer.certificates.qr import qr_loops
from issuer.certificates.sheet import AttachedFile, Page, print_sheet
from keys.signer import Signer
from verifier.pdf_digest import drawing_digest, embed_page_seal

_ATTACHED_AS: Final = {
    SecuringForm.DATA_INTEGRITY: "credential.json",
    SecuringForm.VC_JWT: "credential.jwt",
}


def render_certificate(face: CertificateFace, sealed: Sealed, page_signer: Signer, *, created: datetime) -> bytes:
    """One A4 page as PDF/A-3a and PDF/UA-1 with `sealed` attached, signed as a whole by the issuer's P-256 key.

    `created` is the moment the credential was sealed; no clock is read, so the same arguments give the same bytes (as
    far as the signer signs deterministically). Not checked: that `sealed` is the credential the face was taken from.
    Raises CertificateError.
    """
    attached = AttachedFile(
        name=_ATTACHED_AS[sealed.form],
        media_type=sealed.media_type,
        description="The signed record of this certificate (Open Badges 3.0)",
        content=sealed.text.encode(),
    )
    logo = read_logo(face.logo).png if face.logo else None
    page = Page(certificate_html(face, created=created), qr_loops(face.link), logo)
    printed = print_sheet(page, attached, created=created)
    digest = drawing_digest(printed)
    seal = seal_page(face.credential_id, face.issuer.id, sealed.digest, digest, page_signer, created)
    return embed_page_seal(printed, seal)


def render_specimen(face: CertificateFace, *, created: datetime) -> bytes:
    """The page of a draft, to look at: marked as a specimen on its face, with no record inside and no seal.

    Raises CertificateError.
    """
    assert face.is_specimen, "a page without a seal must say so itself"
    attached = AttachedFile(
        name="specimen.txt",
        media_type="text/plain",
        description="What this page is",
        content=b"This page shows how a certificate would look. It was not signed and is not an award.\n",
    )
    logo = read_logo(face.logo).png if face.logo else None
    return print_sheet(
        Page(certificate_html(face, created=created), qr_loops(face.link), logo), attached, created=created
    )
