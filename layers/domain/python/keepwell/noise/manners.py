"""How a company tells its members of something: what the playbook says of mails to them (D6, TSK-10)."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from keepwell.assignment.rules import TaskMail
from keepwell.team import Member
from keepwell.working_time import PLAIN_CALENDAR, Calendar

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Manners:
    """How members hear of new tasks who say nothing else, when they may be disturbed, and how often on a day
    of theirs (None: as often as there is something). Who has no time zone has the tenant's."""

    task_mail: TaskMail = TaskMail.EACH
    calendar: Calendar = PLAIN_CALENDAR
    time_zone: ZoneInfo = _UTC
    daily_cap: int | None = None

    def zone_of(self, member: Member) -> ZoneInfo:
        return ZoneInfo(member.timezone) if member.timezone else self.time_zone
