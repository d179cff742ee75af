"""Around a sign-in: where to go afterwards, what is carried along, which device it is, the picture for the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Response, request
from qrcode.main import QRCode

from issuer.accounts.desk import AccountDesk
from issuer.accounts.sign_in import Visitor
from issuer.accounts.throttle import network_of

DESKS: Final = "/console"
_NOT_AGAIN: Final = ("/console/sign-in", "/console/sign-out", "/console/password", "/console/invitation")
_QUIET: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where somebody wants to go after signing in, and the form they bring along under lock."""

    next: str = DESKS
    carried: str = ""


def way_of_request() -> Way:
    """As the page said; an address that is not ours is forgotten."""
    return Way(next=own_path(request.values.get("next", "")), carried=request.form.get("carried", ""))


def own_path(text: str) -> str:
    """A path of the console, or the desks: never another site, whatever is written there."""
    plain = text if text.isascii() and text.isprintable() and "\\" not in text else ""
    try:
        parts = urlsplit(plain)
    except ValueError:
        return DESKS
    is_ours = not parts.scheme and not parts.netloc and (parts.path == DESKS or parts.path.startswith(f"{DESKS}/"))
    if not is_ours or "//" in parts.path or ".." in parts.path or parts.path.startswith(_NOT_AGAIN):
        return DESKS
    return plain


def visitor() -> Visitor:
    """Who knocks, as far as it may be known."""
    return Visitor(network=network_of(request.remote_addr), device=_device(request.user_agent.string))


def passkey_at(desk: AccountDesk) -> str:
    """Nothing where passkeys work; elsewhere the address at which they do."""
    return "" if request.host.partition(":")[0] == desk.rp_id else f"{desk.origin}/console"


def qr_picture(text: str) -> Response:
    """A QR code as a drawing of one path, black on white in every theme; kept by nobody."""
    code: QRCode[Any] = QRCode(border=_QUIET, mask_pattern=3)
    code.add_data(text)
    matrix = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    size = len(matrix)
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{path}"/></svg>\n'
    )
    return Response(drawn, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _device(agent: str) -> str:
    if any(word in agent for word in ("iPad", "Tablet")) or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    if "Mobile" in agent or "iPhone" in agent:
        return "phone"
    return "computer" if any(word in agent for word in ("Windows", "Macintosh", "X11", "CrOS")) else "program"
