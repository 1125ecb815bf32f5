"""What the API takes and gives, made from the declaration of each kind's fields."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from unisono.areas.network.derived import columns_reckoned
from unisono.areas.network.kinds import MEMBER, Kind
from unisono.areas.network.queries.plain import MEMBER_EXTRAS
from unisono.platform.fields import Field as RecordField
from unisono.platform.fields import Type

_TEXT = {"type": "string"}
_JSON_TYPES: dict[Type, dict[str, Any]] = {
    Type.TEXT: _TEXT,
    Type.LONG_TEXT: _TEXT,
    Type.CHOICE: _TEXT,
    Type.CHOICES: {"type": "array", "items": _TEXT},
    Type.DATE: {"type": "string", "format": "date"},
    Type.INTEGER: {"type": "integer"},
    Type.DECIMAL: {"type": "string", "format": "decimal"},
    Type.BOOLEAN: {"type": "boolean"},
    Type.URL: {"type": "string", "format": "uri"},
    Type.EMAIL: {"type": "string", "format": "email"},
    Type.WORDS: {"type": "array", "items": _TEXT},
    Type.REF: _TEXT,
    Type.REFS: {"type": "array", "items": _TEXT},
}
_PYTHON_TYPES: dict[Type, Any] = {
    Type.CHOICES: list[str],
    Type.DATE: date,
    Type.INTEGER: int,
    Type.DECIMAL: Decimal,
    Type.BOOLEAN: bool,
    Type.WORDS: list[str],
}


class Reference(Schema):
    """Another record, by id and name."""

    id: UUID
    name: str


class ProblemOut(Schema):
    """One thing that is wrong."""

    place: str = Field(description="Where: a field, a parameter, a header, an address.")
    rule: str = Field(description="Which rule it breaks.")
    remedy: str = Field(description="How to mend it.")


class ProblemDetails(Schema):
    """What every answer that is no success looks like (RFC 9457, application/problem+json)."""

    type: str
    title: str
    status: int
    detail: str
    problems: list[ProblemOut]


class StateIn(Schema):
    """A move to another state."""

    state: str = Field(description="The state to move to.")
    reason: str = Field("", description="Why. A member leaves the network (“exited”) for a reason.")


def described(field: RecordField) -> str:
    """What a person who writes a client needs to know of a field."""
    parts = [f"{field.label}."]
    if field.help:
        parts.append(str(field.help))
    if field.choices:
        meanings = [v if v == str(label) else f"{v} ({label})" for v, label in field.choices]
        parts.append(f"One of: {'; '.join(meanings)}." if not field.is_many else f"Any of: {'; '.join(meanings)}.")
    if field.refers_to:
        parts.append(f"Id or exact name of a {field.refers_to}; several in a list." if field.is_many else
                     f"Id or exact name of a {field.refers_to}.")  # fmt: skip
    return " ".join(parts)


def json_type(field: RecordField, *, bounds: bool = True) -> dict[str, Any]:
    """The JSON schema of a field's value."""
    schema = dict(_JSON_TYPES[field.type])
    if field.choices:
        values = {"type": "string", "enum": [value for value, _label in field.choices]}
        schema = {"type": "array", "items": values} if field.is_many else values
    if bounds and field.type in (Type.INTEGER, Type.DECIMAL):
        if field.type is Type.DECIMAL:
            schema = {"type": ["number", "string"]}
        schema |= {"minimum": field.minimum} if field.minimum is not None else {}
        schema |= {"maximum": field.maximum} if field.maximum is not None else {}
    if bounds and field.type in (Type.TEXT, Type.URL, Type.EMAIL):
        schema["maxLength"] = field.max_length
    return schema


_CUSTOM = Annotated[
    dict[str, Any],
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]


def input_schema(
    name: str, fields: Iterable[RecordField], *, doc: str, partial: bool, extra: dict[str, Any] | None = None
) -> type[BaseModel]:
    """What is sent for the fields. Values are taken as they come: the use case parses them and names every problem."""
    members: dict[str, Any] = {}
    required: list[str] = []
    for field in fields:
        schema = json_type(field)
        if not field.required:
            types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            schema |= {"type": [*types, "null"]}
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        members[field.name] = (Annotated[Any, WithJsonSchema(schema)], Field(None, description=described(field)))
        if field.required and not partial:
            required.append(field.name)
    more: dict[str, Any] = {"additionalProperties": False}
    if required:
        more["required"] = required
    # Unknown names pass here, so that the use case can name them together with everything else that is wrong.
    model: type[BaseModel] = create_model(
        name,
        __config__=ConfigDict(extra="allow", json_schema_extra=more),
        __doc__=doc,
        **{**members, **(extra or {})},
    )
    return model


