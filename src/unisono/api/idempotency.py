"""Idempotency-Key: a request that is sent twice is done once, and both get the same answer."""

import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from unisono.api.authentication import ApiRequest, View
from unisono.api.problems import problem_response, status_of
from unisono.platform.errors import Conflict, Invalid, Problem, UseCaseError
from unisono.platform.models import IdempotencyRecord

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_METHODS = frozenset({"POST", "PATCH", "PUT", "DELETE"})
_KEPT_HEADERS = ("Content-Type", "Location", "ETag")
# Answers are kept this long; a claim without an answer is taken over after the shorter time, since its process died.
_KEPT_FOR = timedelta(days=7)
_ABANDONED_AFTER = timedelta(minutes=10)


def _hash_of(request: ApiRequest) -> str:
    """Hash of what is asked for. A form is hashed by its parts: the line between them differs every time."""
    digest = hashlib.sha256()

    def add(*parts: str | bytes) -> None:
        for part in parts:
            content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            digest.update(len(content).to_bytes(8, "big"))
            digest.update(content)

    add(request.method or "", request.get_full_path())
    if request.content_type == "multipart/form-data":
        for name, values in sorted(request.POST.lists()):
            add(name, *values)
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                add(name, file.name or "", *_contents(file))
    else:
        add(request.body)
    return digest.hexdigest()


def _contents(file: Any) -> Iterable[bytes]:
    inner = hashlib.sha256()
    for chunk in file.chunks():
        inner.update(chunk)
    file.seek(0)
    yield inner.digest()


def _claim(request: ApiRequest, key: str, request_hash: str) -> IdempotencyRecord | HttpResponse:
    """The claim of this request on its key, or the answer to give instead."""
    records = IdempotencyRecord.objects.filter(token_id=request.token.pk)
    now = timezone.now()
    records.filter(created_at__lt=now - _KEPT_FOR).delete()
    try:
        # The unique constraint lets exactly one of several simultaneous requests through.
        with transaction.atomic():
            record: IdempotencyRecord = IdempotencyRecord.objects.create(
                token_id=request.token.pk, key=key, request_hash=request_hash, created_at=now
            )
            return record
    except IntegrityError:
        pass
    known = records.filter(key=key).first()
    if known is not None and known.request_hash != request_hash:
        raise Invalid.at(HEADER, _("This key was used for another request."), _("Use a new key for a new request."))
    if known is not None and known.status is not None:
        return _stored(known)
    if known is not None and records.filter(pk=known.pk, status=None, created_at__lt=now - _ABANDONED_AFTER).update(
        created_at=now
    ):
        known.created_at = now
        return known
    raise Conflict(_being_worked_on())


def _being_worked_on() -> Problem:
    return Problem(
        HEADER, _("A request with this key is being worked on."), _("Wait a moment, then send the same again.")
    )


def _stored(record: IdempotencyRecord) -> HttpResponse:
    kept = json.loads(record.body)
    answer = HttpResponse(kept["content"], status=record.status)
    for name in _KEPT_HEADERS:
        if name in kept:
            answer[name] = kept[name]
        elif name in answer:
            del answer[name]
    answer[REPLAYED] = "true"
    return answer


def shown_once(request: Any, name: str) -> None:
    """Say that the answer holds a secret under this name: it is shown this once, and the kept answer has it empty."""
    request.shown_once = name


def _keep(record: IdempotencyRecord, answer: HttpResponseBase, secret: str | None) -> bool:
    """Keep the answer with the claim, without its secret; False when the claim was meanwhile taken over."""
    content = answer.content.decode() if isinstance(answer, HttpResponse) else ""
    if secret is not None and content:
        content = json.dumps({**json.loads(content), secret: ""}, ensure_ascii=False)
    kept = {"content": content, **{name: answer[name] for name in _KEPT_HEADERS if name in answer}}
    return bool(
        IdempotencyRecord.objects.filter(pk=record.pk, status=None, created_at=record.created_at).update(
            status=answer.status_code, body=json.dumps(kept, ensure_ascii=False)
        )
    )


def idempotent(view: View) -> View:
    """Do a writing request with an Idempotency-Key once.

    The effect and the kept answer commit together, so a process that dies between the two leaves neither. An
    answer that is an error saved nothing, so it is not kept: the same key may be tried again.
    """

    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if key is None or request.method not in _METHODS or getattr(request, "actor", None) is None:
            return view(request, *args, **kwargs)
        try:
            if not 1 <= len(key) <= 255:
                raise Invalid.at(HEADER, _("A key has 1 to 255 characters."), _("Use a random UUID."))
            claim = _claim(request, key, _hash_of(request))
            if isinstance(claim, HttpResponse):
                return claim
        except UseCaseError as error:
            return problem_response(status_of(error), error.problems)
        kept = False
        try:
            with transaction.atomic():
                answer = view(request, *args, **kwargs)
                fine = answer.status_code < HTTPStatus.BAD_REQUEST
                kept = fine and _keep(claim, answer, getattr(request, "shown_once", None))
                if not kept:
                    transaction.set_rollback(True)
        finally:
            if not kept:
                IdempotencyRecord.objects.filter(pk=claim.pk, status=None, created_at=claim.created_at).delete()
        # Its effect is undone: who took the claim over does the work, and gives the answer.
        return answer if kept or not fine else problem_response(HTTPStatus.CONFLICT, [_being_worked_on()])

    return inner
