"""The team: our own people, who look after accounts (product USR-01, USR-02, TSK-04, TSK-08)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from keepwell.accounts import Facts
from keepwell.assignment.rules import TaskMail
from keepwell.attributes import Attribute, Catalogue, Kind

if TYPE_CHECKING:
    from keepwell import ports


class Licence(StrEnum):
    """What a member may do (USR-01); a viewer only reads, and holds no role at an account."""

    PRACTITIONER = "Practitioner"
    CONTRIBUTOR = "Contributor"
    VIEWER = "Viewer"


EMAIL = Attribute(
    "Email",
    Kind.TEXT,
    aliases=("E-mail Address", "Email Address"),
    description="By which a member goes",
    folded=True,
)
MEMBER_ATTRIBUTES = Catalogue(
    (
        EMAIL,
        Attribute("Name", Kind.TEXT, aliases=("Full Name",)),
        Attribute("Role", Kind.TEXT, description="What the member does, such as CSM"),
        Attribute("Licence", Kind.CHOICE, values=tuple(Licence), aliases=("License",)),
        Attribute("Teams", Kind.CHOICES, aliases=("Team",), description="Any texts"),
        Attribute("Manager", Kind.TEXT, description="The e-mail address of who leads the member"),
        Attribute("Region", Kind.TEXT),
        Attribute("Timezone", Kind.TEXT, description="Such as Europe/Berlin"),
        Attribute("Language", Kind.TEXT),
        Attribute("Availability", Kind.NUMBER, description="Hours a week for tasks (TSK-08)"),
        Attribute(
            "Active",
            Kind.YES_NO,
            aliases=("Is Active",),
            description="No for who has left, and is to have no tasks (TSK-09)",
        ),
        Attribute(
            "Task Mail",
            Kind.CHOICE,
            values=tuple(TaskMail),
            description="How the member hears of new tasks (TSK-10)",
        ),
    )
)


@dataclass(frozen=True)
class Member:
    """One of us. `facts` are what was told of the member, under the names of the CSV's columns;
    `facts.account_id` is the e-mail address in small letters, by which the member goes, and `facts.revision`
    counts the writes of this item."""

    facts: Facts

    @property
    def email(self) -> str:
        return self.facts.account_id

    @property
    def name(self) -> str:
        return self._text("Name")

    @property
    def role(self) -> str:
        return self._text("Role")

    @property
    def licence(self) -> Licence | None:
        told = self._text("Licence")
        return Licence(told) if told else None

    @property
    def active(self) -> bool:
        """Whether the member is still there, as everybody is of whom nothing else was told."""
        return self.facts.values.get("Active") is not False

    @property
    def barred(self) -> str:
        """Why the member can have no tasks, in words that follow the address; nothing for who can."""
        if not self.active:
            return "is active no more"
        return "may only look (licence Viewer)" if self.licence is Licence.VIEWER else ""

    @property
    def teams(self) -> tuple[str, ...]:
        told = self.facts.values.get("Teams")
        return told if isinstance(told, tuple) else ()

    @property
    def manager(self) -> str:
        """The manager's address in small letters; the manager need not be of the team."""
        return self._text("Manager")

    @property
    def region(self) -> str:
        return self._text("Region")

    @property
    def timezone(self) -> str:
        """The name of a zone, or nothing."""
        return self._text("Timezone")

    @property
    def language(self) -> str:
        return self._text("Language")

    @property
    def availability(self) -> float | None:
        """Hours a week (TSK-08)."""
        told = self.facts.values.get("Availability")
        return float(told) if isinstance(told, int | float) else None

    @property
    def task_mail(self) -> TaskMail | None:
        """None for who is content with what is usual."""
        told = self._text("Task Mail")
        return TaskMail(told) if told else None

    def _text(self, name: str) -> str:
        told = self.facts.values.get(name)
        return told if isinstance(told, str) else ""


def is_stranger(email: str, team: "ports.Team") -> bool:
    """Whether somebody, by an address in small letters, is not of the team; while there is no team, nobody is
    a stranger."""
    return email not in team.members_of([email]) and any(team.members())


def why_not(email: str, team: "ports.Team", named: Collection[str] = ()) -> str:
    """Why somebody, by an address in small letters, may have no tasks and change nothing, in words that
    follow the address; nothing for who may. Of those who are not of the team, the `named` may."""
    if email not in named and is_stranger(email, team):
        return "is not of the team (`keepwell team` lists it)"
    member = team.members_of([email]).get(email)
    return member.barred if member else ""


def circles(managers: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Who would lead themselves, each with the whole way round that begins and ends with them.

    `managers` gives the manager of each member that has one, all by address.
    """
    found: dict[str, tuple[str, ...]] = {}
    seen = set[str]()
    for start in managers:
        way = dict[str, None]()
        at: str | None = start
        while at is not None and at not in seen:
            seen.add(at)
            way[at] = None
            at = managers.get(at)
        if at in way:
            steps = tuple(way)
            circle = steps[steps.index(at) :]
            found |= {each: (*circle[place:], *circle[: place + 1]) for place, each in enumerate(circle)}
    return found
