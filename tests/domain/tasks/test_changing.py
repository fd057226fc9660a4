"""Handing tasks over, comments, snoozes and service levels, and what the history tells of them."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from keepwell.assignment.pools import Logic, Pool
from keepwell.deliveries import Delivery
from keepwell.errors import RejectedInput
from keepwell.tasks import Task
from keepwell.team import Member
from tests.domain.tasks.office import ANN, BO, BOSS, LEAD, Office, a_playbook, facts
from tests.story import NOON, TODAY

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def office() -> Office:
    return Office()


class TestHandingOver:
    def assign(self, office: Office, to: str) -> Task:
        return office.hand_over.assign(office.task(), to, BO, office.now, office.playbook)[0]

    def test_a_task_is_given_to_somebody_whatever_file_told_it_before(self, office: Office) -> None:
        office.asks()
        assert self.assign(office, "BO@example.com").assignee == BO
        assert office.task().facts.exceptions["Assignee"].source == f"person:{BO}"
        [row] = office.told()
        assert (row.detail["did"], row.detail["was"], row.detail["now"]) == (
            "assigned",
            {"Assignee": ANN},
            {"Assignee": BO},
        )

    def test_a_role_and_a_pool_are_found_at_the_account(self, office: Office) -> None:
        """PLY-10, TSK-04."""
        office.asks(values={"Assignee": BO})
        assert self.assign(office, "success manager").assignee == ANN
        task = self.assign(office, "manager:success manager")
        assert (task.assignee, task.why_assigned) == (BO, f"leads {ANN}")
        pool = Pool("leads", "Leads", Logic.NEXT_IN_LINE, {"Role": ("Lead",)}, {}, BOSS)
        office.playbook = a_playbook(pools={"leads": pool})
        assert self.assign(office, "pool:leads").assignee == BOSS

    @pytest.mark.parametrize("to", ["ann", "pool:nobody", "pool:", "Status", "Renewal Date"])
    def test_who_is_nobody_is_refused_with_the_mend(self, office: Office, to: str) -> None:
        office.asks()
        with pytest.raises(RejectedInput, match="write an address, a role"):
            self.assign(office, to)

    def test_viewers_have_no_tasks(self, office: Office) -> None:
        """USR-01."""
        office.asks()
        office.team.put(Member(facts("eye@example.com", NOON, Licence="Viewer")))
        with pytest.raises(RejectedInput, match="may only look"):
            self.assign(office, "eye@example.com")

    def test_where_everybody_has_left_whom_it_could_go_to_it_stays_and_the_mend_is_told(
        self, office: Office
    ) -> None:
        """TSK-09."""
        leave(office, ANN, LEAD)
        office.asks(values={"Assignee": BO})
        with pytest.raises(RejectedInput, match=r"nobody can have it: .*name another owner"):
            self.assign(office, "success manager")
        assert office.task().assignee == BO

    def test_a_closed_task_is_given_to_nobody(self, office: Office) -> None:
        office.asks()
        office.close()
        with pytest.raises(RejectedInput, match="nothing to assign"):
            self.assign(office, BO)


def leave(office: Office, *emails: str) -> None:
    """These are active no more."""
    for email in emails:
        found = office.team.members_of([email]).get(email)
        known = found.facts if found else facts(email, NOON)
        office.team.put(Member(replace(known, values={**known.values, "Active": False})))


class TestComments:
    def test_comments_stand_in_order_with_who_wrote_them(self, office: Office) -> None:
        office.asks()
        office.book.comment(office.task(), " They call back ", ANN, NOON)
        office.close()
        task = office.book.comment(office.task(), "They did", BO, NOON)
        assert [(each.by, each.text) for each in task.comments] == [
            (ANN, "They call back"),
            (BO, "They did"),
        ]
        assert office.told()[0].detail["now"] == {"Comment 1": "They call back"}

    def test_the_same_again_is_one_and_nothing_is_none(self, office: Office) -> None:
        office.asks()
        for _ in range(2):
            office.book.comment(office.task(), "They call back", ANN, NOON)
        assert len(office.task().comments) == len(office.told()) == 1
        with pytest.raises(RejectedInput):
            office.book.comment(office.task(), " ", ANN, NOON)

    def test_there_is_room_to_close_a_task_however_much_was_written_under_it(self, office: Office) -> None:
        """I6: an item has an end."""
        office.asks()
        with pytest.raises(RejectedInput, match="10,000 characters at most"):
            office.book.comment(office.task(), "x" * 10_001, ANN, NOON)
        for number in range(10):
            office.book.comment(office.task(), f"{number}{'ü' * 9_900}", ANN, NOON)
        with pytest.raises(RejectedInput, match="close it"):
            office.book.comment(office.task(), "ü" * 9_900, ANN, NOON)
        assert not office.close().task.is_open


class TestSnoozing:
    def test_a_snoozed_task_comes_back_on_its_day(self, office: Office) -> None:
        """D6: its reason is told."""
        office.asks()
        task = office.snooze(TODAY + timedelta(days=2))
        assert (task.snoozed_until, task.snooze_reason) == (TODAY + timedelta(days=2), "They are on holiday")
        office.passes(days=1)
        assert office.task() == task
        office.passes(hours=12)
        assert (office.task().snoozed_until, office.task().snooze_reason) == (None, "")
        assert [(row.detail["did"], row.detail["by"]) for row in office.told()] == [
            ("snoozed", ANN),
            ("woken", "keepwell"),
        ]

    def test_a_day_is_that_of_the_tenant(self, office: Office) -> None:
        office.playbook = a_playbook(time_zone=ZoneInfo("America/New_York"))
        office.asks()
        office.snooze(TOMORROW)
        office.passes(hours=16, minutes=59)  # 04:59 in UTC, a minute before midnight there
        assert office.task().snoozed_until
        office.passes(minutes=1)
        assert office.task().snoozed_until is None

    def test_the_last_snooze_counts(self, office: Office) -> None:
        office.asks()
        office.snooze(TOMORROW)
        office.snooze(TODAY + timedelta(days=9), "They moved it")
        office.passes(days=2)
        assert office.task().snooze_reason == "They moved it"
        office.snooze(office.now.date() + timedelta(days=1))
        office.passes(days=1)
        assert office.task().snoozed_until is None
        assert not list(office.wakes.due(office.now + timedelta(days=99)))

    def test_a_wake_that_comes_too_early_waits_for_the_day(self, office: Office) -> None:
        """A snooze that was interrupted, after one that was to end sooner."""
        office.asks()
        office.snooze(TODAY + timedelta(days=9))
        [wake] = office.wakes.due(NOON + timedelta(days=99))
        office.waker.carry_out(wake, NOON, office.playbook)
        assert office.task().snoozed_until
        assert [each.due_at for each in office.wakes.due(NOON + timedelta(days=99))] == [wake.due_at]

    def test_it_takes_a_day_to_come_and_a_reason(self, office: Office) -> None:
        office.asks()
        with pytest.raises(RejectedInput, match="2026-11-21 is not after 2026-11-21"):
            office.snooze(TODAY)
        with pytest.raises(RejectedInput, match="a year at most"):
            office.snooze(TODAY.replace(year=2062))
        with pytest.raises(RejectedInput, match="--reason"):
            office.snooze(TOMORROW, " ")
        office.close()
        with pytest.raises(RejectedInput, match="nothing to snooze"):
            office.snooze(TOMORROW)


class TestServiceLevels:
    def mails(self, office: Office) -> list[Delivery]:
        found = (office.deliveries.get(each) for each, _ in office.deliveries.due(office.now))
        return [each for each in found if each]

    def test_who_leads_the_assignee_hears_of_it_once(self, office: Office) -> None:
        """D10, EWS-02: a task within 24 hours."""
        office.asks(sla_at=NOON + timedelta(hours=24), play="rescue", reason="Health = Poor")
        office.passes(hours=23)
        assert not self.mails(office)
        office.passes(hours=1)
        [mail] = self.mails(office)
        assert (mail.to, mail.subject, mail.play) == (BO, "Not done in time: Call", "rescue")
        assert "was to be done by 2026-11-22 12:00 (UTC), and is still open." in mail.body
        assert "Account: Harbor Labs (A-1)\nAssignee: ann@example.com" in mail.body
        assert (office.task().escalated_at, office.task().escalated_to) == (office.now, BO)
        assert f"Why you hear of it: {BO} leads {ANN}" in mail.body
        assert office.told()[-1].detail["now"] == {"Escalated To": f"{BO}, who leads {ANN}"}
        assert not list(office.wakes.due(office.now + timedelta(days=99)))

    @pytest.mark.parametrize(
        ("assignee", "play", "expected", "because"),
        [
            (BO, "rescue", BOSS, f"owns the play rescue; {BO} has no manager"),
            (BO, "", LEAD, f"owns the playbook; {BO} has no manager"),
            ("zoe@example.com", "rescue", BOSS, "owns the play rescue; zoe@example.com has no manager"),
            (BOSS, "rescue", LEAD, f"owns the playbook; {BOSS} has no manager"),
            (None, "rescue", BOSS, "owns the play rescue; nobody has the task"),
        ],
    )
    def test_where_nobody_leads_the_owner_of_the_play_hears_of_it(
        self, office: Office, assignee: str | None, play: str, expected: str, because: str
    ) -> None:
        """Then whoever operates Keepwell; each is told why."""
        office.asks(sla_at=NOON, play=play, values={"Assignee": assignee or ""})
        office.passes(minutes=1)
        [mail] = self.mails(office)
        assert mail.to == expected
        assert f"Why you hear of it: {expected} {because}\n" in mail.body
        assert office.task().escalated_because == because

    def test_the_one_in_charge_of_everything_hears_of_their_own(self, office: Office) -> None:
        office.asks(sla_at=NOON, values={"Assignee": LEAD})
        office.passes(minutes=1)
        assert [mail.to for mail in self.mails(office)] == [LEAD]

    @pytest.mark.parametrize(
        ("left", "expected", "because"),
        [
            ((BO,), BOSS, f"owns the play rescue; {BO}, who leads {ANN}, is active no more"),
            ((BO, BOSS), LEAD, f"owns the playbook; {BO}, who leads {ANN}, is active no more"),
            ((BO, BOSS, LEAD), ANN, "has the task; nobody else is to be told"),
        ],
    )
    def test_nobody_hears_of_it_who_has_left(
        self, office: Office, left: tuple[str, ...], expected: str, because: str
    ) -> None:
        """TSK-09."""
        leave(office, *left)
        office.asks(sla_at=NOON, play="rescue")
        office.passes(minutes=1)
        [mail] = self.mails(office)
        assert (mail.to, office.task().escalated_because) == (expected, because)

    def test_where_everybody_has_left_no_mail_is_sent_and_the_task_says_so(self, office: Office) -> None:
        leave(office, ANN, BO, BOSS, LEAD)
        office.asks(sla_at=NOON, play="rescue")
        office.passes(minutes=1)
        assert self.mails(office) == []
        assert office.task().escalated_at == office.now
        assert office.task().escalation == "nobody, since nobody is left to be told"

    def test_what_was_closed_in_time_is_not_escalated(self, office: Office) -> None:
        task = office.asks(sla_at=NOON + timedelta(hours=24))
        [wake] = office.wakes.due(NOON + timedelta(days=9))
        office.close()
        office.waker.carry_out(wake, NOON + timedelta(days=9), office.playbook)
        assert not self.mails(office)
        assert task.escalated_at is office.task().escalated_at is None

    def test_a_snooze_stops_no_clock_and_the_mail_tells_of_it(self, office: Office) -> None:
        office.asks(sla_at=NOON + timedelta(hours=4))
        office.snooze(TODAY + timedelta(days=9))
        office.passes(hours=4)
        [mail] = self.mails(office)
        assert "It sleeps until 2026-11-30: They are on holiday" in mail.body

    def test_an_escalation_that_was_interrupted_is_the_same_mail(self, office: Office) -> None:
        """T2."""
        office.asks(sla_at=NOON)
        [wake] = office.wakes.due(NOON)
        task = office.task()
        office.waker.carry_out(wake, NOON, office.playbook)
        undone = replace(office.task(), escalated_at=None, escalated_to="")
        assert undone.title == task.title
        office.work.change_task(undone)
        office.waker.carry_out(wake, NOON + timedelta(minutes=1), office.playbook)
        assert len(self.mails(office)) == 1

    def test_a_wake_of_before_the_task_was_made_anew_waits(self, office: Office) -> None:
        """A launch that was interrupted between the wake and the task, and came again an hour later."""
        task = office.asks(sla_at=NOON + timedelta(hours=1))
        later = replace(task, sla_at=NOON + timedelta(hours=2))
        office.work.change_task(later)
        office.passes(hours=1)
        assert not self.mails(office)


def test_a_change_whose_row_was_lost_is_told_with_the_next(office: Office) -> None:
    office.asks()

    with (
        patch.object(office.history, "append", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        office.book.comment(office.task(), "They call back", ANN, NOON)
    assert not office.told()
    office.book.comment(office.task(), "They did", ANN, NOON + timedelta(hours=1))
    assert [row.detail["now"] for row in office.told()] == [
        {"Comment 1": "They call back"},
        {"Comment 2": "They did"},
    ]
    assert [row.at for row in office.told()] == [NOON, NOON + timedelta(hours=1)]


def test_somebody_who_was_faster_is_not_overwritten(office: Office) -> None:
    """S1."""
    task = office.asks()
    office.book.comment(task, "First", BO, NOON)
    office.book.comment(task, "Second", ANN, NOON)
    assert [each.text for each in office.task().comments] == ["First", "Second"]
