"""What a play does for one transition: its tasks, mails and webhooks, as values.

Every effect's id is derived from the transition, the play and the action's place, hence the same however
often it is computed (reliability T1).
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.accounts import Account, Facts, Provenance
from keepwell.assignment.assigning import Assign, Assignee, as_told
from keepwell.assignment.pools import PREFIX
from keepwell.attributes import Value, show_cell
from keepwell.deliveries import Channel, Delivery, cancelled
from keepwell.errors import RejectedInput
from keepwell.metrics.measuring import values_of
from keepwell.noise.interrupting import Admit, at_once
from keepwell.noise.past import NOTHING_BEFORE, Past
from keepwell.people import Person
from keepwell.playbook import EndpointKind, Playbook
from keepwell.plays.context import Render, because, one_line, template_context, user_context
from keepwell.plays.messages import signed_payload
from keepwell.plays.play import (
    Deeds,
    EmailAction,
    Play,
    TaskAction,
    TouchpointAction,
    WebhookAction,
)
from keepwell.plays.slack import slack_message
from keepwell.plays.steps import asked_as, told_as
from keepwell.standings import Membership, Transition, crossed
from keepwell.tasks import PostCompletion, Task, TaskStatus
from keepwell.touchpoints import Touchpoint


@dataclass(frozen=True)
class Occasion:
    """One play meeting one transition of one account, at `now`.

    `place` is the step that is taken, empty for what the play does at once. After a wait, `woken_at` is when
    that was over. `regardless` says that the account may have left in the meantime. `assign` says whose a
    task is, `admit` when a mail may come, `past` what came of plays before. `person` is whose passage it is,
    if it is a person's.
    """

    play: Play
    transition: Transition
    account: Account
    playbook: Playbook
    render: Render
    now: datetime
    place: str = ""
    woken_at: datetime | None = None
    regardless: bool = False
    assign: Assign = as_told
    admit: Admit = at_once
    past: Past = NOTHING_BEFORE
    person: Person | None = None

    @cached_property
    def context(self) -> dict[str, Any]:
        later = self.day if self.woken_at else None
        of_account = template_context(self.play, self.transition, self.account, self.playbook.recipe, later)
        return of_account | user_context(self.person, self.day) if self.person else of_account

    @property
    def at(self) -> datetime:
        """The moment that what is done belongs to, however late it is done."""
        return self.woken_at or self.transition.at

    @property
    def day(self) -> date:
        """The tenant's day of that moment."""
        return self.at.astimezone(self.playbook.time_zone).date() if self.woken_at else self.transition.day

    @property
    def account_sequence(self) -> int:
        """How many borders were crossed by that moment: by the account, and by the person if there is one."""
        if not (self.woken_at or self.transition.by_hand):
            return self.transition.account_sequence
        standing = self.account.standing
        of_account = crossed(standing.memberships) if standing else 0
        of_person = crossed(self.person.memberships) if self.person else 0
        return max(self.transition.account_sequence, of_account + of_person)

    @property
    def today(self) -> date:
        """The tenant's day on which it is done."""
        return self.now.astimezone(self.playbook.time_zone).date()

    @property
    def run_id(self) -> str:
        """The play run's id; what a shadow would have done is no reason for a live play to do nothing."""
        passed = self.transition
        shadow = "/shadow" if self.play.is_shadow else ""
        return f"{self.play.id}/{passed.about}/{self.date or passed.sequence}/{passed.passage}{shadow}"

    @property
    def date(self) -> str:
        """The date that triggered a play that is dated by an attribute; empty for others, and where another
        play started it. A date triggers a play once, however often the account comes by it."""
        own = self.play.dated_by and self.play.segment == self.transition.segment
        return str(self.transition.reasons[0].value) if own and self.transition.reasons else ""

    def present_in(self, account: Account | None = None) -> Membership | None:
        """Whether the account, or the person whose passage it is, is inside of what triggers the play; as the
        account is later, if told."""
        segment = self.transition.segment
        if self.transition.user_id:
            return self.person.memberships.get(segment) if self.person else None
        standing = (account or self.account).standing
        return standing.memberships.get(segment) if standing else None

    def date_at(self, account: Account) -> str:
        """What the date is at the account now."""
        found = values_of(account, self.playbook.recipe, self.day).get(self.play.dated_by)
        return "" if found is None else show_cell(found)

    def effects(self, deeds: Deeds) -> Iterator[tuple[str, Callable[[], Task | Delivery | Touchpoint]]]:
        """What each action is called (`task 1`, `email 1`) and what makes its effect; making it raises
        RejectedInput where a text cannot be filled in."""
        for number, task in enumerate(deeds.tasks):
            yield f"task {number + 1}", partial(self._task, number, task)
        for number, email in enumerate(deeds.emails):
            yield f"email {number + 1}", partial(self._email, number, email, deeds)
        for number, webhook in enumerate(deeds.webhooks):
            yield f"webhook {number + 1}", partial(self._webhook, number, webhook)
        for number, touchpoint in enumerate(deeds.touchpoints):
            yield f"touchpoint {number + 1}", partial(self._touchpoint, number, touchpoint)

    def called_off(self, deeds: Deeds, why: str) -> tuple[Delivery, ...]:
        """The messages of deeds, cancelled before they are made. Stored where they are not to be done, they
        keep a launch that was interrupted, or runs at the same moment, from sending them (T3)."""
        emails = [
            self._delivery(self._id("email", number), Channel.EMAIL, to=email.to, subject="", body="")
            for number, email in enumerate(deeds.emails)
        ]
        webhooks = [
            self._delivery(
                self._id("webhook", number), Channel.WEBHOOK, to=hook.endpoint, subject="", body=""
            )
            for number, hook in enumerate(deeds.webhooks)
        ]
        return tuple(cancelled(message, self.now, f"cancelled: {why}") for message in (*emails, *webhooks))

    @cached_property
    def told(self) -> dict[str, str]:
        """What each message of this step that people read goes by, by the id that it would have."""
        known = told_as(self.play).items()
        return {self._id(kind, number): name for (place, kind, number), name in known if place == self.place}

    def asked(self, deeds: Deeds) -> dict[str, str]:
        """What each task of deeds goes by, by the id that it would have."""
        known = asked_as(self.play)
        return {self._id("task", number): known[self.place, number] for number in range(len(deeds.tasks))}

    def task_ids(self, deeds: Deeds) -> tuple[str, ...]:
        """The ids of the tasks of deeds, whether or not they can be made."""
        return tuple(self._id("task", number) for number, _ in enumerate(deeds.tasks))

    def _task(self, number: int, action: TaskAction) -> Task:
        task_id = self._id("task", number)
        assignee = self._assignee(task_id, action.assign_to, action.effort)
        due = self.playbook.calendar.due_on(self.day, action.due_in_days, action.due_in_working_days)
        told: dict[str, Value] = {
            "Title": one_line(self.render(action.title, self.context)),
            "Description": self.render(action.description, self.context).strip(),
            "Assignee": assignee.email,
            "Due Date": max(due, self.today),  # later than so many days after: a person had to decide
            "Priority": action.priority.value,
            "Flow": action.flow,
            "Effort": action.effort,
            "Status": TaskStatus.OPEN.value,
        }
        return Task(
            task_id=task_id,
            facts=Facts(
                account_id=self.account.account_id,
                values={name: value for name, value in told.items() if value != ""},
                provenance=Provenance(f"play:{self.play.id}", self.now),
                created_at=self.now,
                created_by=self.transition.id,
                changed_by=self.transition.id,
            ),
            play=self.play.id,
            reason=because(self.transition),
            post_completion=self._post_completion(action.post_completion),
            sla_at=self._sla_at(action, assignee),
            why_assigned=assignee.why,
            asked_as=asked_as(self.play)[self.place, number],
        )

    def _assignee(self, task_id: str, assign_to: str, effort: float) -> Assignee:
        facts, owner, reserve = self.account.facts, self.play.owner, not self.play.is_shadow
        return self.assign(task_id, assign_to, effort, facts, owner, self.now, reserve=reserve)

    def _sla_at(self, action: TaskAction, assignee: Assignee) -> datetime | None:
        """When a task is to be closed; working hours are the assignee's."""
        if action.sla_working_hours:
            zone = ZoneInfo(assignee.timezone) if assignee.timezone else self.playbook.time_zone
            return self.playbook.calendar.after_working_hours(self.now, action.sla_working_hours, zone)
        return self.now + timedelta(hours=action.sla_hours) if action.sla_hours else None

    def _post_completion(self, after: PostCompletion) -> PostCompletion:
        """Its texts are filled in now, with what holds now."""
        follow_up = after.follow_up
        if follow_up is None:
            return after
        title = one_line(self.render(follow_up.title, self.context))
        description = self.render(follow_up.description, self.context).strip()
        return replace(after, follow_up=replace(follow_up, title=title, description=description))

    def _email(self, number: int, action: EmailAction, deeds: Deeds) -> Delivery:
        mail = self._delivery(
            self._id("email", number),
            Channel.EMAIL,
            to=self._address(action.to, deeds),
            subject=one_line(self.render(action.subject, self.context)),
            body=self.render(action.body, self.context).strip() + "\n",
        )
        noting = not self.play.is_shadow
        return self.admit(mail, self.playbook.manners, urgent=action.urgent, noting=noting)

    def _webhook(self, number: int, action: WebhookAction) -> Delivery:
        delivery_id = self._id("webhook", number)
        if self.playbook.endpoints[action.endpoint].kind is EndpointKind.SLACK:
            document = slack_message(action.message or {}, self.context, delivery_id, self.render)
        else:
            document = signed_payload(
                action.event, self.play, self.transition, self.account, self.at, self.account_sequence
            )
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return self._delivery(
            delivery_id, Channel.WEBHOOK, to=action.endpoint, subject=action.event, body=body
        )

    def _touchpoint(self, number: int, action: TouchpointAction) -> Touchpoint:
        source = f"play:{self.play.id}"
        told: dict[str, Value] = {
            "Type": action.type,
            "Subject": one_line(self.render(action.subject, self.context)),
            "Content": self.render(action.content, self.context).strip(),
            "Date": self.day.isoformat(),
            "Flow": action.flow,
            "Created By": source,
            "Participants": self._rendered(action.participants),
            "Reasons": self._rendered(action.reasons),
        }
        return Touchpoint(
            self._id("touchpoint", number),
            Facts(
                account_id=self.account.account_id,
                values={name: value for name, value in told.items() if value not in ("", ())},
                provenance=Provenance(source, self.at),
                created_at=self.at,
                created_by=self.transition.id,
                changed_by=self.transition.id,
            ),
        )

    def _rendered(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        lines = (one_line(self.render(text, self.context)) for text in texts)
        return tuple(dict.fromkeys(line for line in lines if line))

    def _delivery(self, delivery_id: str, channel: Channel, *, to: str, subject: str, body: str) -> Delivery:
        return Delivery(
            delivery_id=delivery_id,
            account_id=self.account.account_id,
            channel=channel,
            to=to,
            subject=subject,
            body=body,
            play=self.play.id,
            transition_id=self.transition.id,
            created_at=self.now,
            due_at=self.now,
            told_as=self.told.get(delivery_id, ""),
        )

    def _address(self, to: str, deeds: Deeds) -> str:
        """Whom a mail goes to; of a pool it is who of it has the task that is made at the same moment. Raises
        RejectedInput where everybody has left whom it could go to."""
        beside = (number for number, task in enumerate(deeds.tasks) if task.assign_to == to)
        number = next(beside, None) if to.startswith(PREFIX) else None
        if number is not None:
            found = self._assignee(self._id("task", number), to, deeds.tasks[number].effort)
        else:
            facts, owner = self.account.facts, self.play.owner
            found = self.assign("", to, 0.0, facts, owner, self.now, reserve=False, mail=True)
        if not found.email:
            raise RejectedInput(found.why)
        return found.email

    def _id(self, kind: str, number: int) -> str:
        step = f"step {self.place}/" if self.place else ""
        source = f"{self.transition.id}/{self.play.id}/{step}{kind}/{number}"
        return f"{kind}_{hashlib.sha256(source.encode()).hexdigest()[:20]}"
