"""Security notices through a real SMTP server: to one address, once, saying no more than needed."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from idp.app.post import Post
from idp.domain.contact import CODE_SECONDS, CODE_TRIES
from idp.domain.throttle import LIMITS, Act, Subject
from idp.storage import people
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.mailbox import Mailbox, mailbox
from tests.support.provider import ISSUER
from tests.support.recovery import WAIT, Owner, make_codes, owner, recover
from tests.support.shared_provider import dump

ADDRESS, OTHER, SENDER = "owner@mail.example", "new@mail.example", "no-reply@id.example"
PAGE = "/account/contact"


@dataclass
class Told:
    """Somebody whose instance sends mail to a mailbox of ours."""

    owner: Owner
    box: Mailbox
    url: str

    @property
    def browser(self) -> Browser:
        return self.owner.browser

    async def post(self, path: str = PAGE, **fields: str) -> Answer:
        """Send a form of the contact page, as somebody who has just signed in."""
        await self.browser.follow(await self.owner.comes_back())
        page = await self.browser.get(PAGE)
        return await self.browser.post(path, page.form(PAGE) | fields)

    async def deliver(self) -> int:
        """Do once what the instance does every few seconds; return how many failed."""
        provider = self.owner.provider
        post = Post(self.url, SENDER, provider.parts)
        return await provider.services.notices.deliver(post.send)

    async def use(self, address: str) -> None:
        """Give an address and confirm it."""
        assert (await self.post(address=address)).status == 303
        await self.deliver()
        confirmed = await self.post(f"{PAGE}/confirm", code=self.box.code())
        assert confirmed.status == 303, confirmed.text
        await self.deliver()

    def sent(self) -> list[str]:
        """The first lines of what has arrived since the last look."""
        found = [self.box.text(number).splitlines()[0] for number in range(len(self.box.arrived))]
        self.box.arrived.clear()
        return found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "certificate.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest_asyncio.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    with mailbox() as box:
        async with owner(tmp_path, smtp_url=box.url, mail_from=SENDER) as found:
            yield Told(found, box, box.url)


async def test_an_address_is_used_only_after_its_code_came_back(told: Told):
    await told.post(address=ADDRESS)
    await make_codes(told.browser)
    await told.deliver()
    assert len(told.box.arrived) == 1  # the code, and no notice yet
    assert told.box.recipients == [ADDRESS]
    await told.post(f"{PAGE}/confirm", code=told.box.code().lower())
    assert f">{ADDRESS}<" in (await told.browser.get(PAGE)).text
    await make_codes(told.browser)
    await told.deliver()
    assert "New recovery codes were made; the old ones stopped working." in told.sent()


async def test_the_owner_hears_of_a_recovery_from_its_first_moment(told: Told):
    await told.use(ADDRESS)
    told.sent()
    provider = told.owner.provider
    device = await recover(provider, provider.browser(), told.owner.codes[0])
    await told.deliver()
    provider.clock.advance(WAIT)
    await told.owner.comes_back(device, provider.browser())
    await told.deliver()
    assert [line.partition(".")[0] for line in told.sent()] == [
        "Somebody began to recover your account",
        "The recovery of your account is complete: its new passkey has opened it",
    ]
    assert set(told.box.recipients) == {ADDRESS}


async def test_the_old_address_is_told_of_its_end(told: Told):
    await told.use(ADDRESS)
    told.box.recipients.clear()
    await told.use(OTHER)
    code, *both = told.box.recipients
    assert (code, sorted(both)) == (OTHER, sorted([ADDRESS, OTHER]))  # in whichever order
    told.box.recipients.clear()
    await told.post(f"{PAGE}/remove")
    await told.deliver()
    assert told.box.recipients == [OTHER]
    await make_codes(told.browser)
    await told.deliver()
    assert told.box.recipients == [OTHER]


async def test_a_mail_names_no_platform_and_no_network_id_and_signs_nobody_in(told: Told):
    platform = await Platform.register(told.owner.provider, client_name="Secret Clinic")
    claims = await platform.id_token(told.browser)
    await told.use(ADDRESS)
    await make_codes(told.browser)
    await told.deliver()
    for number, mail in enumerate(told.box.arrived):
        text = mail.as_string() + told.box.text(number)
        assert "Clinic" not in text
        assert claims["sub"] not in text
        assert text.count("http") == text.count(ISSUER)
        assert f"{ISSUER}/" not in text.replace(f"{ISSUER}\n", "")
        assert mail.get_content_type() == "text/plain"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["To"] == ADDRESS


async def test_a_mail_speaks_the_readers_language(told: Told):
    await told.browser.get("/language?to=zh-Hans&back=/")
    await told.use(ADDRESS)
    assert told.box.arrived[-1]["Content-Language"] == "zh-Hans"
    assert "接收安全通知的地址" in told.box.text()


async def test_a_code_bears_few_tries(told: Told):
    await told.post(address=ADDRESS)
    await told.deliver()
    for _ in range(CODE_TRIES):
        assert (await told.post(f"{PAGE}/confirm", code="00000000")).status == 400
    assert (await told.post(f"{PAGE}/confirm", code=told.box.code())).status == 400
    assert f">{ADDRESS}<" not in (await told.browser.get(PAGE)).text


async def test_a_code_ends_after_half_an_hour(told: Told):
    await told.post(address=ADDRESS)
    await told.deliver()
    told.owner.provider.clock.advance(CODE_SECONDS)
    assert (await told.post(f"{PAGE}/confirm", code=told.box.code())).status == 400


async def test_an_address_nobody_confirmed_is_forgotten(told: Told):
    person_id, provider = told.owner.person_id, told.owner.provider
    await told.post(address=ADDRESS)
    provider.clock.advance(CODE_SECONDS)
    await provider.services.contacts.held(person_id)
    row = await people.find(provider.parts.database, person_id)
    assert row is not None
    assert row["contact_sealed"] is None


async def test_whoever_closed_the_account_the_owner_hears_of_it(told: Told):
    await told.use(ADDRESS)
    await told.owner.provider.services.closing.close(told.owner.person_id)
    await told.deliver()
    assert told.sent()[-1] == "Your account was closed."


async def test_a_code_of_one_address_does_not_confirm_another(told: Told):
    await told.post(address=ADDRESS)
    await told.deliver()
    first = told.box.code()
    await told.post(address=OTHER)
    assert (await told.post(f"{PAGE}/confirm", code=first)).status == 400


async def test_nobody_is_flooded_with_codes(told: Told):
    tries = LIMITS[Act.MAIL][Subject.PERSON].tries
    answers = [(await told.post(address=ADDRESS)).status for _ in range(tries + 1)]
    assert answers == [303] * tries + [429]
    await told.deliver()
    assert len(told.box.arrived) == tries


async def test_an_address_that_is_none_is_refused_on_the_page(told: Told):
    answer = await told.post(address="a@example.org\r\nBcc: b@example.org")
    assert answer.status == 400
    await told.deliver()
    assert told.box.arrived == []


async def test_the_page_opens_only_after_a_fresh_sign_in(told: Told):
    await told.use(ADDRESS)
    form = (await told.browser.get(PAGE)).form(PAGE)
    told.owner.provider.clock.advance(2 * 60)
    for path in (PAGE, f"{PAGE}/remove"):
        answer = await told.browser.post(path, form | {"address": OTHER})
        assert answer.location.startswith("/signin")
    assert (await told.browser.get(PAGE)).location.startswith("/signin")


async def test_two_nodes_send_one_notice_once(told: Told):
    await told.use(ADDRESS)
    told.box.arrived.clear()
    await make_codes(told.browser)
    await asyncio.gather(*(told.deliver() for _ in range(4)))
    assert len(told.box.arrived) == 1
    assert dump(told.owner.provider)["provider.notices"] == []


async def test_a_server_that_is_down_gets_it_later_and_not_for_ever(told: Told):
    await told.use(ADDRESS)
    told.box.arrived.clear()
    await make_codes(told.browser)
    told.box.answer = "451 come back later"
    assert await told.deliver() == 1
    assert await told.deliver() == 0  # not again before its time
    told.owner.provider.clock.advance(60)
    told.box.answer = "250 OK"
    assert await told.deliver() == 0
    assert len(told.box.arrived) == 1

    await told.owner.comes_back()
    await make_codes(told.browser)
    told.box.answer = "550 nobody here"
    tries = 0
    while dump(told.owner.provider)["provider.notices"]:
        tries += await told.deliver()
        told.owner.provider.clock.advance(24 * 3600)
    assert tries == 7


async def test_a_server_that_offers_no_tls_any_more_gets_nothing(told: Told):
    """STARTTLS stripped by somebody in between (RFC 3207 §6)."""
    told.url = told.url.replace("smtp://", "smtp+starttls://")
    await told.post(address=ADDRESS)
    assert await told.deliver() == 1
    assert told.box.arrived == []


async def test_a_server_with_a_strangers_certificate_gets_nothing_and_a_trusted_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path]
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with mailbox(context) as box:
        url = f"smtp+starttls://localhost:{box.port}"
        async with owner(tmp_path, smtp_url=url, mail_from=SENDER) as found:
            told = Told(found, box, url)
            await told.post(address=ADDRESS)
            assert await told.deliver() == 1
            assert box.arrived == []
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
            found.provider.clock.advance(60)
            assert await told.deliver() == 0
            assert box.encrypted == [True]


async def test_nothing_stored_shows_an_address(told: Told):
    await told.use(ADDRESS)
    await told.post(address=OTHER)
    await make_codes(told.browser)
    stored = repr(dump(told.owner.provider))
    assert "mail.example" not in stored
    rows = dump(told.owner.provider)["provider.notices"]
    assert len({len(row[1]) for row in rows}) == 1


async def test_without_a_mail_server_no_address_is_asked_for(tmp_path: Path):
    async with owner(tmp_path) as found:
        page = await found.browser.get("/account/recovery")
        assert "to-contact" not in page.text
        assert (await found.browser.get(PAGE)).status == 404
