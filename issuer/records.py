"""Every record of the office in one place, for migrations, which must know them all."""

from sqlalchemy.orm import configure_mappers

from issuer.accounts.records import (
    AccessTokenRecord,
    AuditEntryRecord,
    AuditHeadRecord,
    InvitationRecord,
    MembershipRecord,
    PasskeyRecord,
    PasswordLinkRecord,
    RecoveryCodeRecord,
    SignInStepRecord,
    SignInTryRecord,
    StaffRecord,
    StaffSessionRecord,
)
from issuer.alliance.records import PublishedTrustListRecord
from issuer.api.records import ApiBatchItemRecord, ApiBatchRecord, IdempotencyKeyRecord
from issuer.awards.records import IssuedCredentialRecord, SealRecord, StatusChangeRecord
from issuer.batches.records import BatchDecisionRecord, BatchRecord, BatchRowRecord
from issuer.catalogue.records import (
    AchievementRecord,
    AchievementVersionRecord,
    AuthorisationRecord,
    ProgrammeRecord,
    ProviderRecord,
)
from issuer.database import Record
from issuer.delivery.records import ClaimLinkRecord, DeliveryRecord, MailRecord
from issuer.demo.records import SeedingRecord
from issuer.drafts.records import CourseFileRecord, DraftRecord
from issuer.learners.records import LearnerRecord, LearnerReferenceRecord
from issuer.machines.records import WebhookDeliveryRecord, WebhookRecord
from issuer.public.records import OriginRecord
from issuer.signing.records import SigningKeyRecord
from issuer.status.records import PublishedListRecord, StatusEntryRecord, StatusListRecord
from issuer.work.records import WorkRecord


def settle_records() -> None:
    """Let every record find those it refers to, before threads start.

    A thread that met a record while another thread was still loading the module of one it refers to would leave both
    unusable for the rest of the process.
    """
    configure_mappers()


__all__ = [
    "AccessTokenRecord",
    "AchievementRecord",
    "AchievementVersionRecord",
    "ApiBatchItemRecord",
    "ApiBatchRecord",
    "AuditEntryRecord",
    "AuditHeadRecord",
    "AuthorisationRecord",
    "BatchDecisionRecord",
    "BatchRecord",
    "BatchRowRecord",
    "ClaimLinkRecord",
    "CourseFileRecord",
    "DeliveryRecord",
    "DraftRecord",
    "IdempotencyKeyRecord",
    "InvitationRecord",
    "IssuedCredentialRecord",
    "LearnerRecord",
    "LearnerReferenceRecord",
    "MailRecord",
    "MembershipRecord",
    "OriginRecord",
    "PasskeyRecord",
    "PasswordLinkRecord",
    "ProgrammeRecord",
    "ProviderRecord",
    "PublishedListRecord",
    "PublishedTrustListRecord",
    "Record",
    "RecoveryCodeRecord",
    "SealRecord",
    "SeedingRecord",
    "SignInStepRecord",
    "SignInTryRecord",
    "SigningKeyRecord",
    "StaffRecord",
    "StaffSessionRecord",
    "StatusChangeRecord",
    "StatusEntryRecord",
    "StatusListRecord",
    "WebhookDeliveryRecord",
    "WebhookRecord",
    "WorkRecord",
    "settle_records",
]
