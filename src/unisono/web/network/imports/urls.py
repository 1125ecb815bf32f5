"""Addresses of the import pages, below /n/<network>/import/."""

from django.urls import path

from unisono.web.network.imports import check, columns, outcome, start

_BATCH = "<uuid:batch_id>/"

urlpatterns = [
    path("", start.imports, name="imports"),
    path("example/", start.example, name="import_example"),
    path(_BATCH, outcome.batch, name="import"),
    path(f"{_BATCH}columns/", columns.columns, name="import_columns"),
    path(f"{_BATCH}columns/draft/", columns.draft, name="import_draft"),
    path(f"{_BATCH}reading/", columns.reading, name="import_reading"),
    path(f"{_BATCH}progress/", outcome.progress, name="import_progress"),
    path(f"{_BATCH}cancel/", outcome.cancel, name="import_cancel"),
    path(f"{_BATCH}rows/<int:number>/decide/", check.decide, name="import_decide"),
    path(f"{_BATCH}rows/<int:number>/reopen/", check.reopen, name="import_reopen"),
    path(f"{_BATCH}rows/<int:number>/fix/", check.fix, name="import_fix"),
    path(f"{_BATCH}decide/", check.decide_all, name="import_decide_all"),
    path(f"{_BATCH}wrong-rows/", check.wrong_rows, name="import_wrong_rows"),
    path(f"{_BATCH}apply/", check.apply, name="import_apply"),
    path(f"{_BATCH}undo/", outcome.undo, name="import_undo"),
    path(f"{_BATCH}remove/", outcome.remove, name="import_remove"),
]
