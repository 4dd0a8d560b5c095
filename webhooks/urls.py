from django.urls import path, re_path

from . import applications, views

app_name = "webhooks"

APPLICATIONS = "api/v1/tenants/<slug:slug>/applications"

# No address here ever redirects: a slash more or less is the same address. The names give the one without.
urlpatterns = [
    re_path(r"^webhooks/(?P<provider>[a-z]+)/(?P<key>[\w-]{16,40})/?$", views.receive, name="receive"),
    path(f"{APPLICATIONS}/", applications.applications),
    path(APPLICATIONS, applications.applications, name="applications"),
    path(f"{APPLICATIONS}/<uuid:sender_id>/", applications.application),
    path(f"{APPLICATIONS}/<uuid:sender_id>", applications.application, name="application"),
    re_path(r"^feeds/(?P<key>[\w-]{20,64})\.xml$", views.outgoing_feed, name="outgoing_feed"),
]
