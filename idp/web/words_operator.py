"""Words of the operators' pages that Python chooses and templates translate."""

from __future__ import annotations

from idp.domain.operator import Role
from idp.web.words import _

# Each section: its key, its path, its name, and the role that it takes (None: every operator).
SECTIONS: tuple[tuple[str, str, str, Role | None], ...] = (
    ("overview", "/operator", _("Overview"), None),
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
    "proposal_declined": _("A proposal was declined or withdrawn"),
    "unmasked": _("A case was opened from a network ID"),
    "suspended": _("An account was suspended"),
    "lifted": _("A suspension was lifted"),
    "appealed": _("A person objected to a suspension"),
    "appeal_answered": _("An objection was answered"),
}
