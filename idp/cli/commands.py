"""The command line: every command with its options. What they do is in the files beside this one.

Those are imported when a command runs: together they take a second or two, `--help` does not.
"""
# An option is a parameter to typer, and imports wait (see above).
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.audit_commands import audit
from idp.cli.client_commands import clients
from idp.cli.failure import MEANINGS
from idp.cli.key_commands import keys
from idp.cli.migrate_commands import migrate
from idp.cli.operator_commands import operators
from idp.cli.options import Json
from idp.cli.output import Output
from idp.cli.people_commands import people
from idp.cli.rotation_commands import rotation
from idp.cli.secret_commands import secrets
from idp.cli.serve_command import serve
from idp.cli.upkeep_commands import upkeep

app = typer.Typer(
    name="idp",
    help="Network ID: an OpenID Connect provider, proved once and then known to each platform by "
    "a network ID of its own.",
    epilog="Exit codes: " + "; ".join(f"{code:d} {text}" for code, text in MEANINGS.items()) + ".",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

app.add_typer(clients, name="clients", no_args_is_help=True)
app.add_typer(operators, name="operators", no_args_is_help=True)
app.add_typer(people, name="people", no_args_is_help=True)
app.add_typer(keys, name="keys", no_args_is_help=True)
keys.add_typer(secrets)
keys.add_typer(rotation)
app.add_typer(migrate, name="migrate")
app.add_typer(audit, name="audit", no_args_is_help=True)
app.add_typer(upkeep)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")],
    issuer: Annotated[
        str,
        typer.Option(envvar="IDP_ISSUER", help="[default: http://localhost:PORT]"),
    ] = "",
    port: Annotated[int, typer.Option(envvar="IDP_PORT", min=0, max=65535)] = 8000,
    database_url: Annotated[
        str,
        typer.Option(envvar="IDP_DATABASE_URL", help="postgresql://… [default: SQLite in DIR]"),
    ] = "",
    enrolment_database_url: Annotated[
        str,
        typer.Option(envvar="IDP_ENROLMENT_DATABASE_URL", help="The second one, for enrolments."),
    ] = "",
    wrapping_key_file: Annotated[
        Path | None,
        typer.Option(
            envvar="IDP_WRAPPING_KEY_FILE",
            help="Keep the wrapping key here; used if it is there, made if not. "
            "[default: DIR/wrapping.key, or none where IDP_WRAPPING_KEY is set]",
        ),
    ] = None,
    pkcs11_module: Annotated[
        Path | None,
        typer.Option(
            envvar="IDP_PKCS11_MODULE",
            help="Make the keys in a hardware module, by its maker's PKCS#11 library. "
            "[default: in files]",
        ),
    ] = None,
    pkcs11_token: Annotated[
        str, typer.Option(envvar="IDP_PKCS11_TOKEN", help="The label of the token there.")
    ] = "",
    pkcs11_pin_file: Annotated[
        Path | None,
        typer.Option(
            envvar="IDP_PKCS11_PIN_FILE",
            help="A file of mode 0600 with its PIN. [default: IDP_PKCS11_PIN]",
        ),
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Personas that anybody may sign in as. Tests only.")
    ] = False,
    sandbox_issuer: Annotated[
        str, typer.Option(help="Repeats a public issuer to allow --sandbox there.")
    ] = "",
    time_zone: Annotated[
        str, typer.Option(help="Ages follow it, e.g. Asia/Shanghai. [default: UTC]")
    ] = "",
    as_json: Json = False,
) -> None:
    """Make an instance: settings, keys, databases. Leaves nothing when it fails."""
    from idp.cli.making import Plan, make
    from idp.cli.next_steps import as_text, machine

    more = {
        "IDP_KEYSTORE": "pkcs11" if pkcs11_module else "",
        "IDP_PKCS11_MODULE": str(pkcs11_module.absolute()) if pkcs11_module else "",
        "IDP_PKCS11_TOKEN": pkcs11_token,
        "IDP_PKCS11_PIN_FILE": str(pkcs11_pin_file.absolute()) if pkcs11_pin_file else "",
        "IDP_SANDBOX": "true" if sandbox else "",
        "IDP_SANDBOX_ISSUER": sandbox_issuer,
        "IDP_TIME_ZONE": time_zone,
    }
    plan = Plan(
        folder.absolute(),
        issuer or f"http://localhost:{port}",
        port,
        database_url,
        enrolment_database_url,
        wrapping_key_file and wrapping_key_file.absolute(),
        more,
    )
    made = make(plan)
    Output(as_json=as_json).result(machine(made, plan), as_text(made, plan))


app.command()(serve)


@app.command()
def demo(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The provider's port. [default: a free one]")
    ] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the instance here, or go on with it.")
    ] = None,
    ready_file: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write this JSON file when all is ready."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Start a provider, two platforms and six citizens on this machine. Ctrl-C stops all."""
    from idp.cli.demo.show import Wishes, run

    wishes = Wishes(port, browser=not no_browser, keep=keep, ready_file=ready_file)
    run(wishes, Output(as_json=as_json))


command = typer.main.get_command(app)  # built once, however often a process runs one