def values_from(body: BaseModel, *, but: Sequence[str] = ()) -> dict[str, Any]:
    """Values as a use case takes them: what was sent, custom fields as `custom.<name>`."""
    values = {**body.model_dump(exclude_unset=True), **(body.__pydantic_extra__ or {})}
    custom = values.pop("custom", None)
    for name in but:
        values.pop(name, None)
    if isinstance(custom, dict):
        values |= {f"custom.{name}": value for name, value in custom.items()}
    return values


def record_input(kind: Kind, *, partial: bool) -> type[BaseModel]:
    """What is sent to add a record of this kind, or with `partial` to change one."""
    extra: dict[str, Any] = {"custom": (_CUSTOM, Field({}, description="Values of custom fields by their name."))}
    if not partial and kind.has_states:
        states = {"type": "string", "enum": kind.states}
        extra["state"] = (
            Annotated[Any, WithJsonSchema(states)],
            Field(None, description="The state in which the record is found; its usual first state by default."),
        )
    if kind is MEMBER and not partial:
        extra["organization_id"] = (
            UUID | None,
            Field(None, description="An existing organisation that becomes a member; otherwise a new one is made."),
        )
        extra["same_name"] = (
            bool,
            Field(False, description="The new organisation is another one than the existing one of the same name."),
        )
    return input_schema(
        f"{kind.model.__name__}{'Change' if partial else 'In'}",
        kind.fields,
        doc=f"{kind.label}: {'the fields to change' if partial else 'what is needed to add one'}.",
        partial=partial,
        extra=extra,
    )


_MEMBER_EXTRAS: dict[str, tuple[Any, str]] = {
    "organization_id": (UUID, "The organisation that is the member."),
    "exited_on": (date | None, "When it left."),
    "exit_reason": (str, "Why it left."),
}
assert set(_MEMBER_EXTRAS) == set(MEMBER_EXTRAS)


def _reckoned_type(field: RecordField) -> Any:
    python = _PYTHON_TYPES.get(field.type, str)
    return python | None if field.type is Type.DATE else python


def record_output(kind: Kind) -> type[Schema]:
    """What is given for a record of this kind."""
    members: dict[str, Any] = {"id": (UUID, Field(description="Id of the record."))}
    for field in kind.fields:
        python = _PYTHON_TYPES.get(field.type, str)
        if field.type is Type.REF:
            python = Reference
        elif field.type is Type.REFS:
            python = list[Reference]
        if not field.is_many and field.empty is None:
            python = python | None
        members[field.name] = (python, Field(description=described(field)))
    if kind is MEMBER:
        members |= {name: (python, Field(description=text)) for name, (python, text) in _MEMBER_EXTRAS.items()}
    if columns := columns_reckoned(kind.name):
        reckoned: dict[str, Any] = {
            name: (_reckoned_type(f), Field(description=described(f))) for name, f in columns.items()
        }
        model = create_model(
            f"{kind.model.__name__}Derived", __base__=Schema, __doc__="What is reckoned from other records.", **reckoned
        )
        members["derived"] = (model, Field(description="What is reckoned from other records; nobody enters it."))
    if kind.has_states:
        members["state"] = (str, Field(description=f"One of: {', '.join(kind.states)}."))
        members["next_states"] = (list[str], Field(description="States that may follow, guards aside."))
    members |= {
        "custom": (_CUSTOM, Field(description="Values of custom fields by their name.")),
        "source_ref": (str, Field(description="Where an imported record came from.")),
        "created_at": (datetime, Field(description="When it was added.")),
        "updated_at": (datetime, Field(description="When it was last changed.")),
        "archived_at": (datetime | None, Field(description="When it was put away; null while in use.")),
    }
    out: type[Schema] = create_model(f"{kind.model.__name__}Out", __base__=Schema, __doc__=f"{kind.label}.", **members)
    return out


def page_output(kind: Kind, item: type[Schema]) -> type[Schema]:
    """A page of records of this kind."""
    model: type[Schema] = create_model(
        f"{kind.model.__name__}Page",
        __base__=Schema,
        __doc__=f"{kind.label_plural}, one page.",
        items=(list[item], Field(description="The records.")),  # type: ignore[valid-type]
        next=(str | None, Field(description="Address of the next page; null on the last.")),
    )
    return model
