"""Knocks at a cluster before a client does: clients try for long what will not be, and then say only that it was not.

One connection, as a client would make it. What turns it away is told with what to do: a certificate nobody vouches for
or for another name, a listener that wants what we do not offer, a login that is refused, an address we are sent on to
and cannot reach. That nobody answers is left to the client, which waits for a broker that is being started.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError
from aiokafka.protocol.metadata import MetadataRequest

from streams.settings import Settings

_WITHIN_S = 3.0
_AGAIN_S = 0.5
_ANOTHER_NAME = frozenset({62, 64})
"""What OpenSSL calls a certificate of another host name, or of another address."""
_OUT_OF_DATE = frozenset({9, 10})


class _Found(NamedTuple):
    """What came of a knock: let in or not, or turned away and why; the brokers that the cluster said there are."""

    let_in: bool = False
    away: str = ""
    closed: bool = False
    brokers: tuple[tuple[str, int], ...] = ()


def turned_away(settings: Settings) -> str:
    """Return why the cluster does not let us in; empty when it does, and when nobody answers.

    Raises
    ------
    ConfigurationError
        When the file of the password cannot be read.

    """
    client = settings.client()
    with ThreadPoolExecutor(1) as thread:  # whoever asks may have an event loop that runs
        return thread.submit(asyncio.run, _Knock(settings, client).at_all()).result()


class _Knock:
    """One knock at every address, until one lets us in."""

    def __init__(self, settings: Settings, client: dict[str, object]) -> None:
        self._settings = settings
        self._client = {name: value for name, value in client.items() if name != "bootstrap_servers"}

    async def at_all(self) -> str:
        """Knock; return why we are turned away everywhere."""
        addresses = list(_addresses(self._settings.bootstrap))
        said = ""
        for address in addresses:
            found = await self._at(*address)
            if found.closed:  # a broker that stops does so, too
                await asyncio.sleep(_AGAIN_S)
                found = await self._at(*address)
            if found.let_in:
                return await self._beyond([one for one in found.brokers if one not in addresses])
            said = said or found.away
        return said

    async def _beyond(self, others: list[tuple[str, int]]) -> str:
        """Knock where the cluster sends us on to: one way in will do."""
        found = await asyncio.gather(*(self._at(*one) for one in others))
        if not others or any(one.let_in for one in found):
            return ""
        where = ", ".join(f"{host}:{port}" for host, port in others)
        return next((one.away for one in found if one.away), "") or (
            f"{self._settings.bootstrap} answers, and sends us on to {where}, where nobody does: advertised.listeners "
            "of the brokers has to name addresses that can be reached from here"
        )

    async def _at(self, host: str, port: int) -> _Found:
        where = f"{host}:{port}"
        try:
            async with asyncio.timeout(_WITHIN_S):
                answer = await _asked(host, port, self._client)
        except ssl.SSLCertVerificationError as error:
            return _Found(away=self._about_certificate(where, host, error))
        except (SaslAuthenticationFailed, UnsupportedSaslMechanismError) as error:
            return _Found(away=self._about_login(where, error))
        except (KafkaError, ConnectionResetError, ssl.SSLError, EOFError):
            return _Found(away=self._about_listener(where), closed=True)
        except (OSError, TimeoutError):
            return _Found()
        return _Found(let_in=True, brokers=tuple((one[1], one[2]) for one in answer.brokers))

    def _about_certificate(self, where: str, host: str, error: ssl.SSLCertVerificationError) -> str:
        begun = f"{where} is not trusted"
        if error.verify_code in _ANOTHER_NAME:
            return (
                f"{begun}: its certificate is for another name ({error.verify_message}): connect by a name that stands "
                f"in it, or have it issued for {host}"
            )
        if error.verify_code in _OUT_OF_DATE:
            return f"{begun}: {error.verify_message}: renew it, or look at the clock of this machine"
        known = self._settings.kafka_ca or "the authorities of this machine"
        return (
            f"{begun}: its certificate is not vouched for by {known} ({error.verify_message}): set FENGHUO_KAFKA_CA to "
            "the file of the authority that issued it"
        )

    def _about_login(self, where: str, error: KafkaError) -> str:
        user, mechanism = self._settings.kafka_user, self._settings.kafka_mechanism
        if isinstance(error, UnsupportedSaslMechanismError):
            return f"{where} does not take logins by {mechanism}: set FENGHUO_KAFKA_MECHANISM to one it has"
        return (
            f"{where} does not let {user!r} in: look at FENGHUO_KAFKA_USER and FENGHUO_KAFKA_PASSWORD_FILE (or "
            f"FENGHUO_KAFKA_PASSWORD), and that the cluster has this user with {mechanism}"
        )

    def _about_listener(self, where: str) -> str:
        security = self._settings.kafka_security
        lacks_own = security.endswith("ssl") and not self._settings.kafka_certificate
        own = "; it may want a certificate, too: FENGHUO_KAFKA_CERTIFICATE and FENGHUO_KAFKA_KEY_FILE" * lacks_own
        return (
            f"{where} ends a connection that is {security}: set FENGHUO_KAFKA_SECURITY to what this listener wants "
            f"(plaintext, ssl, sasl_plaintext or sasl_ssl), or take the port of another{own}"
        )


class _Brief(AIOKafkaConnection):  # type: ignore[misc]  # aiokafka ships no types
    """Cuts the connection when it is closed: a polite end under TLS is waited for, and the loop ends before."""

    def close(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - aiokafka's own
        """End it."""
        writer = self._writer
        ended = super().close(*args, **kwargs)
        if writer is not None:
            writer.transport.abort()
        return ended


async def _asked(host: str, port: int, client: dict[str, object]) -> Any:  # noqa: ANN401 - as above
    """Connect, and return what the cluster says of its brokers."""
    connection = _Brief(host, port, client_id="fenghuo", **client)
    try:
        await connection.connect()
        return await connection.send(MetadataRequest([]))
    finally:
        connection.close()
        await asyncio.sleep(0)  # sockets are closed a turn later


def _addresses(bootstrap: str) -> Iterator[tuple[str, int]]:
    for one in bootstrap.split(","):
        host, _, port = one.rpartition(":")
        if port.isdecimal():  # of what is no address the client itself says what is wrong
            yield host.strip("[]"), int(port)
