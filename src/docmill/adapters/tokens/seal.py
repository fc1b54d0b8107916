"""Private keys at rest in the database: encrypted with a secret that is in a file beside it.

Whoever has a copy of the database can then read which keys there are, and sign nothing with them.
"""

import os
import secrets
from hashlib import sha256
from pathlib import Path

from docmill.domain.errors import DocmillError, ErrorCode

_SECRET_BYTES = 32
_NONCE_BYTES = 12


class Seal:
    """``name`` tells this secret from others without telling what it is."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.name = sha256(b"docmill seal" + secret).hexdigest()[:16]

    def close(self, data: bytes, *, about: str) -> bytes:
        """Encrypt. ``about`` has to be the same at `open`."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._secret).encrypt(nonce, data, about.encode())

    def open(self, sealed: bytes, *, about: str) -> bytes | None:
        """Return what was closed, None when it was changed or is another's."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._secret).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
        except InvalidTag:
            return None


def seal_of(file: Path) -> Seal:
    """The seal of the secret in ``file``, which is made when it is not there.

    Raises DocmillError: home_unreachable, and setting_invalid for one that others may read.
    """
    try:
        if not file.exists():
            _make(file)
        if file.stat().st_mode & 0o077:
            raise DocmillError(
                ErrorCode.SETTING_INVALID, f"{file} can be read by others", action=f"chmod 600 {file}"
            )
        secret = file.read_bytes()
    except OSError as error:
        raise DocmillError(ErrorCode.HOME_UNREACHABLE, f"{file}: {error.strerror}") from error
    if len(secret) != _SECRET_BYTES:
        raise DocmillError(
            ErrorCode.SETTING_INVALID, f"{file} is not what docmill wrote: want {_SECRET_BYTES} bytes"
        )
    return Seal(secret)


def _make(file: Path) -> None:
    """Whole or not at all, and of several processes one wins."""
    file.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    written = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(written, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(secrets.token_bytes(_SECRET_BYTES))
            os.fsync(opened.fileno())
        file.hardlink_to(written)
    except FileExistsError:
        pass
    finally:
        written.unlink()
