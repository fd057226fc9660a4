"""A function's settings, from its environment."""

import os
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from keepwell.errors import ConfigurationError


class FunctionSettings(BaseModel):
    """A function declares its settings as fields: `accounts_table: str` is ACCOUNTS_TABLE.

    A field of type bool is `yes` or `no`. What a function may declare, `infra/system.py` says.
    """

    model_config = ConfigDict(frozen=True)

    @classmethod
    def from_environment(cls) -> Self:
        """ConfigurationError names every variable that is missing or wrong."""
        names = {field: field.upper() for field in cls.model_fields}
        found = {field: os.environ[name] for field, name in names.items() if os.environ.get(name)}
        missing = [name for field, name in names.items() if field not in found]
        if missing:
            raise ConfigurationError(
                f"not set in the environment: {', '.join(missing)}. "
                "The stack sets them from infra/system.py; deploy it again"
            )
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            wrong = "; ".join(f"{names[str(e['loc'][0])]}={e['input']!r}: {e['msg']}" for e in error.errors())
            raise ConfigurationError(f"wrong in the environment: {wrong}") from None
