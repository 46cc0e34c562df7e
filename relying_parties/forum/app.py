"""The forum: *Log in with network ID* and one question, over 18, in about 20 lines."""

from pathlib import Path

from fastapi import FastAPI, Request, Response

from relying_parties.demo import Demo, Settings

OVER_18 = {"id_token": {"age_over_18": {"essential": True}}}


def create_app(settings: Settings) -> FastAPI:
    """Return the forum as an ASGI application."""
    demo = Demo("after-hours", Path(__file__).parent, settings)
    app = demo.app

    @app.get("/")
    async def home(request: Request) -> Response:
        return demo.page(request, "home.html")

    @app.get("/login")
    async def login(request: Request) -> Response:
        platform = await demo.platform()
        url, pending = await platform.begin_sign_in(
            claims=OVER_18, ui_locales=demo.language(request)
        )
        return demo.send_away(request, url, pending)

    @app.get("/callback")
    async def callback(request: Request) -> Response:
        platform = await demo.platform()
        pending = demo.take_pending(request)
        sign_in = await platform.finish_sign_in(pending, request.url.query)
        return demo.welcome(request, sign_in)

    @app.post("/logout")
    async def logout(request: Request) -> Response:
        if not await demo.is_own_form(request):
            return demo.forged_form(request)
        platform = await demo.platform()
        return demo.forget(request, to=await platform.sign_out(*demo.leaving(request)))

    @app.post("/backchannel-logout")
    async def backchannel_logout(request: Request) -> Response:
        platform = await demo.platform()
        return demo.end(await platform.verify_logout(await demo.logout_token(request)))

    return app
