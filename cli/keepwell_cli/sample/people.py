"""The people of an invented account whom its success manager knows by name; the first is the key contact."""

from collections.abc import Iterator
from random import Random

from keepwell_cli.sample.accounts import Invented, words
from keepwell_cli.sample.use import user_id

HEADERS = ("Account ID", "User ID", "Email", "First Name", "Last Name", "Key Contact")
KNOWN = {"Core": (3, 5), "Light": (1, 2)}

_FIRST_NAMES = words(
    "Ada Ben Carla Dev Elif Femi Grace Hugo Ines Jon Kim Lea Mats Nora Omar Pia Quinn Rosa Sam Tove "
    "Uma Vik Wen Yara Zoe"
)
_LAST_NAMES = words(
    "Abara Bauer Costa Diaz Eriksen Fischer Garcia Haas Ivanov Jensen Kowalski Lopez Meyer Nakamura "
    "Okafor Patel Quist Rossi Silva Tanaka Usman Vargas Weber Yilmaz Zhang"
)


def known(account: Invented, seed: int) -> Iterator[dict[str, str]]:
    """A row for each."""
    random = Random(f"{seed}/people/{account.id}")  # noqa: S311 - invented people, no secrets
    company = "-".join("".join(c if c.isalnum() else " " for c in account.name.casefold()).split())
    number = random.randint(*KNOWN[account.tier])
    names = zip(random.sample(_FIRST_NAMES, number), random.sample(_LAST_NAMES, number), strict=True)
    for place, (first, last) in enumerate(names, start=1):
        yield {
            "Account ID": account.id,
            "User ID": user_id(account.id, place),
            "Email": f"{first}.{last}@{company}.example.com".casefold(),
            "First Name": first,
            "Last Name": last,
            "Key Contact": "yes" if place == 1 else "no",
        }
