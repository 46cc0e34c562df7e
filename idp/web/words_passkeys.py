"""Words of the passkeys pages that Python chooses and templates translate."""

from __future__ import annotations

from idp.web.words import _

KINDS: dict[str, str] = {
    "security_key": _("Security key"),
    "phone": _("Passkey on a phone or tablet"),
    "android": _("Passkey on Android"),
    "harmonyos": _("Passkey on HarmonyOS"),
    "iphone": _("Passkey on an iPhone"),
    "ipad": _("Passkey on an iPad"),
    "mac": _("Passkey on a Mac"),
    "windows": _("Passkey on Windows"),
    "chromeos": _("Passkey on ChromeOS"),
    "linux": _("Passkey on Linux"),
    "other": _("Passkey"),
}
"""What a passkey without a name is called, by ``domain.passkey.Kind``."""

SAID: dict[str, str] = {
    "added": _("The passkey was added. You can sign in with it from now on."),
    "renamed": _("The passkey has its new name."),
    "removed": _(
        "The passkey was removed, and whoever was signed in with it elsewhere is signed out. "
        "Your device may still list it: delete it there too."
    ),
}
"""What has just been done, by the word that the address carries."""

SECURITY_KEY: dict[str, str] = {
    "demanded": _(
        "This platform asks for a security key that has proved its hardware in your account. "
        "Another passkey is not enough there."
    ),
    "missed": _(
        "You signed in, but with another passkey. This platform asks for the security key that has "
        "proved its hardware. Use that one, or go back."
    ),
    "wished": _(
        "If you have a security key that has proved its hardware, use it here. Any other passkey "
        "works as well."
    ),
}
"""What a platform asks for that wants proved hardware."""

PASSKEY_NOTICES: dict[str, str] = {
    "passkey_refused": _("Your device could not make a passkey that we can accept. Try again."),
    "hardware_unproved": _(
        "This device did not prove its hardware by a maker that is trusted here, so its passkey "
        "was not added. Delete it on the device, or add it as an ordinary passkey."
    ),
    "passkey_is_the_last": _(
        "This is your last passkey, so it was not removed: without one you could not come back. "
        "Add another one first."
    ),
    "passkey_gone": _(
        "This passkey is not in your account any more. It may have been removed in another tab."
    ),
    "passkeys_too_many": _(
        "You have as many passkeys as an account can hold. Remove one that you do not use."
    ),
}
"""Why something was not done, by cause."""
