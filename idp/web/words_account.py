"""Words of the account pages that Python chooses and templates translate."""

from __future__ import annotations

from idp.web.words import _

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("overview", "/account", _("Overview")),
    ("platforms", "/account/platforms", _("Platforms")),
    ("activity", "/account/activity", _("Activity")),
    ("passkeys", "/account/passkeys", _("Passkeys")),
    ("sessions", "/account/sessions", _("Sessions")),
    ("recovery", "/account/recovery", _("Recovery")),
    ("contact", "/account/contact", _("Security notices")),
    ("suspension", "/account/suspension", _("Suspension")),
    ("data", "/account/data", _("Your data")),
)
"""Each section of an account: its key, its path, its name. ``door`` says who is shown which."""

HAPPENED: dict[str, str] = {
    "enrolled": _("You proved who you are and got this account"),
    "signed_in": _("Signed in here"),
    "platform_allowed": _("Allowed a platform"),
    "platform_signed_in": _("Signed in at a platform"),
    "platform_withdrawn": _("Took back what you had allowed"),
    "network_id_renewed": _("Got a new network ID at a platform"),
    "connection_ended": _("A platform gave up its connection to you"),
    "connection_cut": _(
        "We ended the connection of a platform to you: an old key to it was used again, maybe by "
        "a thief"
    ),
    "passkey_added": _("Added a passkey"),
    "passkey_renamed": _("Renamed a passkey"),
    "passkey_removed": _("Removed a passkey"),
    "passkey_suspicious": _("A passkey behaved as if there were a copy of it"),
    "recovery_codes_made": _("Made new recovery codes"),
    "recovery_started": _("Somebody began to recover this account"),
    "recovery_stopped": _("Stopped a recovery"),
    "recovery_completed": _("Recovered this account with a new passkey"),
    "contact_changed": _("Changed the address for security notices"),
    "signed_out": _("Signed out here"),
    "session_ended": _("Ended a session"),
    "sessions_ended": _("Ended sessions"),
    "data_exported": _("Downloaded a copy of your data"),
    "activity_cleared": _("Cleared your history"),
    "suspended": _("Your network ID was suspended"),
    "suspension_lifted": _("The suspension was lifted"),
    "appealed": _("You objected to the suspension"),
    "account_closed": _("Closed this account"),
    "restored": _(
        "We put everything back to an earlier state: a passkey that you removed may be back"
    ),
    "case_opened": _("Two operators opened a case from a network ID of yours"),
    "appeal_answered": _("An operator answered your objection"),
}
"""By ``domain.activity.Happened``."""

HOW: dict[str, str] = {
    "phr": _("with a passkey"),
    "phrh": _("with a passkey on protected hardware"),
    "urn:network-id:acr:sandbox-persona": _("as a practice person"),
}
"""How somebody signed in, by ``acr``."""

# Names of products are the same in every language.
BROWSERS = {
    "edge": "Edge",
    "opera": "Opera",
    "samsung": "Samsung Internet",
    "wechat": "WeChat",
    "firefox": "Firefox",
    "chrome": "Chrome",
    "safari": "Safari",
}
SYSTEMS = {
    "iphone": "iPhone",
    "ipad": "iPad",
    "harmonyos": "HarmonyOS",
    "android": "Android",
    "chromeos": "ChromeOS",
    "windows": "Windows",
    "mac": "Mac",
    "linux": "Linux",
}

ADAPTERS: dict[str, str] = {
    "sandbox": _("Invented, for practice"),
    "in_person": _("In person, before a registrar"),
    "upstream": _("With a national electronic identity"),
}
DOCUMENTS: dict[str, str] = {
    "national_id": _("National number"),
    "identity_card": _("Identity card"),
    "passport": _("Passport"),
    "residence_permit": _("Residence permit"),
}
LEVELS: dict[str, str] = {
    "low": _("low"),
    "substantial": _("substantial"),
    "high": _("high"),
}
"""What is kept of a proof of identity: how, with what, how well; practice has only the first."""
