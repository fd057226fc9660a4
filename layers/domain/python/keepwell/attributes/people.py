"""The attributes of people at the customer that every playbook starts with (interfaces, "CSV": users)."""

from functools import cache

from keepwell.attributes.catalogue import Attribute, Catalogue, Kind
from keepwell.attributes.standard import TAGS

USER_ID = Attribute("User ID", Kind.TEXT, description="The key of the person, within the account")

STANDARD_USER_ATTRIBUTES: tuple[Attribute, ...] = (
    USER_ID,
    Attribute("Email", Kind.TEXT, aliases=("E-mail Address",)),
    Attribute("First Name", Kind.TEXT),
    Attribute("Last Name", Kind.TEXT, aliases=("Surname",)),
    Attribute(
        "Key Contact", Kind.YES_NO, description="Whether the person decides, or speaks for the customer"
    ),
    Attribute("Title", Kind.TEXT, aliases=("Role", "Job Title"), description="What the person does there"),
    TAGS,
    Attribute(
        "Last Activity", Kind.DATE, computed=True, description="The last day the person used the product"
    ),
    Attribute(
        "Active Days",
        Kind.NUMBER,
        computed=True,
        daily=True,
        description="On how many of the last 14 full days the person used the product (1.14 row 17)",
    ),
)


class UserCatalogue(Catalogue):
    """The attributes of people. A condition on these cannot ask for the past, which is not kept of people."""


@cache
def standard_user_catalogue() -> UserCatalogue:
    """The catalogue of the standard attributes of people alone."""
    return UserCatalogue(STANDARD_USER_ATTRIBUTES)
