from django.urls import path, re_path

from . import applications, views

app_name = "webhooks"

urlpatterns = [
    # No address here ever redirects: a slash more or less is the same address.
    re_path(r"^webhooks/(?P<provider>[a-z]+)/(?P<key>[\w-]{16,40})/?$", views.receive, name="receive"),
    path("api/v1/tenants/<slug:slug>/applications", applications.applications, name="applications"),
    path(
        "api/v1/tenants/<slug:slug>/applications/<uuid:sender_id>",
        applications.application,
        name="application",
    ),
    re_path(r"^feeds/(?P<key>[\w-]{20,64})\.xml$", views.outgoing_feed, name="outgoing_feed"),
]
