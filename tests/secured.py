"""A broker that lets nobody in without TLS and a login, and nobody do what no ACL allows: real, and on this machine."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

from broker import Broker
from localhost import HOST, free_ports

from tests.certificates import Authority

_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
_CONFIG = """
listeners=SASL_SSL://127.0.0.1:{port},MUTUAL://127.0.0.1:{mutual},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_SSL://127.0.0.1:{port},MUTUAL://127.0.0.1:{mutual}
listener.security.protocol.map=SASL_SSL:SASL_SSL,MUTUAL:SSL,CONTROLLER:SSL
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={module} required username="broker" password="{password}";
ssl.keystore.type=PEM
ssl.keystore.location={pair}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
listener.name.mutual.ssl.client.auth=required
listener.name.controller.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:broker;User:root;User:CN=broker
"""


class SecuredBroker(Broker):
    """Encrypted, with a login (SCRAM), and denied is what is not allowed.

    Parameters
    ----------
    folder
        Its own, with its certificates.
    users
        Password by name; ``broker`` and ``root`` may do everything.

    """

    def __init__(self, folder: Path, users: dict[str, str], **options: Any) -> None:
        super().__init__(folder, **options)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._users = users
        self.authority = Authority(self.folder)
        self._pair = self.authority.issue("broker", HOST)
        self.mutual_port = next(free_ports())

    def _configure(self, port: int, controller_port: int) -> None:
        super()._configure(port, controller_port)
        more = _CONFIG.format(
            port=port,
            mutual=self.mutual_port,
            controller=controller_port,
            module=_SCRAM,
            password=self._users["broker"],
            pair=self._pair.both,
            ca=self.authority.file,
        )
        with (self.folder / "server.properties").open("a", encoding="utf-8") as file:
            file.write(more)  # what is said last counts

    def _format_options(self) -> list[str]:
        scram = (f"SCRAM-SHA-512=[name={name},password={password}]" for name, password in self._users.items())
        return [part for one in scram for part in ("--add-scram", one)]

    def _answers_at(self, port: int) -> bool:
        context = ssl.create_default_context(cafile=str(self.authority.file))
        try:
            with socket.create_connection((HOST, port), 1.0) as plain, context.wrap_socket(plain, server_hostname=HOST):
                return True
        except OSError:
            return False
