from django.contrib import admin
from django.urls import include, path

from . import probes, security_txt

urlpatterns = [
    path("healthz", probes.healthz),
    path("readyz", probes.readyz),
    path("metrics", probes.metrics),
    path(".well-known/security.txt", security_txt.security_txt),
    path("", include("onboarding.urls")),
    path("", include("webhooks.urls")),
    path("", include("tenants.urls")),
    path("accounts/", include("tenants.account_urls")),
    path("admin/", admin.site.urls),
]
