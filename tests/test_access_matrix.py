"""Who gets what at every address of the project: a new route fails here until its row says who may use it.

A cell names who is let in and what they get; for everybody else the line of WHO tells. A number is a status; words are
redirects: to sign in, to set a second factor up, to show the one that is there again. Staff who visit a tenant get
what its owners get to look at, and nothing that changes anything.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from .tenants.world import ROLES, World, passing_world, routes

pytestmark = pytest.mark.audit
WHO = {
    # +               anonymous owner member one-step foreign removed staff desk visitor
    "everyone":      "+ + + + + + + + +",
    "owners":        "login + 404 404 404 404 404 404 look",
    "whole-members": "login + + 404 404 404 404 404 look",
    "members":       "login + + + 404 404 404 404 look",
    "signed-in":     "login + + + + + + + +",
    "strangers":     "+ home home home home home home home home",
    "askers":        "code home home home home home home home home",
    "factorless":    "login + + + + + + again again",
    "first-factors": "login fresh fresh fresh fresh fresh + again again",
    "factor-owners": "login 403 403 403 403 403 403 + +",
    "nobody":        "login 404 404 404 404 404 404 again again",
    "home":          "login 302 302 302 302 + 302 302 302",
    "desk":          "desk-login desk-login desk-login desk-login desk-login desk-login 2fa + +",
    "desk-door":     "login 403 403 403 403 403 + + +",
    "desk-exit":     "302 302 302 302 302 302 2fa + +",
    "leavers":       "home + + + + + + + +",
}  # fmt: skip
REDIRECTS = {
    "/": "home",
    "/accounts/login/": "login",
    "/accounts/login/code/": "code",
    "/accounts/2fa/": "2fa",
    "/accounts/2fa/reauthenticate/": "again",
    "/accounts/login/code/confirm/": "code-sent",
    "/fresh-code/": "fresh",
    "/admin/login/": "desk-login",
}
TABLE = """
                                                GET                 POST
