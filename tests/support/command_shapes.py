"""What each command prints with `--json`, for docs/commands.md."""

from typing import Final

_CLIENT: Final = (
    "{client_id, [client_secret], [secret_file], client_id_issued_at, [disabled_at], "
    "[old_secret_until], [dry_run], …}: the metadata as registered (RFC 7591 §3.2.1)"
)
_OPERATOR: Final = "{operator_id, name, roles, status}: `status` is `invited`, `active`, `disabled`"
_PROPOSED: Final = (
    "{act, case_id, approvals_needed, approvers, dry_run, [proposal_id], [approve_at], "
    "[expires_at]}: `act` is `unmask`, `suspend`, `lift`; `case_id` is null in a dry run of finding"
)
_DATABASES: Final = "[{database, revision, needed, up_to_date, ahead, pending, contracting}]"
_KEY: Final = (
    "{kid, alg, state, published_at, activated_at, retired_at, removed_at, seen_at, "
    "may_be_activated_at, may_be_removed_at}"
)

SHAPES: Final = {
    "init": "{home, issuer, port, wrapping_key_file}",
    "clients add": _CLIENT,
    "clients list": "[client, …], each as of `idp clients show`",
    "clients show": _CLIENT,
    "clients remove": "{removed, dry_run}: the client_id",
    "clients disable": "{client_id, disabled, changed, dry_run}",
    "clients enable": "{client_id, disabled, changed, dry_run}",
    "clients rotate-secret": "{client_id, client_secret} or {client_id, secret_file}; "
    "with --retire-old {retired, dry_run}; with --dry-run {client_id, ends_the_older, dry_run}",
    "clients apply": "{dry_run, differs, clients: [{client_id, change, [members: [{member, "
    "before, after}]], [secret_file]}]}: `change` is `added`, `changed`, "
    "`unchanged`, `removed`, `unlisted`",
    "clients invite": "{[initial_access_token], platform, uses, days, [dry_run]}",
    "operators add": "{operator_id, name, roles, status, is_new, link, link_expires_at}; with "
    "--dry-run {name, roles, is_new, dry_run}",
    "operators list": f"[{_OPERATOR}]",
    "operators disable": "{operator_id, disabled, changed, approvers_left, dry_run}",
    "operators enable": "{operator_id, disabled, changed, dry_run}",
    "operators remove": "{removed, approvers_left, dry_run}: the operator_id",
    "people find-by-network-id": _PROPOSED,
    "people suspend": _PROPOSED,
    "people unsuspend": _PROPOSED,
    "people show": "{proposal_id, act, state, approvals, approvals_needed, proposed_at, "
    "expires_at, case: {case_id, state} or null}: `state` of a proposal is `open`, "
    "`approved`, `declined`, `expired`; of a case `nobody`, `active`, `suspended`",
    "keys list": f"[{_KEY}]: `state` is `published`, `active`, `retired`, `removed`, `compromised`",
    "keys secrets": "[{secret, version, state, made_at, activated_at}]",
    "keys rewrap": "[{secret, left: {movable, dying, kept}}]",
    "migrate status": _DATABASES,
    "migrate up": _DATABASES,
    "audit tail": "[entry, …], the members of the log's own entries",
    "audit verify": "{whole, entries, heads, months, problems}",
    "prune": "{grants, replays, …}: how many rows of each kind",
    "doctor": "[{check, level, text, command}]: `level` is `ok`, `warn` or `fail`",
}
