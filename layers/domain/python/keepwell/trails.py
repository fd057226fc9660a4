"""The trail of an account: past values of the attributes that some condition looks back on, and no others."""

from dataclasses import dataclass, field

from keepwell.criteria.knowing import Trail


@dataclass(frozen=True)
class AccountTrail:
    """`values` reach back as far as some condition looks. `revision` counts the writes; 0: not stored yet."""

    account_id: str
    values: Trail = field(default_factory=dict)
    revision: int = 0
