"""The passkeys of an account, in every state that a person can bring them into."""

from collections.abc import Iterator

from playwright.sync_api import expect

from tests.support.visitor import Visitor


def passkeys(visitor: Visitor) -> Iterator[str]:
    """List, rename, add, remove. Uses one citizen up, and leaves the visitor signed out."""
    page, issuer = visitor.page, visitor.demo.issuer
    visitor.forget()
    visitor.create_network_id()
    page.goto(f"{issuer}/account/passkeys")
    expect(page.get_by_test_id("passkey")).to_have_count(1)
    yield "passkeys only one"
    page.get_by_test_id("passkey-add").click()
    expect(page.get_by_test_id("create-passkey")).to_be_visible()
    yield "passkeys add"
    held = visitor.device.credentials() if visitor.device else []
    visitor.change_device("usb")
    page.get_by_test_id("create-passkey").click()
    expect(page.get_by_test_id("said")).to_be_visible()
    page.get_by_test_id("rename-open").first.click()
    page.get_by_test_id("remove-open").last.click()
    yield "passkeys two"
    remove = page.locator("form[action$='/remove'] input[name=passkey]").last
    remove.evaluate("field => field.value = '00'.repeat(16)")
    page.get_by_test_id("remove").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "passkeys gone"
    page.goto(f"{issuer}/account/passkeys/add/here")
    yield "passkeys add here"
    visitor.change_device("internal").add(held[0])
    yield from offers(visitor)


def offers(visitor: Visitor) -> Iterator[str]:
    """What somebody sees who came by a phone, until they say not now."""
    page = visitor.page
    _offer(visitor)
    page.goto(f"{visitor.demo.issuer}/account")
    expect(page.get_by_test_id("device-not-now")).to_be_visible()
    yield "passkeys offer"
    page.get_by_test_id("device-not-now").click()
    expect(page.get_by_test_id("device-make")).to_have_count(0)


def _offer(visitor: Visitor) -> None:
    """Sign in once more as if by a phone: the browser's word alone says where a passkey is."""
    page = visitor.page
    page.goto(f"{visitor.demo.issuer}/signin?again=1")
    page.evaluate(
        "() => { const get = navigator.credentials.get.bind(navigator.credentials);"
        "navigator.credentials.get = async (options) => { const found = await get(options);"
        "const plain = found.toJSON.bind(found); found.toJSON = () => ({ ...plain(),"
        "authenticatorAttachment: 'cross-platform' }); return found; }; }"
    )
    visitor.use_passkey()
    page.wait_for_url(f"{visitor.demo.issuer}/account")
