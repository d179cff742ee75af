"""Every operation of the interface in one table: what it does, what it asks for, what it answers.

The service obeys this table and the description is written from it, so that neither can say anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from issuer.accounts.tokens import Scope
from issuer.api import award_calls, batch_calls, catalogue_calls, learner_calls, webhook_calls
from issuer.api.call import Answer, Call
from issuer.api.shapes_in import (
    AwardQuery,
    AwardRequestBody,
    BatchBody,
    CompletionsBody,
    LearnerQuery,
    PageQuery,
    StatusBody,
    SupersedeBody,
    WebhookBody,
)
from issuer.api.shapes_out import (
    AchievementOut,
    AchievementPage,
    AwardOut,
    AwardPage,
    BatchOut,
    DeliveryPage,
    LearnerOut,
    LearnerPage,
    NewWebhookOut,
    ProgrammePage,
    ResultPage,
    WebhookOut,
    WebhookPage,
)

Outcomes = Mapping[int, tuple[str, type[BaseModel] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. ``refuses`` are the codes that are its own; ``is_keyed``: it takes an Idempotency-Key."""

    act: Callable[[Call], Answer]
    tag: str
    summary: str
    text: str = ""
    scope: Scope
    answers: Outcomes
    asks: type[BaseModel] | None = None
    takes: type[BaseModel] | None = None
    takes_csv: bool = False
    is_keyed: bool = False
    refuses: tuple[tuple[int, str], ...] = ()


_CHANGED: Final = {200: ("The badge as it is now.", AwardOut)}
_FINAL: Final = ((409, "already_revoked"), (409, "already_superseded"), (422, "reason_needs_note"))
_BATCH: Final = {
    202: ("The batch is large and has gone to work. Ask for it at Location.", BatchOut),
    207: ("Done: what became of each item, in the order in which they were sent.", BatchOut),
}

