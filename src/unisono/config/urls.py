"""The URL tree: API under /api/v1/, pages everywhere else."""

from django.urls import include, path

from unisono.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("unisono.web.urls")),
]
