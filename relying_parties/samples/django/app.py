"""Log in with network ID by Django, in one file: the settings first, then what is about us."""

import os
import secrets

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path

PORT = int(os.environ.get("PORT", "3000"))

if not settings.configured:  # in a project of yours this is settings.py
    settings.configure(
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        # An address in its log may hold a code.
        LOGGING={"version": 1, "loggers": {"django.server": {"level": "ERROR"}}},
        MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
        ROOT_URLCONF=__name__,
        SECRET_KEY=os.environ.get("SESSION_SECRET") or secrets.token_urlsafe(32),
    )

# --- urls.py and views.py

from network_id.integrations.django import NetworkID  # noqa: E402 - it reads the settings

network_id = NetworkID.from_environment(url=f"http://localhost:{PORT}")

PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="color-scheme" content="light dark"><title>Django</title>
<link rel="stylesheet" href="{network_id.button_css}"><h1>Django and network ID</h1>"""
SIGNED_OUT = network_id.button(attributes={"data-testid": "login"})
SIGNED_IN = """<p>Your network ID here: <code data-testid="network-id">{}</code></p>
<p><a href="/cellar" data-testid="over-18">For people over 18</a></p>
<form method="post" action="/logout"><button data-testid="logout">Log out</button></form>"""


def home(request: HttpRequest) -> HttpResponse:
    sign_in = network_id.current(request)
    return HttpResponse(PAGE + (SIGNED_IN.format(sign_in.display) if sign_in else SIGNED_OUT))


@network_id.required.over(18)
def cellar(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE + '<p data-testid="cellar">You are over 18.</p>')


urlpatterns = [
    *network_id.urls,  # /login /callback /logout /backchannel-logout
    path("", home),
    path("cellar", cellar),
]

if __name__ == "__main__":
    print(f"http://localhost:{PORT}", flush=True)
    execute_from_command_line(["app.py", "runserver", f"localhost:{PORT}", "--noreload"])
