"""What each role may do. The table is read by people who decide whom to give a role, so it is one table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is at one provider, or at the alliance office. A person may have several."""

    ADMINISTRATOR = "administrator"
    EDITOR = "editor"
    APPROVER = "approver"
    ASSESSOR = "assessor"
    VIEWER = "viewer"


class Permission(StrEnum):
    """What a window or an act asks for."""

    SEE = "see"
    IMPORT = "import"
    APPROVE = "approve"
    CHANGE = "change"
    DELIVER = "deliver"
    EDIT_CATALOGUE = "edit_catalogue"
    REVIEW_CATALOGUE = "review_catalogue"
    MANAGE_STAFF = "manage_staff"
    MANAGE_KEYS = "manage_keys"
    MANAGE_TOKENS = "manage_tokens"
    SEE_REPORTS = "see_reports"
    SEE_AUDIT = "see_audit"


_P = Permission

TABLE: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ADMINISTRATOR: frozenset(Permission) - {_P.REVIEW_CATALOGUE},
    Role.EDITOR: frozenset({_P.SEE, _P.IMPORT, _P.CHANGE, _P.DELIVER, _P.EDIT_CATALOGUE, _P.SEE_REPORTS}),
    Role.APPROVER: frozenset({_P.SEE, _P.APPROVE, _P.CHANGE, _P.SEE_REPORTS}),
    Role.ASSESSOR: frozenset({_P.SEE, _P.IMPORT}),
    Role.VIEWER: frozenset({_P.SEE, _P.SEE_REPORTS}),
}

OFFICE_REVIEWERS: Final = frozenset({Role.ADMINISTRATOR, Role.EDITOR, Role.APPROVER})
"""Who, at the office that owns programmes, may publish or send back what providers propose."""


def permissions_of(roles: Collection[Role], *, at_office: bool) -> frozenset[Permission]:
    """Everything these roles together allow; ``at_office`` is whether the organisation owns programmes."""
    allowed = frozenset().union(*(TABLE[role] for role in roles))
    if at_office and OFFICE_REVIEWERS.intersection(roles):
        allowed |= {Permission.REVIEW_CATALOGUE}
    return allowed
