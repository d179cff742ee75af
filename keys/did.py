"""The two DID methods Voltpass speaks: did:web, found at a web address, and did:key, which is its own key."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from keys.controller_document import ControllerDocument
from keys.errors import MalformedDid
from keys.method import VerificationMethod
from keys.public_key import PublicKey

_LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_DID: Final = 1024
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_PORT: Final = re.compile(r"[1-9]\d{0,4}", re.ASCII)
_SEGMENT: Final = re.compile(r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_FORBIDDEN_IN_SEGMENT: Final = re.compile(r"[/\\?#%\x00-\x20\x7f-\x9f]")


def did_web(base_url: str, *segments: str) -> str:
    """Name the did:web of a place below base_url; http only for a loopback address, which becomes localhost."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise MalformedDid(base_url, f"not a web address: {exc}") from exc
    loopback = host in _LOOPBACK_HOSTS
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise MalformedDid(base_url, "did:web needs https (http only for a loopback address)")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise MalformedDid(base_url, "the base address has a user, a query or a fragment")
    host = "localhost" if loopback else host
    _check_host(base_url, host)
    default_port = 443 if parts.scheme == "https" else None
    authority = host if port is None or port == default_port else f"{host}%3A{port}"
    path = [segment for segment in parts.path.split("/") if segment]
    return ":".join(["did:web", authority, *(_escape(base_url, segment) for segment in (*path, *segments))])


def did_web_location(did: str, *, allow_loopback: bool = False) -> str:
    """The web address of a did:web's document; localhost is refused, or answered with http when allow_loopback."""
    if not did.startswith("did:web:") or len(did) > _LONGEST_DID:
        raise MalformedDid(did[:_LONGEST_DID], "not a did:web")
    authority, *segments = did.removeprefix("did:web:").split(":")
    host, port = _split_authority(did, authority)
    if host == "localhost" and not allow_loopback:
        raise MalformedDid(did, "the host is this machine itself")
    path = "/".join(quote(_unescape(did, segment), safe="") for segment in segments)
    scheme = "http" if host == "localhost" else "https"
    return f"{scheme}://{host}{port}/{path or '.well-known'}/did.json"


def did_key(public_key: PublicKey) -> str:
    """The did:key that is this key."""
    return f"did:key:{public_key.multikey}"


def did_key_method_id(public_key: PublicKey) -> str:
    """The identifier of the one verification method of a did:key, did:key:X#X."""
    return f"did:key:{public_key.multikey}#{public_key.multikey}"


def resolve_did_key(did: str) -> ControllerDocument:
    """Expand a did:key into its document, without any I/O; UnsupportedKeyType for keys we cannot verify with."""
    if not did.startswith("did:key:") or len(did) > _LONGEST_DID:
        raise MalformedDid(did[:_LONGEST_DID], "not a did:key")
    public_key = PublicKey.from_multikey(did.removeprefix("did:key:"))
    method = VerificationMethod(id=did_key_method_id(public_key), controller=did, public_key=public_key)
    return ControllerDocument(id=did, verification_methods=(method,), assertion_methods=frozenset({method.id}))


def _split_authority(did: str, authority: str) -> tuple[str, str]:
    host, separator, port = re.sub("%3a", "%3A", authority).partition("%3A")
    host = host.lower()
    _check_host(did, host)
    if separator and (not _PORT.fullmatch(port) or int(port) > 65535):
        raise MalformedDid(did, "the port is not a number between 1 and 65535")
    return host, f":{port}" if separator else ""


def _check_host(did: str, host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise MalformedDid(did, "the host is not a domain name")
    # a last label that is a number makes every client read the host as an IPv4 address (URL standard, "ends in a
    # number"), and did:web allows no addresses
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1], re.ASCII):
        raise MalformedDid(did, "the host is an IP address, which did:web does not allow")
    if len(labels) > 1 and labels[-1] == "localhost":
        raise MalformedDid(did, "the host is this machine itself")


def _escape(base_url: str, segment: str) -> str:
    if segment in {"", ".", ".."} or _FORBIDDEN_IN_SEGMENT.search(segment):
        raise MalformedDid(base_url, f"{segment!r} cannot be part of a did:web")
    return quote(segment, safe="").replace("~", "%7E")


def _unescape(did: str, segment: str) -> str:
    if not _SEGMENT.fullmatch(segment):
        raise MalformedDid(did, "a part of the path is empty or has a character a DID may not have")
    try:
        text = unquote(segment, errors="strict")
    except UnicodeDecodeError as exc:
        raise MalformedDid(did, "a part of the path is not UTF-8") from exc
    if text in {".", ".."} or _FORBIDDEN_IN_SEGMENT.search(text):
        raise MalformedDid(did, "a part of the path would leave its folder")
    return text
