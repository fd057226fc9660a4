"""How members were interrupted: seldom enough, and by nothing twice (D6)."""

from collections import Counter, defaultdict

from keepwell.deliveries import Delivery, DeliveryState
from tests.domain.engine.company import Company
from tests.domain.engine.ledger import Ledger, is_of_play
from tests.domain.engine.rulebook import CAP, LATE, OWNER

TOLD_IN = "told in the digest "


def digest_of(message: Delivery) -> str:
    """The id of the digest that tells of a message, as its row says."""
    came = message.attempts[-1].outcome if message.state is DeliveryState.CANCELLED else ""
    return came.removeprefix(TOLD_IN) if came.startswith(TOLD_IN) else ""


def caps_were_kept(company: Company) -> None:
    """Of the mails of plays no more interrupt the owner on one day than the cap says. One that was called off
    and never left the house has not, and leaves its place to another."""
    days = Counter(
        each.due_at.date()
        for each in company.deliveries.first
        if each.to == OWNER and is_of_play(each) and each.open and not each.digest_at
        if company.outside[each.delivery_id] or not _is_called_off(company, each)
    )
    assert all(number <= CAP for number in days.values()), days


def _is_called_off(company: Company, mail: Delivery) -> bool:
    stored = company.deliveries.get(mail.delivery_id)
    return stored is not None and stored.state is DeliveryState.CANCELLED


def digests_tell_the_truth(company: Company, ledger: Ledger) -> int:
    """Lost 0, doubled 0: what was held back is in one digest, and did not come by itself as well, nor once it
    was called off (T3); how many digests there are."""
    told = defaultdict[str, Counter[str]](Counter)
    for each in company.deliveries.all():
        if digest := digest_of(each):
            told[digest][each.subject] += 1
            assert not company.outside[each.delivery_id], f"{each.subject} came by itself as well"
            passed = ledger.passed.get(each.transition_id)
            if passed and passed.called_off_at and each.subject != LATE:
                assert each.attempts[-1].at <= passed.called_off_at, f"T3: {each.subject} of {passed.id}"
    assert {each.delivery_id for each in company.deliveries.all() if _is_digest(each)} == told.keys()
    for digest, subjects in told.items():
        mail = company.deliveries.get(digest)
        assert mail is not None, "a digest was lost"
        named = Counter(line[2:] for line in mail.body.splitlines() if line.startswith("- "))
        assert named == subjects
        arrived = mail.state is DeliveryState.SENT and company.outside[digest]
        assert arrived or mail.state is DeliveryState.FAILED, f"{mail.subject} never left"
        known = " ".join(attempt.outcome for attempt in mail.attempts)
        assert arrived or digest in ledger.failing or "the sender ended" in known, known
    return len(told)


def summaries_tell_once(company: Company) -> None:
    """TSK-10: of a task that was one member's all the time one summary tells that it is new."""
    mentions = Counter(
        (each.to, line.rpartition(", ")[2])
        for each in company.deliveries.all()
        if "new task" in each.subject.casefold() and not is_of_play(each)
        for line in each.body.splitlines()
        if line.startswith("  ")
    )
    for task in company.work.known():
        first = company.work.first[task.account_id, task.task_id]
        rows = company.history.of(task.account_id, "task", 10_000)
        moved = any("Assignee" in row.detail["now"] for row in rows if row.detail["task_id"] == task.task_id)
        if not moved and first.assignee == task.assignee:
            assert mentions[task.assignee, task.task_id] <= 1, f"{task.title} was told twice"


def _is_digest(message: Delivery) -> bool:
    return message.subject.startswith("Also: ") or message.subject.endswith(" more messages")
