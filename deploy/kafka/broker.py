"""Run a real Kafka broker on this machine: one process, KRaft, bound to localhost only.

For the demo and the tests, not for production. Standard library only, so that it runs before anything is installed::

    python3 deploy/kafka/broker.py start --dir .run/kafka --detach     # prints the bootstrap address
    python3 deploy/kafka/broker.py status --dir .run/kafka
    python3 deploy/kafka/broker.py stop --dir .run/kafka
    python3 deploy/kafka/broker.py run --dir .run/kafka -- COMMAND...  # with KAFKA_BOOTSTRAP_SERVERS set; then stops it

A folder is one broker: its data, its port and its log stay there, and starting it again goes on where it stopped.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Self

from localhost import HOST, NoJava, answers, began_at, find_java, free_ports, is_free, stands_still

HERE = Path(__file__).resolve().parent
LIBS = HERE / "target" / "libs"
START_S = 90.0
STOP_S = 30.0


class BrokerError(Exception):
    """The broker could not do what was asked; the message says what is wrong and what to do."""


class Broker:
    """A Kafka broker whose data, configuration and log live in one folder.

    Parameters
    ----------
    folder
        Made when it does not exist. Data found in it is used again, also after a broker that was killed.
    port
        Port for clients on 127.0.0.1; 0 takes the folder's port of last time, or else a free one.
    heap_mb
        Largest Java heap in MiB.
    java
        The ``java`` to run; ``None`` looks in ``JAVA_HOME``, then on the path.
    libs
        The jars that ``deploy/setup.sh`` fetches.
    """

    def __init__(
        self, folder: Path | str, *, port: int = 0, heap_mb: int = 1024, java: str | None = None, libs: Path = LIBS
    ) -> None:
        self.folder = Path(folder).resolve()
        self.log = self.folder / "broker.log"
        self._port = port
        self._heap_mb = heap_mb
        self._java = java
        self._libs = libs
        self._record = self.folder / "broker.json"
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        """Address for clients, as in ``127.0.0.1:20345``."""
        return f"{HOST}:{self._recorded()['port']}"

    @property
    def pid(self) -> int | None:
        """Process id of the running broker, ``None`` when there is none."""
        record = self._recorded()
        began = began_at(record["pid"]) if record else 0
        if self._child is not None:
            self._child.poll()  # takes note of an end, after looking, so that no dead child is left over
        # A process id is used again some day: only one that began when ours did is ours.
        return record["pid"] if began and began == record["began"] else None

    def start(self, timeout_s: float = START_S) -> str:
        """Start, wait until it answers, and return the bootstrap address; a broker that runs already is left alone.

        Raises
        ------
        BrokerError
            No Java, or too old; jars not fetched; port taken; the broker died or did not answer in `timeout_s`; its
            folder cannot be written to, or its disk is full.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "lock").open("wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if self.pid is None:
                    self._start(timeout_s)
        except OSError as error:
            raise BrokerError(f"{self.folder} cannot be used: {error.strerror}. Make room, or name another.") from error
        return self.bootstrap

    def _start(self, timeout_s: float) -> None:
        try:
            java = find_java(self._java)
        except NoJava as error:
            raise BrokerError(str(error)) from error
        if not any(self._libs.glob("kafka_*.jar")):
            raise BrokerError(f"No Kafka in {self._libs}: run deploy/setup.sh, which fetches it.")
        ports = self._choose_ports()
        self._configure(*ports)
        self._format(java)
        self._launch(java, *ports)
        try:
            self._wait_until_it_answers(ports[0], timeout_s)
        except BaseException:
            self.kill()
            raise

    def stop(self, timeout_s: float = STOP_S) -> bool:
        """Ask the broker to shut down, kill it after `timeout_s`; return whether there was one."""
        if self.pid is None:
            return False
        self._signal(signal.SIGTERM)
        self.resume()  # a paused process hears nothing else
        deadline = time.monotonic() + timeout_s
        while self.pid is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill()
        return True

    def kill(self) -> None:
        """End the broker as a power cut would (SIGKILL) and wait until it is gone."""
        self._signal(signal.SIGKILL)
        while self.pid is not None:
            time.sleep(0.01)

    def pause(self) -> None:
        """Freeze the broker (SIGSTOP): connections stay open and nothing answers. Returns when every thread stands."""
        self._signal(signal.SIGSTOP)
        pid = self.pid
        while pid is not None and not stands_still(pid):
            time.sleep(0.01)

    def resume(self) -> None:
        """Let a paused broker go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def wait(self) -> None:
        """Return when the broker has ended."""
        while self.pid is not None:
            time.sleep(0.2)

    def answers(self) -> bool:
        """Whether the broker runs and answers a Kafka request."""
        return self.pid is not None and self._answers_at(self._recorded()["port"])

    def _answers_at(self, port: int) -> bool:
        return answers(port)

    def _format_options(self) -> list[str]:
        """Say what else formatting the folder is told."""
        return []

    def _recorded(self) -> dict[str, int]:
        """Process id, its start and the ports, as of the last start; empty before the first."""
        try:
            record: dict[str, int] = json.loads(self._record.read_text("ascii"))
        except FileNotFoundError:
            return {}
        return record

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):  # ended in between, which is what its callers wait for
                os.kill(pid, number)

    def _choose_ports(self) -> tuple[int, int]:
        """Ports for clients and for the controller: the asked one, those of last time, or free ones."""
        last = self._recorded()
        free = free_ports()
        if self._port and not is_free(self._port):
            raise BrokerError(f"Port {self._port} is taken: stop what uses it, or leave --port out for a free one.")
        port = self._port or (last["port"] if last and is_free(last["port"]) else next(free))
        controller = last.get("controller_port", 0)
        if not controller or controller == port or not is_free(controller):
            controller = next(candidate for candidate in free if candidate != port)
        return port, controller

    def _configure(self, port: int, controller_port: int) -> None:
        template = Template((HERE / "server.properties.template").read_text("utf-8"))
        text = template.substitute(port=port, controller_port=controller_port)
        (self.folder / "server.properties").write_text(text, "utf-8")

    def _format(self, java: str) -> None:
        """Give the folder a cluster id, once; the id is written last, so a half-made folder is made anew."""
        made = self.folder / "cluster.id"
        if made.exists():
            return
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        cluster = "_" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]  # a leading dash would be an option
        tool = ["kafka.tools.StorageTool", "format", "--cluster-id", cluster]
        command = [*self._jvm(java, "-XX:TieredStopAtLevel=1"), *tool, "--config", "server.properties"]
        command += self._format_options()
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrokerError(f"Kafka could not format {self.folder}:\n{_last_lines(done.stdout + done.stderr)}")
        made.write_text(cluster + "\n", "ascii")

    def _launch(self, java: str, port: int, controller_port: int) -> None:
        command = [*self._jvm(java, f"-Xmx{self._heap_mb}m", "-Xms256m"), "kafka.Kafka", "server.properties"]
        with self.log.open("wb") as log:
            # A process group of its own: Ctrl-C reaches the clients first, the broker when they have gone.
            self._child = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        pid = self._child.pid
        record = {"pid": pid, "began": began_at(pid), "port": port, "controller_port": controller_port}
        fresh = self._record.with_suffix(".new")
        fresh.write_text(json.dumps(record) + "\n", "ascii")
        fresh.replace(self._record)  # others may be reading it

    def _jvm(self, java: str, *options: str) -> list[str]:
        """Command line up to the class to run."""
        config = f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"
        return [java, *options, "-Djava.awt.headless=true", config, "-cp", f"{self._libs}/*"]

    def _wait_until_it_answers(self, port: int, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not self._answers_at(port):
            if self.pid is None:
                raise BrokerError(f"Kafka ended while starting. Its log ({self.log}) ends:\n{self._log_end()}")
            if time.monotonic() > deadline:
                raise BrokerError(f"Kafka did not answer within {timeout_s:g} s. {self.log} ends:\n{self._log_end()}")
            time.sleep(0.1)
        if self.pid is None:
            raise BrokerError(f"Another process answers on port {port}; Kafka's log ends:\n{self._log_end()}")

    def _log_end(self) -> str:
        return _last_lines(self.log.read_text("utf-8", errors="replace"))


def _last_lines(text: str, count: int = 12) -> str:
    told = [line for line in text.splitlines() if not line.startswith("\tat ")]  # not where in Kafka's own code
    return "\n".join("    " + line for line in told[-count:])


if __name__ == "__main__":
    from commands import main

    sys.exit(main())
