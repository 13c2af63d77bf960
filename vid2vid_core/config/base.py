"""What every config class shares: frozen, keyword-only, strict about unknown keys, documented field by field."""

import dataclasses
from typing import TypeVar, dataclass_transform

from pydantic import ConfigDict

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(dataclasses.field,))
def config_class(cls: type[T]) -> type[T]:
    """Make `cls` a config class; the string under each field becomes its description in the JSON schema."""
    cls.__pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)  # type: ignore[attr-defined]
    return dataclasses.dataclass(frozen=True, kw_only=True)(cls)
