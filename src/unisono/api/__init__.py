"""The HTTP API under /api/v1/: only parses and formats; areas decide and do."""

from typing import Any

from ninja import NinjaAPI, Swagger

from unisono.api import (
    account,
    activities,
    attachments,
    audit,
    bulk,
    comments,
    duplicates,
    erasing,
    imports,
    live_links,
    map,
    networks,
    notifications,
    outbox,
    problems,
    records,
    team,
    views,
    webhooks,
)
from unisono.api.authentication import BearerToken, with_caller
from unisono.api.idempotency import idempotent
from unisono.api.parsing import StrictParser
from unisono.api.schemas import ProblemDetails

_DESCRIPTION = """\
Everything the pages do, for programs. [me](#/You/me) tells who a token speaks for.

* **Sign in** with a token: `Authorization: Bearer uni_…`. Make one in the settings or with `unisono token create`; its
  scopes (`read`, `write`, `import`, `configure`, `care`, `team`, `administer`, `audit`, `erase`) narrow what its owner
  may do.
* **Records** of every kind have the same addresses: list, add, get, change, move to a state, put away, bring back,
  export. References take an id or an exact name. `custom` holds the fields that a network added.
* **Lists** come in pages: follow `next` until it is null. Pages stay right while records come and go.
* **Once only:** send `Idempotency-Key: <random UUID>` with a POST, PATCH or DELETE. The same request with the same key
  gets the same answer again, with `Idempotency-Replayed: true`; a secret that is shown once is empty in it.
* **No overwriting:** send the `ETag` of what you have seen as `If-Match` with a PATCH; status 412 means that it was
  changed since.
* **Errors** are `application/problem+json` with `problems: [{place, rule, remedy}]`: 401 without a valid token, 403 not
  allowed, 404 not there for you, 409 not now, 412 changed since, 422 not valid. After an error nothing was saved.
"""


class UnisonoAPI(NinjaAPI):
    """The API, whose OpenAPI document says of every endpoint what an error looks like."""

    def get_openapi_schema(self, **options: Any) -> Any:
        document = super().get_openapi_schema(**options)
        schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= {**schema.pop("$defs", {}), "ProblemDetails": schema}
        problem = {
            "description": "What is wrong",
            "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        key = {
            "in": "header", "name": "Idempotency-Key", "required": False,
            "schema": {"type": "string", "maxLength": 255},
            "description": "The same request with the same key is done once.",
        }  # fmt: skip
        match = {
            "in": "header", "name": "If-Match", "required": False, "schema": {"type": "string"},
            "description": "ETag of the record as you have seen it; 412 when it was changed since.",
        }  # fmt: skip
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                operation["responses"]["default"] = problem
                if method != "get":
                    operation["parameters"] = [*operation["parameters"], key]
                if method == "patch" and "record_id" in path:
                    operation["parameters"] = [*operation["parameters"], match]
        return document


api = UnisonoAPI(
    title="Unisono",
    version="1",
    description=_DESCRIPTION,
    auth=BearerToken(),
    parser=StrictParser(),
    docs=Swagger(
        {
            "docExpansion": "none",
            "filter": True,
            "displayRequestDuration": True,
            "defaultModelsExpandDepth": 0,
        }
    ),
)
problems.register(api)
# The last one added is the outermost: first who calls, then whether it is a repetition.
api.add_decorator(idempotent, mode="view")
api.add_decorator(with_caller, mode="view")
for _router in (
    account.router,
    team.router,
    networks.router,
    *records.routers,
    activities.router,
    attachments.router,
    imports.router,
    duplicates.router,
    map.router,
    views.router,
    bulk.router,
    comments.router,
    notifications.router,
    live_links.router,
    audit.router,
    outbox.router,
    webhooks.router,
    erasing.router,
):
    api.add_router("", _router)

__all__ = ["api"]
