"""The URL tree: API under /api/v1/, pages everywhere else."""

from django.urls import include, path

from unisono.api import api
from unisono.web.health import healthz, readyz

urlpatterns = [
    path("api/v1/", api.urls),
    path("healthz", healthz),
    path("readyz", readyz),
    path("", include("unisono.web.sign_in.urls")),
    path("", include("unisono.web.urls")),
]
