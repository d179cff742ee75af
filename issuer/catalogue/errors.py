"""What can be wrong with a catalogue, and with what somebody asks of it."""

from __future__ import annotations

from typing import ClassVar

from issuer.errors import IssuerError


class CatalogueError(IssuerError):
    """Root of what this folder refuses."""

    code: ClassVar[str] = "catalogue_error"


class MalformedCatalogue(CatalogueError):
    """A catalogue, provider or programme file breaks a rule at ``path`` (``achievements[3].workload.hours``)."""

    code: ClassVar[str] = "malformed_catalogue"

    def __init__(self, source: str, path: str, reason: str) -> None:
        super().__init__(f"{source}: {path}: {reason}")
        self.source = source
        self.path = path
        self.reason = reason


class PublishedVersionChanged(CatalogueError):
    """Another wording arrived under a version that is published already."""

    code: ClassVar[str] = "published_version_changed"

    def __init__(self, achievement: str, version: str) -> None:
        super().__init__(
            f"{achievement} {version} is published already with another wording; give the new wording a new version."
        )
        self.achievement = achievement
        self.version = version


class UnknownProvider(CatalogueError):
    """No provider has this slug."""

    code: ClassVar[str] = "unknown_provider"

    def __init__(self, slug: str, known: tuple[str, ...] = ()) -> None:
        remedy = f" Known are: {', '.join(known)}." if known else " No provider is loaded yet: voltpass seed demo."
        super().__init__(f"There is no provider {slug!r}.{remedy}")
        self.slug = slug


class UnknownAchievement(CatalogueError):
    """No achievement has this code."""

    code: ClassVar[str] = "unknown_achievement"

    def __init__(self, achievement: str) -> None:
        super().__init__(f"There is no achievement {achievement!r} in the catalogue.")
        self.achievement = achievement


class ProviderNotAuthorised(CatalogueError):
    """The provider may not award this achievement, or not at this time."""

    code: ClassVar[str] = "provider_not_authorised"

    def __init__(self, provider: str, achievement: str) -> None:
        super().__init__(f"{provider} is not authorised to award {achievement} at this date.")
        self.provider = provider
        self.achievement = achievement


class ProgrammeClosed(CatalogueError):
    """The programme awards nothing new any more."""

    code: ClassVar[str] = "programme_closed"

    def __init__(self, programme: str) -> None:
        super().__init__(f"The programme {programme} is closed: its badges go on verifying, new ones are not awarded.")
        self.programme = programme


class AchievementRetired(CatalogueError):
    """The achievement is awarded no more."""

    code: ClassVar[str] = "achievement_retired"

    def __init__(self, achievement: str) -> None:
        super().__init__(
            f"{achievement} is retired: its badges go on verifying, new ones are not awarded. "
            "Ask the programme which badge takes its place."
        )
        self.achievement = achievement
