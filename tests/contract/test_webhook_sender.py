"""ports/webhook_sender.WebhookSender over real connections on loopback."""

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest
from tests.receiver import Receiver

from docmill.adapters import httpcore_sender
from docmill.adapters.httpcore_sender import HttpcoreSender
from docmill.domain.addresses import OwnNetworks, own_networks
from docmill.domain.webhooks import SendCode, Sent

NAME = "hooks.example.com"
OWN = OwnNetworks(frozenset((NAME, "other.example.com")), own_networks("127.0.0.0/8").networks)
GOOD = Sent(204, None)


async def to_loopback(_name: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of NAME and its key, signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def served_by(certificate: Path, seen: list[str | None]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: seen.append(name)
    return context


async def test_the_checked_address_is_called_under_the_name(certificate: Path) -> None:
    seen: list[str | None] = []
    sender = HttpcoreSender(OWN, resolve=to_loopback, authorities=str(certificate))
    async with Receiver(tls=served_by(certificate, seen)) as receiver:
        url = f"https://{NAME}:{receiver.port}/a?b=c"
        assert await sender.send(url, b"{}", {"webhook-id": "1"}) == GOOD
    (got,) = receiver.got
    assert (got.path, got.body, got.headers["host"]) == ("/a?b=c", b"{}", f"{NAME}:{receiver.port}")
    assert seen == [NAME]


@pytest.mark.parametrize(("host", "trusted"), [("other.example.com", True), (NAME, False)])
async def test_a_certificate_of_another_name_or_nobody_is_not_talked_to(
    certificate: Path, host: str, *, trusted: bool
) -> None:
    authorities = str(certificate) if trusted else None
    sender = HttpcoreSender(OWN, resolve=to_loopback, authorities=authorities)
    async with Receiver(tls=served_by(certificate, [])) as receiver:
        sent = await sender.send(f"https://{host}:{receiver.port}/", b"{}", {})
    assert sent == Sent(None, SendCode.TLS_FAILED)
    assert receiver.got == []


async def test_the_name_is_looked_up_once_for_each_try(certificate: Path) -> None:
    asked = []

    async def counted(name: str, port: int) -> list[str]:
        asked.append((name, port))
        return ["127.0.0.1"]

    async with Receiver() as receiver:
        await HttpcoreSender(OWN, resolve=counted).send(f"http://{NAME}:{receiver.port}/", b"{}", {})
    assert asked == [(NAME, receiver.port)]
    assert len(receiver.taken) == 1


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert await HttpcoreSender(OWN).send(receiver.url, b"{}", {}) == GOOD
    assert proxy.got == []


async def test_a_second_address_is_tried_when_the_first_does_not_answer() -> None:
    async def two(_name: str, _port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with Receiver() as receiver:  # it listens on 127.0.0.1 alone
        sender = HttpcoreSender(OWN, resolve=two)
        assert await sender.send(f"http://{NAME}:{receiver.port}/", b"{}", {}) == GOOD


async def test_nobody_there_and_nobody_answering_have_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver() as receiver:
        gone = receiver.url
    assert await HttpcoreSender(OWN).send(gone, b"{}", {}) == Sent(None, SendCode.CONNECT_FAILED)
    monkeypatch.setattr(httpcore_sender, "WEBHOOK_WALL_S_MAX", 0.2)
    async with Receiver(delay_s=1) as slow:
        assert await HttpcoreSender(OWN).send(slow.url, b"{}", {}) == Sent(None, SendCode.TIMEOUT)


async def test_a_name_that_is_not_known_is_tried_again_and_not_taken_for_refused() -> None:
    async def unknown(name: str, _port: int) -> list[str]:
        raise OSError(name)

    sent = await HttpcoreSender(OWN, resolve=unknown).send("https://hooks.example.com/", b"{}", {})
    assert sent == Sent(None, SendCode.NAME_UNKNOWN)


async def test_without_allowance_loopback_is_never_connected_to() -> None:
    async with Receiver() as receiver:
        for url in (
            f"https://127.0.0.1:{receiver.port}/",
            f"https://{NAME}/",
            f"https://[::1]:{receiver.port}/",
            f"http://{NAME}:{receiver.port}/",
        ):
            sent = await HttpcoreSender(OwnNetworks(), resolve=to_loopback).send(url, b"{}", {})
            assert sent == Sent(None, SendCode.ADDRESS_REFUSED)
        await asyncio.sleep(0.05)
    assert receiver.got == []
