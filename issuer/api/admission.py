"""Who calls: the token, its pace and its scope, before anything else of a call is looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from issuer.accounts.tokens import Scope, TokenRefused, check_token, scopes_of
from issuer.api.call import Caller
from issuer.api.errors import ApiRefused
from issuer.database import Sessions, reading
from verifier.web.pace import Pace

_CHALLENGE: Final = "Bearer"


def admit(sessions: Sessions, authorization: str | None, needed: Scope, pace: Pace, *, now: datetime) -> Caller:
    """The program behind a token; raises ApiRefused: 401, 429 or 403."""
    with reading(sessions) as session:
        try:
            token = check_token(session, authorization, now=now)
        except TokenRefused as exc:
            raise ApiRefused(401, exc.code, str(exc), headers={"WWW-Authenticate": _CHALLENGE}) from exc
        caller = Caller(
            token_name=token.name,
            provider_id=token.provider_id,
            provider_slug=token.provider.slug,
            scopes=scopes_of(token),
        )
    wait = pace.seconds_to_wait(caller.token_name)
    if wait:
        detail = f"Too many calls with this token. Go on in {wait} seconds."
        raise ApiRefused(429, "too_many_requests", detail, headers={"Retry-After": str(wait)})
    if needed not in caller.scopes:
        challenge = f'{_CHALLENGE} error="insufficient_scope", scope="{needed.value}"'
        detail = f'The token is not good for this. Use one with the scope "{needed.value}".'
        raise ApiRefused(403, "forbidden", detail, headers={"WWW-Authenticate": challenge})
    return caller
