"""Members of a team, their tasks, and accounts they look after: for tests of assignment."""

from datetime import timedelta

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.tasks import Task
from keepwell.team import Member
from tests.story import NOON

EARLIER = NOON - timedelta(days=30)


def facts(key: str, **values: Value) -> Facts:
    """Told a month ago; `Due_Date` is Due Date."""
    told = {name.replace("_", " "): value for name, value in values.items()}
    return Facts(key, told, Provenance("csv:test", EARLIER), EARLIER, "drop-1", "drop-1")


def member(name: str, **values: Value) -> Member:
    """`name`@example.com."""
    return Member(facts(f"{name}@example.com", **values))


def task(task_id: str, assignee: str, effort: float = 1.0, account_id: str = "A-1", **values: Value) -> Task:
    """An open task of `assignee`@example.com."""
    told = {"Title": task_id, "Assignee": f"{assignee}@example.com", "Effort": effort, **values}
    return Task(task_id, facts(account_id, **told))
