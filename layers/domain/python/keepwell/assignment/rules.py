"""What a playbook says of tasks that find, or change, their owner (product TSK-09, TSK-10)."""

from enum import StrEnum

MANAGER_OF = "manager:"
"""Of whoever leads the holder of a role, as in `manager:Success Manager` (product USR-02, EWS-08)."""


class OwnerChange(StrEnum):
    """What becomes of the open tasks of who had a role at an account, once somebody else has it (TSK-09).

    Manual are the tasks that no play made. Split by due date: what is due by the day of the change stays. Of
    who is active no more all tasks go, but for `keep` (`keepwell.assignment.leaving`).
    """

    KEEP = "keep"
    REASSIGN_ALL = "reassign_all"
    REASSIGN_ALL_BUT_MANUAL = "reassign_all_but_manual"
    SPLIT_BY_DUE_DATE = "split_by_due_date"


class TaskMail(StrEnum):
    """How a member hears of new tasks (TSK-10): a mail each, one every quarter of an hour, or not at all."""

    EACH = "each"
    SUMMARY = "summary"
    NONE = "none"