healthz                                         everyone=200        everyone=200
readyz                                          everyone=200        everyone=200
metrics                                         everyone=200        everyone=200
.well-known/security.txt                        everyone=200        everyone=405
/                                               home=200            everyone=405
oauth/<provider>/callback/                      signed-in=400       everyone=405
t/<slug>/                                       members=200         everyone=405
t/<slug>/setup/                                 members=200         everyone=405
t/<slug>/applications/                          whole-members=200   everyone=405
t/<slug>/applications/<application_id>/         whole-members=200   everyone=405
t/<slug>/authorize/                             whole-members=200   everyone=405
t/<slug>/authorize/start/                       everyone=405        whole-members=302
t/<slug>/authorize/discover/                    everyone=405        whole-members=302
t/<slug>/feed/                                  members=200         members=422
t/<slug>/feed/decide/                           everyone=405        members=302
t/<slug>/feed/keep/                             everyone=405        members=302
t/<slug>/feed/sync/                             everyone=405        members=302
t/<slug>/webhooks/                              whole-members=200   everyone=405
t/<slug>/webhooks/create/                       everyone=405        whole-members=302
t/<slug>/webhooks/look/                          everyone=405        whole-members=302
t/<slug>/webhooks/swap/                         everyone=405        whole-members=302
t/<slug>/webhooks/<endpoint_id>/token/          everyone=405        whole-members=422
t/<slug>/stages/                                whole-members=200   everyone=405
t/<slug>/stages/table/                          everyone=405        whole-members=422
t/<slug>/stages/confirm/                        everyone=405        whole-members=422
t/<slug>/stages/reasons/                        everyone=405        whole-members=302
t/<slug>/stages/<pipeline_id>/remap/            everyone=405        whole-members=302
t/<slug>/stages/<pipeline_id>/remove/           everyone=405        whole-members=302
t/<slug>/policies/                              whole-members=200   whole-members=422
t/<slug>/policies/open/                          everyone=405        whole-members=302
t/<slug>/forms/                                 whole-members=200   everyone=405
t/<slug>/forms/check/                           everyone=405        whole-members=302
t/<slug>/rehearsal/                             whole-members=200   everyone=405
t/<slug>/rehearsal/start/                       everyone=405        whole-members=302
t/<slug>/rehearsal/<rehearsal_id>/record.json   whole-members=200   everyone=405
t/<slug>/go-live/                               whole-members=200   everyone=405
t/<slug>/go-live/request/                       everyone=405        whole-members=302
t/<slug>/go-live/withdraw/                      everyone=405        whole-members=302
t/<slug>/leave/                                 owners=200          everyone=405
t/<slug>/leave/pause/                           everyone=405        owners=302
t/<slug>/leave/resume/                          everyone=405        owners=302
t/<slug>/leave/ask/                             everyone=405        owners=302
t/<slug>/leave/code/                            everyone=405        owners=code-sent
t/<slug>/leave/end/                             owners=200          owners=200
t/<slug>/leave/look/                            everyone=405        owners=302
t/<slug>/leave/take-back/                       everyone=405        owners=302
t/<slug>/people/                                whole-members=200   everyone=405
t/<slug>/people/invite/                         everyone=405        owners=422
t/<slug>/people/leave/                          members=200         members=home
t/<slug>/people/<membership_id>/                owners=200          owners=422
t/<slug>/people/<membership_id>/remove/         everyone=405        owners=302
t/<slug>/people/invitations/<invitation_id>/resend/ everyone=405    owners=302
t/<slug>/people/invitations/<invitation_id>/withdraw/ everyone=405  owners=302
t/<slug>/<step_key>/share/                      everyone=405        owners=422
webhooks/<provider>/<key>                       everyone=405        everyone=401
api/v1/                                         everyone=404        everyone=404
api/v1/openapi.json                             everyone=200        everyone=405
api/v1/docs                                     everyone=200        everyone=405
api/v1/tenants/<slug>/applications              everyone=401        everyone=401
api/v1/tenants/<slug>/applications/             everyone=401        everyone=401
api/v1/tenants/<slug>/applications/<sender_id>  everyone=401        everyone=405
api/v1/tenants/<slug>/applications/<sender_id>/ everyone=401        everyone=405
api/v1/desk/fleet                               everyone=401        everyone=405
api/v1/desk/tenants                             everyone=401        everyone=405
api/v1/desk/tenants/<slug>                      everyone=401        everyone=405
feeds/<key>.xml                                 everyone=200        everyone=405
notices/<token>/                                everyone=200        everyone=302
language/                                       everyone=405        everyone=home
fresh-code/                                     signed-in=200       signed-in=code-sent
sessions/                                       signed-in=200       signed-in=302
invitations/<token>/                            everyone=200        everyone=302
invitations/<token>/new/                        everyone=405        everyone=302
accounts/login/                                 strangers=200       strangers=200
accounts/login/code/                            strangers=200       strangers=200
accounts/login/code/confirm/                    askers=             askers=
accounts/logout/                                leavers=200         everyone=home
accounts/inactive/                              everyone=200        everyone=405
accounts/signup/                                strangers=200       strangers=200
accounts/reauthenticate/                        everyone=404        everyone=404
accounts/email/                                 everyone=404        everyone=404
accounts/confirm-email/                         everyone=404        everyone=404
accounts/confirm-email/<key>/                   everyone=404        everyone=404
accounts/password/change/                       everyone=404        everyone=404
accounts/password/set/                          everyone=404        everyone=404
accounts/password/reset/                        everyone=404        everyone=404
accounts/password/reset/done/                   everyone=404        everyone=404
accounts/password/reset/key/done/               everyone=404        everyone=404
accounts/password/reset/key/<uidb36>-<key>/     everyone=404        everyone=404
accounts/2fa/                                   signed-in=200       signed-in=405
accounts/2fa/authenticate/                      signed-in=home      signed-in=home
accounts/2fa/reauthenticate/                    factor-owners=200   factor-owners=200
accounts/2fa/totp/activate/                     first-factors=200   first-factors=200
accounts/2fa/totp/deactivate/                   nobody=             nobody=
accounts/2fa/recovery-codes/                    signed-in=404       signed-in=405
accounts/2fa/recovery-codes/generate/           factorless=200      factorless=200
accounts/2fa/recovery-codes/download/           signed-in=404       signed-in=404
accounts/2fa/webauthn/                          signed-in=200       signed-in=405
accounts/2fa/webauthn/add/                      first-factors=200   first-factors=200
accounts/2fa/webauthn/reauthenticate/           factor-owners=again factor-owners=again
accounts/2fa/webauthn/keys/<pk>/remove/         nobody=             nobody=
accounts/2fa/webauthn/keys/<pk>/edit/           nobody=             nobody=
accounts/2fa/webauthn/login/                    signed-in=home      signed-in=home
admin/                                          desk=200            desk=200
admin/login/                                    desk-door=302       desk-door=302
admin/logout/                                   desk-exit=405       desk-exit=200
admin/password_change/                          desk=404            desk=404
admin/password_change/done/                     desk=404            desk=404
admin/autocomplete/                             desk=403            desk=405
admin/jsi18n/                                   desk=200            desk=405
admin/r/<content_type_id>/<object_id>/          desk=404            desk=404
admin/<app_label>/                              desk=200            desk=200
admin/<url>                                     desk=404            desk=404
admin/tenants/tenant/<pk>/act/<name>/           desk=405            desk=302
admin/tenants/tenant/export/                    desk=200            desk=405
admin/tenants/tenant/checks/                    desk=302            desk=302
admin/tenants/tenant/columns/                   desk=405            desk=302
admin/tenants/tenant/<pk>/visit/                desk=405            desk=302
admin/runbook/                                  desk=200            desk=405
admin/visit/end/                                desk=405            desk=302
admin/tenants/tenant/<pk>/replays/              desk=200            desk=405
admin/integrations/delivery/retries/            desk=200            desk=405
admin/integrations/delivery/retries/start/      desk=405            desk=302
admin/integrations/delivery/<delivery_id>/decide/<decision>/ desk=302 desk=302
admin/integrations/application/<application_id>/resume/ desk=200 desk=200
"""
# The pages of each model at the desk: of those that staff write, and of those that they only read.
WRITTEN = ("tenants/tenant", "tenants/user", "onboarding/channel")
READ = (
    *("tenants/auditevent", "tenants/membership", "tenants/invitation", "mfa/authenticator"),
    *("onboarding/notice", "onboarding/liverequest", "onboarding/deskkey"),
    *("onboarding/problem", "onboarding/rehearsal", "onboarding/stepoverride"),
    *("webhooks/webhookendpoint", "webhooks/webhookevent", "webhooks/rejectedrequest", "webhooks/replay"),
    "webhooks/catchup",
    *("integrations/application", "integrations/sendersecret", "integrations/connection"),
    *(
        "integrations/discovery",
        "integrations/stagereading",
        "integrations/archivereasonreading",
        "integrations/webhookreading",
        "integrations/conversion",
        "integrations/delivery",
    ),
    *("integrations/feed", "integrations/feedsync", "integrations/posting", "integrations/formcheck"),
)
MODEL_PAGE = re.compile(r"admin/\w+/\w+/(add/|<object_id>|$)")
# The desk's own pages above are asked by everybody; of the many pages of models, each kind of person asks.
KINDS_AT_THE_DESK = ("anonymous", "owner", "staff", "desk")
MODEL_PAGES = """
                       READ: GET POST      WRITTEN: GET POST
