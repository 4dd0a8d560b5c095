from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def up(_: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("up", up), path("stripe/", include("djstripe.urls", namespace="djstripe"))]
