"""How to get into a Kafka cluster: what settings and channels say of it, and what clients are told."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal, get_args

import msgspec

Security = Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]
SECURITIES: tuple[str, ...] = get_args(Security)
MECHANISMS: tuple[str, ...] = get_args(Mechanism)


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """How to get in. The name in the certificate of a broker always has to be that of its address.

    Parameters
    ----------
    security
        Whether the connection is encrypted (``ssl``), and whether one logs in on it (``sasl``).
    mechanism
        Of logging in.
    user, password
        As whom.
    ca
        File of the authorities (PEM) that brokers' certificates come from; empty for those of the machine.
    certificate, key_file
        Files (PEM) of a certificate of one's own and its key; the key without a passphrase.

    """

    security: Security = "plaintext"
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str = ""
    password: str = ""
    ca: str = ""
    certificate: str = ""
    key_file: str = ""

    def __repr__(self) -> str:
        """Show all but the password."""
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name != "password")
        return f"Login({', '.join(shown)})"

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield fields and what is wrong with them; never repeats a secret."""
        yield from self._faults_of_user()
        if self.security.endswith("ssl"):
            yield from self._faults_of_files()
        else:
            given = [name for name in ("ca", "certificate", "key_file") if getattr(self, name)]
            yield from ((name, "goes with ssl and sasl_ssl, and only there") for name in given)

    def _faults_of_user(self) -> Iterator[tuple[str, str]]:
        logs_in = self.security.startswith("sasl")
        said = f"is needed for {self.security}" if logs_in else "goes with sasl_plaintext and sasl_ssl, and only there"
        yield from ((name, said) for name in ("user", "password") if bool(getattr(self, name)) != logs_in)
        if self.security == "sasl_plaintext" and self.mechanism == "PLAIN":
            yield "mechanism", "PLAIN would send the password for all to read: take sasl_ssl, or SCRAM-SHA-512"

    def _faults_of_files(self) -> Iterator[tuple[str, str]]:
        if bool(self.certificate) != bool(self.key_file):
            yield "key_file" if self.certificate else "certificate", "certificate and key go together"
        if self.ca and (why := _why_no_authority(self.ca)):
            yield "ca", f"{self.ca} {why}"
        if self.certificate and self.key_file and (why := _why_no_pair(self.certificate, self.key_file)):
            yield "certificate", why

    def options(self) -> dict[str, Any]:
        """Return what clients are told; aiokafka and kafka-python call it the same."""
        told: dict[str, Any] = {"security_protocol": self.security.upper()}
        if self.security.endswith("ssl"):
            told["ssl_context"] = self.context()
        if self.security.startswith("sasl"):
            told["sasl_mechanism"] = self.mechanism
            told["sasl_plain_username"] = self.user
            told["sasl_plain_password"] = self.password
        return told

    def context(self) -> ssl.SSLContext:
        """Return what makes connections that are encrypted, with a broker that has proved its name."""
        context = ssl.create_default_context(cafile=self.ca or None)
        context.sslobject_class = _Brief
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key_file, password="")
        return context


class _Brief(ssl.SSLObject):
    """Says goodbye and does not wait for an answer, as TLS allows.

    An event loop waits 30 s for it, and a broker that is asked for records it does not have yet gives none: whoever
    stopped a consumer stood still for so long.
    """

    def unwrap(self) -> None:
        """End what is encrypted."""
        with suppress(ssl.SSLWantReadError):
            super().unwrap()


def _why_no_authority(path: str) -> str:
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        return "holds no certificate in PEM"
    except OSError as error:
        return f"cannot be read: {(error.strerror or type(error).__name__).lower()}"
    return ""


def _why_no_pair(certificate: str, key: str) -> str:
    try:
        # Without a passphrase said, it would be asked for on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password="")
    except ssl.SSLError:
        return f"{certificate} and {key} are no certificate in PEM and its key, without a passphrase"
    except OSError as error:
        return f"{certificate} or {key} cannot be read: {(error.strerror or type(error).__name__).lower()}"
    return ""
