"""What holds once everything is quiet: the stores are held against the ledger, and against each other."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise, product

from keepwell.attributes import show_cell
from keepwell.deliveries import Delivery, DeliveryState
from keepwell.tasks import Task, TaskStatus
from keepwell.tasks.changing import row_of
from keepwell.team import Licence
from keepwell.wakes import Purpose
from tests.domain.engine.company import Company
from tests.domain.engine.digesting import digest_of
from tests.domain.engine.ledger import Ledger, Passed, is_of_play
from tests.domain.engine.rulebook import DOES, EDITED, LATE, MANAGERS, OWNER, ROTA, STEPS


def nothing_waits(company: Company) -> None:
    """Lost 0: no transition, run, wake or message is left over, and every wake had a run."""
    for account_id in company.accounts.ids():
        found = company.accounts.get(account_id)
        pending = found.standing.pending if found and found.standing else None
        assert pending == (), "a transition waits for ever"
    assert [run for run in company.work.runs() if not run.is_over] == [], "a run is stuck"
    assert company.wakes.all() == [], "something is to be woken, and nothing comes of it"
    assert list(company.deliveries.all_open()) == [], "a message never left"


def wakes_are_of_runs(company: Company) -> None:
    """T3: a step has one wake, and none once its run has ended. (What was claimed and not done rests, as does
    the exit of a person; a launch that was interrupted may leave the wake of a run that never waited.)"""
    steps = [wake for wake in company.wakes.all() if wake.purpose is Purpose.STEP]
    kinds = Counter((wake.account_id, wake.content["run"], wake.content["place"]) for wake in steps)
    assert all(number == 1 for number in kinds.values()), f"a step is woken twice: {kinds}"
    resting = {(wake.account_id, wake.content["run"]) for wake in steps if wake.attempts}
    for wake in steps:
        run = company.work.run(wake.account_id, wake.content["run"])
        if run is None or not (run.fired and run.place) or (wake.account_id, run.run_id) in resting:
            continue
        exits = company.wakes.get(f"start/{run.transition_id.replace('/entered', '/exited')}")
        assert exits or not run.is_over, f"{wake.wake_id} is left, and {run.run_id} is {run.state}"


def every_passage_acted_once(company: Company, ledger: Ledger) -> None:
    """T1: each play acted on each passage exactly once where it had to, not at all where it must not."""
    for passed in ledger.passed.values():
        for play in passed.plays():
            made = _Made(company, ledger, passed, play)
            made.is_at_most_once()
            made.is_of_one_version()
            if passed.must_not(play):
                made.is_nothing()
            elif passed.must(play):
                made.is_all()


def limits_held(company: Company, ledger: Ledger, causes: set[str]) -> None:
    """The brake: of one cause no more than the limit, unless a person let it."""
    fired = Counter[str]()
    for passed in ledger.passed.values():
        for task in company.work.known():
            if (task.play, task.facts.created_by) == ("few", passed.id) and passed.cause in causes:
                fired[passed.cause] += 1
    assert all(number <= 1 for number in fired.values()), f"the brake let pass {fired}"


class _Made:
    """What a play made on a passage."""

    def __init__(self, company: Company, ledger: Ledger, passed: Passed, play: str):
        self.company, self.ledger, self.passed, self.play = company, ledger, passed, play
        began_with = _playbook_of(company, play, passed.id)
        self.does = EDITED.get(play, DOES[play]) if began_with in company.edited else DOES[play]
        mine = [task for task in company.work.known() if task.play == play]
        self.before = [task for task in mine if self._is_of_earlier(task)]
        self.titles = Counter(task.title for task in mine if task.facts.created_by == passed.id)
        self.messages = [
            each
            for each in company.deliveries.all()
            if (each.transition_id, each.play) == (passed.id, play) and is_of_play(each) and each.body
        ]

    def is_at_most_once(self) -> None:
        assert all(number == 1 for number in self.titles.values()), f"T1: twice on {self.passed.id}"
        keys = Counter((each.channel, each.subject, each.to) for each in self.messages)
        assert all(number == 1 for number in keys.values()), f"T2: two ids for one message: {keys}"

    def is_of_one_version(self) -> None:
        """What began by one playbook ends by it, wherever it was interrupted."""
        later = {title for step in STEPS.get(self.play, ()) for title in step}
        extra = self.titles.keys() - {*self.does.tasks, *later, "Call again"}
        assert not extra, f"T1: {extra} on {self.passed.id}, whose run began with another playbook"

    def is_nothing(self) -> None:
        assert not self.titles, f"T3: {self.play} acted on {self.passed.id}, which was over"
        assert {each.state for each in self.messages} <= {DeliveryState.CANCELLED}, self.messages
        assert not any(self.company.outside[each.delivery_id] for each in self.messages)

    def is_all(self) -> None:
        for title in self.does.tasks:
            assert self.titles[title] or self.was_open(title), f"lost: {title} of {self.passed.id}"
        for subject in self.does.mails:
            self._arrived([each for each in self.messages if each.subject == subject], subject)
        if self.does.hooks:
            self._arrived([each for each in self.messages if each.channel == "webhook"], "webhook")

    def _arrived(self, found: list[Delivery], what: str) -> None:
        assert len(found) == 1, f"lost: {what} of {self.passed.id}"
        [message] = found
        if digest_of(message):
            return  # `digesting` looks at it
        if message.state is DeliveryState.CANCELLED:
            again = message.channel == "email" and any(self.was_open(task.title) for task in self.before)
            assert self.passed.over or again, f"lost: {what} of {self.passed.id}: {message.attempts}"
        elif message.state is DeliveryState.FAILED:
            refused = message.delivery_id in self.ledger.failing
            told = " ".join(attempt.outcome for attempt in message.attempts)
            why = refused or "the sender ended" in told or "events is disabled" in told or "rests" in told
            assert why, f"lost: {what} of {self.passed.id}, which nobody refused: {told}"
        else:
            assert self.company.outside[message.delivery_id] >= 1, f"lost: {what} of {self.passed.id}"

    def was_open(self, title: str) -> bool:
        """Whether the same of an earlier passage was open when this one was met: then it is brought up to
        date instead (D6)."""
        met = self.passed.met_at.get(self.play, datetime.max.replace(tzinfo=self.company.now.tzinfo))
        return any(
            self.ledger.closed_at.get((task.account_id, task.task_id), self.company.now) >= met
            for task in self.before
            if task.title == title
        )

    def _is_of_earlier(self, task: Task) -> bool:
        if "/" not in task.facts.created_by:  # it follows up on another task
            return False
        about, number, way = task.facts.created_by.rsplit("/", 2)
        mine = f"{self.passed.account_id}/{self.passed.about}"
        return (about, way) == (mine, self.passed.way) and int(number) < self.passed.number


def _playbook_of(company: Company, play: str, transition_id: str) -> str:
    """The one that its run began with; empty where there is none."""
    runs = company.work.runs(transition_id.partition("/")[0])
    return next((run.playbook for run in runs if (run.play, run.transition_id) == (play, transition_id)), "")


def steps_were_taken(company: Company, ledger: Ledger) -> None:
    """In their order, none before its time, none after an exit, and all where there was none."""
    for passed in ledger.passed.values():
        for play in set(passed.plays()) & STEPS.keys():
            _Steps(company, ledger, passed, play).are_as_told()


class _Steps:
    """The steps of a run."""

    def __init__(self, company: Company, ledger: Ledger, passed: Passed, play: str):
        self.passed, self.play, self.steps = passed, play, STEPS[play]
        self.made = _Made(company, ledger, passed, play)
        self.tasks = {
            task.title: task
            for task in company.work.known()
            if (task.play, task.facts.created_by) == (play, passed.id)
        }

    def are_as_told(self) -> None:
        passed, tasks = self.passed, self.tasks
        taken = [[title for title in step if title in tasks] for step in self.steps]
        known = [any(title in tasks or self.made.was_open(title) for title in step) for step in self.steps]
        assert len(taken[1]) <= 1, "both sides of a branch"
        last = max((place for place, titles in enumerate(taken) if titles), default=0)
        assert all(known[:last]), f"a step of {passed.id} was skipped: {taken}"
        if passed.must(self.play) and not passed.over and self.play not in passed.disturbed:
            assert all(known), f"lost: a step of {passed.id}: {taken}"
        for days, (before, after) in enumerate(pairwise(taken), start=1):
            for one, other in product(before, after):
                waited = tasks[other].created_at - tasks[one].created_at
                assert waited >= timedelta(days=days), "a wait was cut short"
        if passed.called_off_at and taken[1]:
            late = tasks[taken[1][0]]
            assert late.created_at <= passed.called_off_at, f"T3: {late.title} after {passed.id} was over"


def what_people_asked_for(company: Company, asked: dict[str, bool]) -> None:
    """PLY-18: each request once; one that was interrupted (False) at most once."""
    made = Counter(task.facts.created_by for task in company.work.known() if task.play == "asked")
    for request, surely in asked.items():
        assert made[request] in ((1,) if surely else (0, 1)), f"{request} led to {made[request]} tasks"
    assert made.keys() <= asked.keys()


def no_two_are_open(company: Company) -> None:
    """D6: what is asked for and open still is not asked for twice."""
    kinds = Counter(
        (task.play, task.title, *_about(task), _moved_in(company, task))
        for task in company.work.known()
        if task.is_open and task.play and task.title != LATE
    )
    assert all(number == 1 for number in kinds.values()), kinds.most_common(2)


def _moved_in(company: Company, task: Task) -> bool:
    """Whether its step stands elsewhere in the playbook it is of: what moved is another action."""
    moved = task.play == "chase" and task.title != "first"
    return moved and _playbook_of(company, task.play, task.facts.created_by) in company.edited


def _about(task: Task) -> tuple[str, str]:
    about, _, way = task.facts.created_by.rsplit("/", 2) if "/" in task.facts.created_by else ("", "", "")
    return (about, way) if about else (task.task_id, "")


def each_task_has_one_owner(company: Company, ledger: Ledger, given: set[str]) -> None:
    """T8, TSK-09: whose a task is, whose list it is on, and that it went along with the role, unless a
    person gave it to somebody (`given`), or the role changed hands and back before anybody looked."""
    listed = defaultdict[str, list[str]](list)
    for email in {task.assignee for task in company.work.known()}:
        for task in company.work.agenda(email):
            listed[task.task_id].append(email)
    for task in company.work.known():
        assert task.assignee, f"{task.title} is nobody's"
        assert listed[task.task_id] == ([task.assignee] if task.is_open else [])
        found = company.accounts.get(task.account_id)
        holder = found.facts.values.get("Success Manager") if found else None
        by_role = task.play and task.title != "Call again"  # a follow-up is for who had the task before
        by_role = by_role and task.account_id not in ledger.unseen
        if task.is_open and by_role and task.assignee in MANAGERS and task.task_id not in given:
            assert task.assignee == holder, f"{task.title} stayed with who was the manager before"


def pools_add_up(company: Company) -> None:
    """T8: who is next is the least busy by the tasks that are open, and by nothing else: what was noted of
    tasks under way has become tasks, or has run out."""
    found = company.accounts.get("A-1")
    there = [member.email for member in company.team.members() if member.licence is not Licence.VIEWER]
    assert found is not None
    given = company.assigner.assign("probe", "pool:rota", 1.0, found.facts, OWNER, company.now, reserve=False)
    efforts = {
        email: sum(task.effort for task in company.work.known() if task.is_open and task.assignee == email)
        for email in ROTA
        if email in there
    }
    if not efforts:
        assert given.email == OWNER
        return
    assert efforts[given.email] == min(efforts.values())
    assert f"with {efforts[given.email] + 1:g} of 40 hours" in given.why


def history_tells_all(company: Company) -> None:
    """R6: change by change the history leads from what a task was at first to what it is."""
    told = defaultdict[str, dict[str, dict[str, dict[str, str]]]](dict)
    for account_id in company.accounts.ids():
        for row in company.history.of(account_id, "task", 10_000):
            told[row.detail["task_id"]][row.row_id] = row.detail
    for task in company.work.known():
        first = company.work.first[task.account_id, task.task_id]
        known = {name: show_cell(value) for name, value in first.facts.values.items()}
        rows = told[task.task_id]
        if task.last_change:  # the last one may be told of by the next change, or by the task itself
            last = row_of(task.last_change, task)
            rows.setdefault(last.row_id, last.detail)
        for _, detail in sorted(rows.items()):
            for name, was in detail["was"].items():
                assert known.pop(name, was) == was, f"{task.title}: {name} was told to be {was}"
            known |= detail["now"]
        shown = {name: show_cell(value) for name, value in task.facts.values.items()}
        extra = {name: text for name, text in known.items() if name not in shown}
        assert all(name.startswith(("Comment", "Escalated")) for name in extra), f"{task.title}: {extra}"
        assert {name: known.get(name) for name in shown} == shown, f"{task.title} changed untold"


def closings_were_settled(company: Company) -> None:
    """PLY-11: what closing asks for, once."""
    tasks = list(company.work.known())
    followed = Counter(task.facts.created_by for task in tasks)
    for task in tasks:
        done, after = task.status is TaskStatus.COMPLETED, task.post_completion
        assert not done or (task.closing and task.closing.settled), f"{task.title} was never settled"
        assert followed[f"task:{task.task_id}"] == (1 if done and after.follow_up else 0)
        if not task.is_open:
            continue
        assert task.snoozed_until is None, "a snooze never ended"
        assert task.sla_at is None or task.escalated_at, "an escalation was lost"
    touched = Counter(
        each.source for account in company.accounts.ids() for each in company.touchpoints.touchpoints(account)
    )
    closed = {f"task:{t.task_id}" for t in tasks if t.closing and t.closing.contact}
    assert touched == Counter(closed)


def tags_tell_the_truth(company: Company, ledger: Ledger) -> None:
    """The facts that plays change follow the passages; the tags of people are of people."""
    for task in company.work.known():
        passed = ledger.passed.get(task.facts.created_by)
        if task.title == "Meet" and passed and not passed.over:
            user_id = passed.about.partition("/")[2]
            [person] = company.people.people_of(task.account_id, [user_id]).values()
            assert person.facts.values.get("Tags") == ("met",), f"lost: the tag of {passed.id}"
    for account_id in company.accounts.ids():
        found = company.accounts.get(account_id)
        assert found is not None
        tags = found.facts.values.get("Tags", ())
        is_inside, number = ledger.within.get((account_id, "quiet"), (False, 0))
        assert isinstance(tags, tuple)
        assert ("watch" in tags) == is_inside, f"{account_id} is inside: {is_inside}, and has {tags}"
        standing = found.standing
        assert standing is not None
        kept = standing.memberships.get("quiet")
        assert (kept.inside, kept.sequence) == (is_inside, number) if kept else number == 0


def outside_is_known_by_key(company: Company) -> int:
    """T2: what was sent outside twice had the same key; how often that was."""
    known = {each.delivery_id for each in company.deliveries.all()}
    assert company.outside.keys() <= known, "something left the house that was never stored"
    for delivery_id, times in company.outside.items():
        message = company.deliveries.get(delivery_id)
        assert message is not None
        told = [attempt.outcome for attempt in message.attempts]
        died = sum("the sender ended" in outcome for outcome in told)
        again = sum(outcome.startswith("sent again by") for outcome in told)
        assert times <= 1 + died + again, f"{message.subject} left the house {times} times: {told}"
        assert message.state is DeliveryState.SENT or died or again, f"{message.subject}: {told}"
    escalated = Counter(
        each.body.rpartition("Task: ")[2]
        for each in company.deliveries.all()
        if each.subject.startswith("Not done in time")
    )
    assert all(number == 1 for number in escalated.values()), "one escalation, two keys"
    return sum(number - 1 for number in company.outside.values())


def failures_were_reported(company: Company) -> None:
    """T6: what was given up the operator has a task for, if it was about one account."""
    messages = [each for each in company.deliveries.all() if each.account_id]
    failed = {each.endpoint for each in messages if each.state is DeliveryState.FAILED}
    told = {task.title for task in company.work.known()}
    for endpoint in failed:
        assert f"Messages to {endpoint} do not arrive" in told
