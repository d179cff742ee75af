"""The closed vocabulary of the gate: what is checked, how a check can come out, and why.

The values are public (JSON reports, problem details, page texts) and are never reused for another meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Outcome(StrEnum):
    """How one check, or the whole report, came out; the first three as in ETSI EN 319 102-1."""

    PASSED = "passed"
    FAILED = "failed"
    INDETERMINATE = "indeterminate"
    SKIPPED = "skipped"


class Check(StrEnum):
    """The nine questions, in the order they are asked; the first five ask whether the paper is authentic."""

    FORM = "form"
    KEY = "key"
    PROOF = "proof"
    ISSUER = "issuer"
    APPEARANCE = "appearance"
    VALIDITY = "validity"
    STATUS = "status"
    SCHEMA = "schema"
    TRUST = "trust"


AUTHENTICITY = (Check.FORM, Check.KEY, Check.PROOF, Check.ISSUER, Check.APPEARANCE)


class Reason(StrEnum):
    """Why a check did not pass."""

    # FORM: there is no credential here that could be read
    MALFORMED = "malformed"
    DUPLICATE_MEMBER = "duplicate_member"
    TOO_LARGE = "too_large"
    TOO_COMPLEX = "too_complex"
    NO_CREDENTIAL = "no_credential"
    SEVERAL_CREDENTIALS = "several_credentials"
    UNSUPPORTED_FORMAT = "unsupported_format"
    UNSUPPORTED_PROOF = "unsupported_proof"
    ENCRYPTED = "encrypted"
    LINK_UNREACHABLE = "link_unreachable"
    # KEY
    KEY_UNREACHABLE = "key_unreachable"
    KEY_DOCUMENT_INVALID = "key_document_invalid"
    SEALING_TIME_UNKNOWN = "sealing_time_unknown"
    KEY_NOT_FOUND = "key_not_found"
    KEY_NOT_AUTHORISED = "key_not_authorised"
    KEY_EXPIRED = "key_expired"
    KEY_REVOKED = "key_revoked"
    SEAL_NOT_REGISTERED = "seal_not_registered"
    SEAL_REGISTER_UNREACHABLE = "seal_register_unreachable"
    SEAL_REGISTER_INVALID = "seal_register_invalid"
    # PROOF
    UNDEFINED_TERM = "undefined_term"
    UNKNOWN_CONTEXT = "unknown_context"
    RELATIVE_IDENTIFIER = "relative_identifier"
    CONTROL_CHARACTER = "control_character"
    LANGUAGE_MAP = "language_map"
    INLINE_CONTEXT = "inline_context"
    MIXED_VERSIONS = "mixed_versions"
    SEAL_BROKEN = "seal_broken"
    EARLIER_SEAL_UNCHECKED = "earlier_seal_unchecked"
    # ISSUER
    ISSUER_MISMATCH = "issuer_mismatch"
    # APPEARANCE
    PAGE_DIFFERS = "page_differs"
    PAGE_CHANGED = "page_changed"
    PAGE_NOT_SEALED = "page_not_sealed"
    PAGE_UNREADABLE = "page_unreadable"
    # VALIDITY
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    DATES_UNREADABLE = "dates_unreadable"
    # STATUS
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    STATUS_UNREACHABLE = "status_unreachable"
    STATUS_INVALID = "status_invalid"
    STATUS_STALE = "status_stale"
    STATUS_UNSUPPORTED = "status_unsupported"
    # SCHEMA
    SCHEMA_VIOLATED = "schema_violated"
    # TRUST
    ISSUER_UNKNOWN = "issuer_unknown"
    ACHIEVEMENT_NOT_LISTED = "achievement_not_listed"
    LISTED_PERIOD_NOT_BEGUN = "listed_period_not_begun"
    LISTED_PERIOD_OVER = "listed_period_over"
    TRUST_LIST_STALE = "trust_list_stale"
    # SKIPPED
    NO_PAGE = "no_page"
    NOT_REACHED = "not_reached"


_UNREADABLE_CONTENT = frozenset(
    {
        Reason.MALFORMED,
        Reason.DUPLICATE_MEMBER,
        Reason.TOO_LARGE,
        Reason.TOO_COMPLEX,
        Reason.UNSUPPORTED_PROOF,
        Reason.UNDEFINED_TERM,
        Reason.UNKNOWN_CONTEXT,
        Reason.RELATIVE_IDENTIFIER,
        Reason.CONTROL_CHARACTER,
        Reason.LANGUAGE_MAP,
        Reason.INLINE_CONTEXT,
        Reason.MIXED_VERSIONS,
    }
)

REASONS: Mapping[Check, Mapping[Outcome, frozenset[Reason]]] = {
    Check.FORM: {
        Outcome.INDETERMINATE: _UNREADABLE_CONTENT
        | {
            Reason.NO_CREDENTIAL,
            Reason.SEVERAL_CREDENTIALS,
            Reason.UNSUPPORTED_FORMAT,
            Reason.ENCRYPTED,
            Reason.LINK_UNREACHABLE,
        },
    },
    Check.KEY: {
        Outcome.FAILED: frozenset(
            {
                Reason.KEY_NOT_FOUND,
                Reason.KEY_NOT_AUTHORISED,
                Reason.KEY_EXPIRED,
                Reason.KEY_REVOKED,
                Reason.SEAL_NOT_REGISTERED,
            }
        ),
        Outcome.INDETERMINATE: frozenset(
            {
                Reason.KEY_UNREACHABLE,
                Reason.KEY_DOCUMENT_INVALID,
                Reason.SEALING_TIME_UNKNOWN,
                Reason.SEAL_REGISTER_UNREACHABLE,
                Reason.SEAL_REGISTER_INVALID,
            }
        ),
    },
    Check.PROOF: {
        Outcome.FAILED: frozenset({Reason.SEAL_BROKEN}),
        Outcome.INDETERMINATE: _UNREADABLE_CONTENT | {Reason.EARLIER_SEAL_UNCHECKED},
    },
    Check.ISSUER: {Outcome.FAILED: frozenset({Reason.ISSUER_MISMATCH})},
    Check.APPEARANCE: {
        Outcome.FAILED: frozenset({Reason.PAGE_DIFFERS, Reason.PAGE_CHANGED}),
        Outcome.INDETERMINATE: frozenset({Reason.PAGE_NOT_SEALED, Reason.PAGE_UNREADABLE}),
        Outcome.SKIPPED: frozenset({Reason.NO_PAGE}),
    },
    Check.VALIDITY: {
        Outcome.FAILED: frozenset({Reason.EXPIRED, Reason.NOT_YET_VALID}),
        Outcome.INDETERMINATE: frozenset({Reason.DATES_UNREADABLE}),
    },
    Check.STATUS: {
        Outcome.FAILED: frozenset({Reason.SUPERSEDED, Reason.REVOKED, Reason.SUSPENDED}),
        Outcome.INDETERMINATE: frozenset(
            {Reason.STATUS_UNREACHABLE, Reason.STATUS_INVALID, Reason.STATUS_STALE, Reason.STATUS_UNSUPPORTED}
        ),
    },
    Check.SCHEMA: {Outcome.INDETERMINATE: frozenset({Reason.SCHEMA_VIOLATED})},
    Check.TRUST: {
        Outcome.INDETERMINATE: frozenset(
            {
                Reason.ISSUER_UNKNOWN,
                Reason.ACHIEVEMENT_NOT_LISTED,
                Reason.DATES_UNREADABLE,
                Reason.LISTED_PERIOD_NOT_BEGUN,
                Reason.LISTED_PERIOD_OVER,
                Reason.TRUST_LIST_STALE,
            }
        ),
    },
}
"""Which answers each check can give besides PASSED (and besides SKIPPED because an earlier check ended the work)."""


def outcome_of(check: Check, reason: Reason) -> Outcome:
    """The one outcome that this reason stands for in this check; raises ValueError for a foreign reason."""
    for outcome, reasons in REASONS[check].items():
        if reason in reasons:
            return outcome
    raise ValueError(f"{check} has no reason {reason}")
