"""What files can be about: one module for each object, and here the list of them."""

from collections.abc import Mapping

from keepwell.imports.objects.accounts import ACCOUNTS
from keepwell.imports.objects.assignments import ASSIGNMENTS
from keepwell.imports.objects.collections import COLLECTIONS
from keepwell.imports.objects.importing import Importing, ImportObject, Stores
from keepwell.imports.objects.tasks import TASKS
from keepwell.imports.objects.team import TEAM
from keepwell.imports.objects.touchpoints import TOUCHPOINTS
from keepwell.imports.objects.usage import USAGE
from keepwell.imports.objects.users import USERS

OBJECTS: Mapping[str, ImportObject] = {
    each.name: each for each in (ACCOUNTS, USERS, USAGE, TOUCHPOINTS, TASKS, TEAM, ASSIGNMENTS, COLLECTIONS)
}

__all__ = ["OBJECTS", "ImportObject", "Importing", "Stores"]