OPERATIONS: Final[Mapping[str, Operation]] = {
    "listProgrammes": Operation(
        act=catalogue_calls.list_programmes,
        tag="Catalogue",
        summary="List programmes",
        scope=Scope.READ,
        answers={200: ("All of them, by code.", ProgrammePage)},
    ),
    "listAchievements": Operation(
        act=catalogue_calls.list_achievements,
        tag="Catalogue",
        summary="List what can be earned",
        text="Each achievement in its newest version; may_award says whether your provider may award it now.",
        scope=Scope.READ,
        answers={200: ("All of them, by code.", AchievementPage)},
    ),
    "getAchievement": Operation(
        act=catalogue_calls.get_achievement,
        tag="Catalogue",
        summary="Look at one achievement",
        scope=Scope.READ,
        answers={200: ("The achievement in its newest version.", AchievementOut)},
    ),
    "listLearners": Operation(
        act=learner_calls.list_learners,
        tag="Learners",
        summary="List your learners",
        text="Those whom your provider has in its lists or gave a badge, under the name on the newest of them.",
        scope=Scope.LEARNERS,
        asks=LearnerQuery,
        answers={200: ("A part of the list.", LearnerPage)},
        refuses=((422, "unknown_cursor"),),
    ),
    "getLearner": Operation(
        act=learner_calls.get_learner,
        tag="Learners",
        summary="Look at one learner",
        scope=Scope.LEARNERS,
        answers={200: ("The learner.", LearnerOut)},
    ),
    "listAwards": Operation(
        act=award_calls.list_awards,
        tag="Awards",
        summary="List awards",
        text="The badges of your provider that all the filters leave.",
        scope=Scope.READ,
        asks=AwardQuery,
        answers={200: ("A part of the list.", AwardPage)},
        refuses=((422, "unknown_cursor"),),
    ),
    "createAward": Operation(
        act=award_calls.create_award,
        tag="Awards",
        summary="Award one badge",
        text="The same achievement for the same learner and day of completion is the same award: it is found again, "
        "and nothing is issued twice. The learner is told by mail.",
        scope=Scope.ISSUE,
        takes=AwardRequestBody,
        is_keyed=True,
        answers={
            200: ("It was awarded before; this is that badge.", AwardOut),
            201: ("The new badge.", AwardOut),
        },
        refuses=((422, "email_invalid"),),
    ),
    "getAward": Operation(
        act=award_calls.get_award,
        tag="Awards",
        summary="Look at one award",
        scope=Scope.READ,
        answers={200: ("The badge.", AwardOut)},
    ),
    "revokeAward": Operation(
        act=award_calls.revoke_award,
        tag="Status",
        summary="Revoke a badge",
        text="For good. Every verifier knows at once; the learner is told.",
        scope=Scope.STATUS,
        takes=StatusBody,
        is_keyed=True,
        answers=_CHANGED,
        refuses=((409, "already_revoked"), (422, "reason_needs_note")),
    ),
    "suspendAward": Operation(
        act=award_calls.suspend_award,
        tag="Status",
        summary="Suspend a badge",
        text="For the time being, until it is reinstated or revoked.",
        scope=Scope.STATUS,
        takes=StatusBody,
        is_keyed=True,
        answers=_CHANGED,
        refuses=((409, "already_suspended"), *_FINAL),
    ),
    "reinstateAward": Operation(
        act=award_calls.reinstate_award,
        tag="Status",
        summary="Reinstate a suspended badge",
        scope=Scope.STATUS,
        takes=StatusBody,
        is_keyed=True,
        answers=_CHANGED,
        refuses=((409, "not_suspended"), *_FINAL),
    ),
    "supersedeAward": Operation(
        act=award_calls.supersede_award,
        tag="Status",
        summary="Replace a badge by a corrected one",
        text="The new badge has another id and link; the old one says that there is a newer.",
        scope=Scope.STATUS,
        takes=SupersedeBody,
        is_keyed=True,
        answers={201: ("The new badge.", AwardOut)},
        refuses=(
            (409, "already_superseded"),
            (409, "suspended_cannot_be_superseded"),
            (422, "nothing_to_correct"),
            (422, "correction_refused"),
            (422, "reason_needs_note"),
        ),
    ),
    "createBatch": Operation(
        act=batch_calls.create_batch,
        tag="Batches",
        summary="Award many badges",
        text="Up to 5,000. Up to 50 are awarded while you wait; more go to work and can be asked for. Each item has "
        "its own outcome and does not hold up the others. A body of the wrong form is refused whole.",
        scope=Scope.ISSUE,
        takes=BatchBody,
        is_keyed=True,
        answers=_BATCH,
    ),
    "getBatch": Operation(
        act=batch_calls.get_batch,
        tag="Batches",
        summary="See how far a batch has come",
        scope=Scope.READ,
        answers={200: ("The batch, without its results.", BatchOut)},
    ),
    "listResults": Operation(
        act=batch_calls.list_results,
        tag="Batches",
        summary="See what became of the items of a batch",
        scope=Scope.READ,
        asks=PageQuery,
        answers={200: ("A part of the results, in the order in which the items were sent.", ResultPage)},
        refuses=((422, "unknown_cursor"),),
    ),
    "createCompletions": Operation(
        act=batch_calls.create_completions,
        tag="Completions",
        summary="Hand in completed courses",
        text="For course management systems: JSON or CSV with the names that Moodle uses. The course's ID number or "
        "short name must be the code of the achievement. Answers as a batch does.",
        scope=Scope.ISSUE,
        takes=CompletionsBody,
        takes_csv=True,
        is_keyed=True,
        answers=_BATCH,
        refuses=((422, "file_empty"),),
    ),
    "listWebhooks": Operation(
        act=webhook_calls.list_webhooks,
        tag="Webhooks",
        summary="List webhooks",
        scope=Scope.WEBHOOKS,
        answers={200: ("All of them, oldest first.", WebhookPage)},
    ),
    "createWebhook": Operation(
        act=webhook_calls.add_webhook,
        tag="Webhooks",
        summary="Set up a webhook",
        text="An https address on the public internet, on the usual port. Redirects are not followed.",
        scope=Scope.WEBHOOKS,
        takes=WebhookBody,
        is_keyed=True,
        answers={201: ("The webhook with its secret, which is shown now and never again.", NewWebhookOut)},
        refuses=((409, "too_many_webhooks"), (422, "webhook_address_refused")),
    ),
    "getWebhook": Operation(
        act=webhook_calls.show_webhook,
        tag="Webhooks",
        summary="Look at one webhook",
        scope=Scope.WEBHOOKS,
        answers={200: ("The webhook.", WebhookOut)},
    ),
    "deleteWebhook": Operation(
        act=webhook_calls.remove_webhook,
        tag="Webhooks",
        summary="Delete a webhook",
        text="Nothing is sent any more, not even what is on its way.",
        scope=Scope.WEBHOOKS,
        answers={204: ("It is gone.", None)},
    ),
    "rotateWebhookSecret": Operation(
        act=webhook_calls.renew_secret,
        tag="Webhooks",
        summary="Give a webhook a new secret",
        text="For 24 hours calls are signed with the new and the old one.",
        scope=Scope.WEBHOOKS,
        is_keyed=True,
        answers={200: ("The webhook with its new secret, which is shown now and never again.", NewWebhookOut)},
    ),
    "listDeliveries": Operation(
        act=webhook_calls.list_deliveries,
        tag="Webhooks",
        summary="See what became of the calls",
        scope=Scope.WEBHOOKS,
        asks=PageQuery,
        answers={200: ("A part of the list, the newest first.", DeliveryPage)},
        refuses=((422, "unknown_cursor"),),
    ),
}

TAGS: Final[Mapping[str, str]] = {
    "Catalogue": "What can be earned.",
    "Learners": "Your own learners: the only answers with names in them.",
    "Awards": "Award badges one by one, and look at them.",
    "Status": "Revoke, suspend, reinstate, replace; each with a reason.",
    "Batches": "Award many badges in one call.",
    "Completions": "What your course management system sends by itself.",
    "Webhooks": "Be called when something happens to a badge.",
}
