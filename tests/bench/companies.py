"""A file of accounts as an ops team would export it, of any length: 15 columns, 184 bytes a row on average.

Seeded by the row's number alone, so that a file of ten rows is the start of one of a million.
"""

from collections.abc import Iterator
from datetime import date, timedelta

HEADERS = (
    "Account ID",
    "Account Name",
    "Status",
    "Customer Tier",
    "Customer Journey Stage",
    "Success Manager",
    "Contract Value",
    "Licenses",
    "Contract Start Date",
    "Renewal Date",
    "NPS",
    "CSM Risk",
    "Open Ticket Count",
    "Renewal Type",
    "Success Plan",
)

_FIRST = (
    "Northern",
    "Harbor",
    "Cedar",
    "Iris",
    "Granite",
    "Blue Mesa",
    "Aurora",
    "Summit",
    "Old Mill",
    "Vega",
)
_SECOND = ("Foods", "Optics", "Labs", "Logistics", "Robotics", "Energy", "Textiles", "Insurance", "Media")
_THIRD = ("and Sons Limited", "International GmbH", "Holding Company", "of North America Inc.", "Cooperative")
_STATUS = ("Paying", "Paying", "Paying", "Trial", "Free")
_STAGE = ("Onboarding", "Adoption", "Nurture", "Expansion")
_MANAGERS = tuple(f"success.manager.{number:02}@team-x.customers.example.com" for number in range(40))
_RISK = ("0 - NO RISK", "0 - NO RISK", "1 - MINOR", "2 - MAJOR", "")
_RENEWAL = ("Negotiated by hand", "Auto", '"Auto, with notice"')
_DAYS = tuple((date(2024, 1, 1) + timedelta(days=day)).isoformat() for day in range(1_000))


def header() -> bytes:
    return ",".join(HEADERS).encode() + b"\n"


def lines(rows: int, changed_of: int = 0) -> Iterator[bytes]:
    """The rows; every `changed_of`-th has other tickets than in the file of 0."""
    for n in range(rows):
        at = n * 2_654_435_761 % 4_294_967_296  # spreads what follows, as chance would
        name = f"{_FIRST[at % 10]} {_SECOND[at // 16 % 9]} {_THIRD[at // 256 % 5]} {n % 977}"
        renewal = _RENEWAL[at // 64 % 3]
        tickets = at // 1_024 % 20 + (100 if changed_of and n % changed_of == 0 else 0)
        yield (
            f"ACC-{n:07},{name},{_STATUS[at // 128 % 5]},{'Core' if at & 64 else 'Light'},"
            f"{_STAGE[at // 512 % 4]},{_MANAGERS[at // 2_048 % 40]},{at // 4_096 % 200_000}.{at % 100:02},"
            f"{at // 8_192 % 500 + 1},{_DAYS[at // 32 % 500]},{_DAYS[500 + at // 4_096 % 500]},{at % 11},"
            f"{_RISK[at // 32_768 % 5]},{tickets},{renewal},"
            f"{'yes' if at & 8 else 'no'}\n"
        ).encode()


def csv_file(rows: int, changed_of: int = 0) -> bytes:
    return header() + b"".join(lines(rows, changed_of))
