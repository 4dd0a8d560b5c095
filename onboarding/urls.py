from django.urls import path

from .views import (
    authorize,
    checklists,
    feed,
    forms,
    go_live,
    people,
    policies,
    rehearsal,
    sharing,
    stages,
    webhooks,
)

app_name = "onboarding"

urlpatterns = [
    path("", checklists.home, name="home"),
    path("oauth/<slug:provider>/callback/", authorize.callback, name="oauth_callback"),
    path("t/<slug:slug>/", checklists.checklist, name="checklist"),
    path("t/<slug:slug>/authorize/", authorize.step, name="authorize"),
    path("t/<slug:slug>/authorize/start/", authorize.start, name="authorize_start"),
    path("t/<slug:slug>/authorize/discover/", authorize.discover, name="authorize_discover"),
    path("t/<slug:slug>/feed/", feed.step, name="feed"),
    path("t/<slug:slug>/feed/sync/", feed.sync, name="feed_sync"),
    path("t/<slug:slug>/webhooks/", webhooks.step, name="webhooks"),
    path("t/<slug:slug>/webhooks/create/", webhooks.create, name="webhooks_create"),
    path("t/<slug:slug>/webhooks/swap/", webhooks.swap, name="webhooks_swap"),
    path("t/<slug:slug>/webhooks/<int:endpoint_id>/token/", webhooks.token, name="webhooks_token"),
    path("t/<slug:slug>/stages/", stages.step, name="stages"),
    path("t/<slug:slug>/stages/table/", stages.table, name="stages_table"),
    path("t/<slug:slug>/stages/confirm/", stages.confirm, name="stages_confirm"),
    path("t/<slug:slug>/stages/<int:pipeline_id>/remove/", stages.remove, name="stages_remove"),
    path("t/<slug:slug>/policies/", policies.step, name="policies"),
    path("t/<slug:slug>/forms/", forms.step, name="forms"),
    path("t/<slug:slug>/forms/check/", forms.check, name="forms_check"),
    path("t/<slug:slug>/rehearsal/", rehearsal.step, name="rehearsal"),
    path("t/<slug:slug>/rehearsal/start/", rehearsal.start, name="rehearsal_start"),
    path("t/<slug:slug>/go-live/", go_live.step, name="go-live"),
    path("t/<slug:slug>/go-live/request/", go_live.ask, name="go_live_request"),
    path("t/<slug:slug>/people/", people.people, name="people"),
    path("t/<slug:slug>/people/invite/", people.invite, name="people_invite"),
    path("t/<slug:slug>/people/leave/", people.leave, name="people_leave"),
    path("t/<slug:slug>/people/<int:membership_id>/", people.person, name="person"),
    path("t/<slug:slug>/people/<int:membership_id>/remove/", people.remove, name="person_remove"),
    path(
        "t/<slug:slug>/people/invitations/<int:invitation_id>/resend/",
        people.resend,
        name="invitation_resend",
    ),
    path(
        "t/<slug:slug>/people/invitations/<int:invitation_id>/withdraw/",
        people.withdraw,
        name="invitation_withdraw",
    ),
    path("t/<slug:slug>/<slug:step_key>/share/", sharing.share, name="share"),
]
