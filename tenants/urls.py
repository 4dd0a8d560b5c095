from django.urls import path

from . import views

app_name = "tenants"

urlpatterns = [
    path("language/", views.choose_language, name="choose_language"),
    path("fresh-code/", views.fresh_code, name="fresh_code"),
    path("sessions/", views.sessions_page, name="sessions"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("invitations/<str:token>/new/", views.renew_invitation, name="renew_invitation"),
]
