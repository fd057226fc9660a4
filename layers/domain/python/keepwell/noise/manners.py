"""How a company tells its members of something: what the playbook says of mails to them (D6, TSK-10)."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from keepwell.assignment.rules import TaskMail
from keepwell.team import Member
from keepwell.working_time import PLAIN_CALENDAR, Calendar, QuietTimes

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

    def quiet_times_of(self, member: Member) -> QuietTimes | None:
        """When a member is not to be disturbed; None where nobody says."""
        if self.calendar.quiet_from is None:
            return None
        return QuietTimes(self.calendar, self.zone_of(member).key)