/                      desk=200 desk=200   desk=200 desk=200
/add/                  desk=403 desk=403   desk=200 desk=200
/<object_id>/history/  desk=200 desk=200   desk=200 desk=200
/<object_id>/delete/   desk=403 desk=403   desk=403 desk=403
/<object_id>/change/   desk=200 desk=403   desk=200 desk=200
/<object_id>/          desk=302 desk=302   desk=302 desk=302
"""


def rows_of(table: str) -> Iterator[list[str]]:
    yield from (line.split() for line in table.strip().splitlines()[1:])


def plain(route: str) -> str:
    """The route without what the URLconf says of its parts' form."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)|<\w+:(\w+)>", r"<\1\2>", re.sub(r"[\^$\\]|/\?", "", route)) or "/"


def all_rows() -> dict[str, tuple[str, str]]:
    rows = {route: (get, post) for route, get, post in rows_of(TABLE)}
    for page, *cells in rows_of(MODEL_PAGES):
        rows |= {f"admin/{model}{page}": (cells[0], cells[1]) for model in READ}
        rows |= {f"admin/{model}{page}": (cells[2], cells[3]) for model in WRITTEN}
    return rows


def outcome(answer: Any) -> str:
    target = answer.headers.get("Location", "").partition("?")[0]
    return REDIRECTS.get(target, str(answer.status_code))


ROWS = all_rows()
ROUTES = {plain(route): route for route in routes()}
OF_CUSTOMERS = [it for it in ROUTES if it.startswith("t/<slug>/")]
# How long the visitor stays signed in is written with any page.
WRITES = re.compile(r'(?:INSERT INTO|(?<!FOR )(?<!KEY )UPDATE|DELETE FROM) (?!"tenants_session")')


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), passing_world() as world:
        yield world


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {"without a row": set(ROUTES) - set(ROWS), "without a route": set(ROWS) - set(ROUTES)} == {
        "without a row": set(),
        "without a route": set(),
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("route", [it for it in ROWS if it in ROUTES])
def test_everybody_gets_what_the_row_says(world: World, route: str, method: str) -> None:
    who, _, granted = ROWS[route][method == "POST"].partition("=")
    cells = WHO[who].replace("look", "+" if method == "GET" else "403").replace("+", granted)
    expected = dict(zip(ROLES, cells.split(), strict=True))
    path = world.path(ROUTES[route])
    came = KINDS_AT_THE_DESK if MODEL_PAGE.match(route) else ROLES
    assert {role: outcome(world.ask(role, method, path)) for role in came} == {
        it: expected[it] for it in came
    }


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "GET"])
@pytest.mark.parametrize("route", OF_CUSTOMERS)
def test_a_look_of_a_visitor_writes_nothing(world: World, route: str, method: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        world.ask("visitor", method, world.path(ROUTES[route]))
    assert [it["sql"] for it in asked if WRITES.search(it["sql"])] == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("route", OF_CUSTOMERS)
def test_a_visitor_presses_nothing(world: World, route: str, method: str) -> None:
    answer = world.ask("visitor", method, world.path(ROUTES[route]))
    assert answer.status_code in {403, 405}
