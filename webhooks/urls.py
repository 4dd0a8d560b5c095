from django.urls import include, path, re_path

from . import applications, views
from .api.document import ContractAPI

app_name = "webhooks"

api, *_ = ContractAPI(applications.router).urls

# No address here ever redirects: a slash more or less is the same address. The names give the one without.
urlpatterns = [
    re_path(r"^webhooks/(?P<provider>[a-z]+)/(?P<key>[\w-]{16,40})/?$", views.receive, name="receive"),
    path("api/v1/", include(api)),
    re_path(r"^feeds/(?P<key>[\w-]{20,64})\.xml$", views.outgoing_feed, name="outgoing_feed"),
]
