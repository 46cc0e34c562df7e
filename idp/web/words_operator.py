"""Words of the operators' pages that Python chooses and templates translate."""

from __future__ import annotations

from idp.domain.operator import Role
from idp.web.words import _

# Each section: its key, its path, its name, and the role that it takes (None: every operator).
SECTIONS: tuple[tuple[str, str, str, Role | None], ...] = (
    ("overview", "/operator", _("Overview"), None),
    ("registrar", "/operator/registrar", _("Enrolment"), Role.REGISTRAR),
    ("cases", "/operator/cases", _("Cases"), Role.SUPPORT),
    ("appeals", "/operator/appeals", _("Objections"), Role.SUPPORT),
    ("audit", "/operator/audit", _("Audit log"), Role.AUDITOR),
)

ROLES: dict[str, str] = {
    "registrar": _("Registrar"),
    "support": _("Support"),
    "auditor": _("Auditor"),
}

ROLES_TOLD: dict[str, str] = {
    "registrar": _("checks documents and hands out enrolment codes"),
    "support": _("proposes and approves what is done to accounts, and answers objections"),
    "auditor": _("reads what all operators did"),
}

ACTS: dict[str, str] = {
    "operator_added": _("An operator was added"),
    "operator_link_made": _("A new one-time link was made for an operator"),
    "operator_roles_set": _("The roles of an operator were changed"),
    "operator_joined": _("An operator made a passkey"),
    "operator_removed": _("An operator was removed"),
    "enrolment_code_issued": _("An enrolment code was handed out"),
    "unmask_proposed": _("Opening a case from a network ID was proposed"),
    "suspend_proposed": _("A suspension was proposed"),
    "lift_proposed": _("Lifting a suspension was proposed"),
    "proposal_seconded": _("A proposal from the command line was approved by the first of two"),
    "proposal_declined": _("A proposal was declined or withdrawn"),
    "unmasked": _("A case was opened from a network ID"),
    "suspended": _("An account was suspended"),
    "lifted": _("A suspension was lifted"),
    "appealed": _("A person objected to a suspension"),
    "appeal_answered": _("An objection was answered"),
    "key_staged": _("A signing key was made and published"),
    "key_activated": _("A signing key began to sign"),
    "key_retired": _("A signing key signs no more"),
    "key_removed": _("A signing key was taken out of service"),
    "key_compromised": _("A signing key was declared compromised"),
    "secret_staged": _("A new version of a secret was made"),
    "secret_activated": _("A new version of a secret came into use"),
    "secret_removed": _("A version of a secret was removed"),
    "rewrapped": _("Stored data were sealed anew with the newest keys"),
    "client_added": _("A client was registered"),
    "client_changed": _("A client was changed"),
    "client_secret_rotated": _("A client was given a new secret"),
    "client_secret_retired": _("The older secret of a client was ended"),
    "client_disabled": _("A client was disabled"),
    "client_enabled": _("A client was enabled again"),
    "client_removed": _("A client was removed"),
    "registration_token_made": _("A token for registering clients was made"),
    "operator_disabled": _("An operator was disabled"),
    "operator_enabled": _("An operator was enabled again"),
    "backed_up": _("A backup was made"),
    "restored": _("A backup was restored"),
    "month_counted": _("A month was counted for the public"),
}

VIA: dict[str, str] = {
    "command": _("on the command line"),
    "schedule": _("by schedule"),
    "token": _("by a registration token"),
    "statement": _("by a software statement"),
    "client": _("by the client itself"),
}

PROPOSED: dict[str, str] = {
    "unmask": _("Open a case from a network ID"),
    "suspend": _("Suspend the account"),
    "lift": _("Lift the suspension"),
}

PROPOSED_TOLD: dict[str, str] = {
    "unmask": _(
        "The account behind this network ID becomes a case on which support can act. You do not "
        "learn who it is, or any other ID of theirs. The person is told that a case was opened, "
        "and it is counted in public."
    ),
    "suspend": _(
        "The person can use their network ID at no platform, and what platforms were given before "
        "is honoured no more. The person reads authority and reason word for word and can object. "
        "Platforms are told nothing."
    ),
    "lift": _("The person can use their network ID again, unless another case suspends it too."),
}

PROPOSAL_STATES: dict[str, str] = {
    "open": _("waits for a second operator"),
    "approved": _("approved, and done"),
    "declined": _("declined or withdrawn"),
    "expired": _("expired"),
}

CASE_STATES: dict[str, str] = {
    "nobody": _("no account"),
    "active": _("not suspended in this case"),
    "suspended": _("suspended"),
}

COUNTED: dict[str, str] = {
    "unmask_proposed": _("Requests to open a case"),
    "unmasked": _("Cases opened from a network ID"),
    "suspended": _("Suspensions"),
    "lifted": _("Suspensions lifted"),
    "appealed": _("Objections"),
    "appeal_answered": _("Objections answered"),
}
