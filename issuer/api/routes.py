"""The addresses of the interface: known when the service starts, while all that answers them is loaded when asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PREFIX: Final = "/api/v1"

ROUTES: Final[Mapping[str, tuple[str, str]]] = {
    "listProgrammes": ("GET", "/programmes"),
    "listAchievements": ("GET", "/achievements"),
    "getAchievement": ("GET", "/achievements/{code}"),
    "listLearners": ("GET", "/learners"),
    "getLearner": ("GET", "/learners/{learner_id}"),
    "listAwards": ("GET", "/awards"),
    "createAward": ("POST", "/awards"),
    "getAward": ("GET", "/awards/{award_id}"),
    "revokeAward": ("POST", "/awards/{award_id}/revoke"),
    "suspendAward": ("POST", "/awards/{award_id}/suspend"),
    "reinstateAward": ("POST", "/awards/{award_id}/reinstate"),
    "supersedeAward": ("POST", "/awards/{award_id}/supersede"),
    "createBatch": ("POST", "/batches"),
    "getBatch": ("GET", "/batches/{batch_id}"),
    "listResults": ("GET", "/batches/{batch_id}/results"),
    "createCompletions": ("POST", "/completions"),
    "listWebhooks": ("GET", "/webhooks"),
    "createWebhook": ("POST", "/webhooks"),
    "getWebhook": ("GET", "/webhooks/{webhook_id}"),
    "deleteWebhook": ("DELETE", "/webhooks/{webhook_id}"),
    "rotateWebhookSecret": ("POST", "/webhooks/{webhook_id}/rotate-secret"),
    "listDeliveries": ("GET", "/webhooks/{webhook_id}/deliveries"),
}
"""Method and path of each operation, by its name in the description."""
