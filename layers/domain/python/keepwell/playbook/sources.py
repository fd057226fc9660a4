"""What mappings/<id>.yaml says of a file: where texts come from, how it is read, whence it is fetched."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from keepwell.imports import schedules
from keepwell.imports.dialect import is_delimiter
from keepwell.imports.objects import OBJECTS
from keepwell.playbook.fields import STRICT, Cell, Tag, Text, as_cell


class _Part(BaseModel):
    model_config = STRICT


def _as_step(value: object) -> object:
    """A function without an argument may be a bare text; a scalar is the text that a cell would hold."""
    if isinstance(value, dict):
        return {name: _argument(name, argument) for name, argument in value.items()}
    return {value: None} if isinstance(value, str) else value


def _argument(name: object, argument: object) -> object:
    if name == "values" and isinstance(argument, dict):
        return {as_cell(text): as_cell(value) for text, value in argument.items()}
    return argument if argument is None or isinstance(argument, dict | list) else as_cell(argument)


def _one_function(step: dict[str, Any]) -> dict[str, Any]:
    if len(step) != 1:
        raise ValueError("a step is one function: write each as an item of its own")
    return step


def _an_object(name: str) -> str:
    if name not in OBJECTS:
        expected = ", ".join(map(repr, OBJECTS))
        raise PydanticCustomError("literal_error", "expected {expected}", {"expected": expected})
    return name


def _delimiter(text: str) -> str:
    if text in ("tab", "\\t"):
        return "\t"
    if not is_delimiter(text):
        raise ValueError(f'{text!r} is no delimiter; write one character such as ";", or tab')
    return text


def _quote(text: str) -> str:
    if text not in ('"', "'", "none"):
        raise ValueError(f"{text!r} is no quote; write '\"' or \"'\" (in quotes), or none")
    return text


def _percent(value: object) -> object:
    return value.strip().removesuffix("%").strip() if isinstance(value, str) else value


def _schedule(text: str) -> str:
    schedules.Schedule.of(text)
    return text


def _bucket(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text):
        raise ValueError(f"{text!r} is no name of a bucket")
    return text


Step = Annotated[dict[str, Any], BeforeValidator(_as_step), AfterValidator(_one_function)]
ObjectName = Annotated[str, AfterValidator(_an_object), Field(json_schema_extra={"enum": [*OBJECTS]})]
Delimiter = Annotated[str, AfterValidator(_delimiter)]
Quote = Annotated[str, AfterValidator(_quote)]
Percent = Annotated[float, BeforeValidator(_percent), Field(ge=0, le=100, allow_inf_nan=False)]
Schedule = Annotated[str, AfterValidator(_schedule)]
Bucket = Annotated[str, AfterValidator(_bucket)]


class Source(_Part):
    """Where one attribute's text comes from: a column (bare text means its header), several, a constant or
    the row's number. The functions of `then` change it, one after the other."""

    column: Text | None = None
    columns: Annotated[list[Text], Field(min_length=2)] | None = None
    constant: Cell | None = None
    row_number: Text | None = None
    values: dict[Cell, Cell] = {}
    then: list[Step] = []

    @model_validator(mode="before")
    @classmethod
    def _bare_text_is_a_column(cls, value: object) -> object:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> "Source":
        parts = (self.column, self.columns, self.constant, self.row_number)
        if sum(part is not None for part in parts) != 1:
            raise ValueError("a source has exactly one of column, columns, constant and row_number")
        if self.row_number is not None and "{row}" not in self.row_number:
            raise ValueError(
                f"row_number needs {{row}} in its text, as in tel-{{row}}, not {self.row_number!r}"
            )
        if (self.values or self.then) and self.column is None and self.columns is None:
            key = "values translate" if self.values else "functions change"
            raise ValueError(f"{key} the texts of a column; a constant or row_number has none")
        return self


class Complete(_Part):
    """That a file is all there is. What the feed's last drop had besides is missing, and gets the tag `flag`
    unless it is more than `at_most` percent of that drop."""

    flag: Tag | None = None
    at_most: Percent = 10

    @model_validator(mode="before")
    @classmethod
    def _may_be_just_true(cls, value: object) -> object:
        return {} if value is True else value


class Pull(_Part):
    """From where files are fetched, and when."""

    bucket: Bucket
    prefix: str = ""
    every: Schedule = "daily"
