"""Sees to it that the topics a process began with are there for as long as it runs."""

from __future__ import annotations

from streams.errors import BrokerUnavailable, StateError
from streams.settings import Settings
from streams.topicadmin import check_topics, topic_ids

LOOK_S = 10.0
"""How often to look."""


class TopicWatch:
    """The topics as they are identified by Kafka: one that is made anew has the old name and another id.

    A client does not notice: it waits for a topic that is gone, and takes what is on a new one for what it knows, as
    far as the offsets are the same.

    Parameters
    ----------
    settings
        Cluster and prefix.

    Attributes
    ----------
    ids
        Id by name.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._doubted = False
        self.ids: dict[str, str] = {}

    def start(self) -> None:
        """Take note of what there is.

        Raises
        ------
        BrokerUnavailable
            When nobody answers.

        """
        self.ids = topic_ids(self._settings)

    def look(self) -> None:
        """Look again; a broker that is away, or has only just come back, is no reason to worry.

        Raises
        ------
        StateError
            When topics are gone or were made anew, both times of two.

        """
        try:
            ids = topic_ids(self._settings)
        except BrokerUnavailable:
            return
        anew = sorted(name for name, id_ in self.ids.items() if ids.get(name, id_) != id_)
        gone = sorted(self.ids.keys() - ids.keys())
        doubted, self._doubted = self._doubted, bool(anew or gone)
        if not (doubted and self._doubted):
            return
        if gone:
            prefix = len(self._settings.prefix)
            check_topics(self._settings, [name[prefix:] for name in self.ids])  # says which, and what to do
        raise StateError(
            f"{', '.join(gone or anew)}: deleted and made anew while this process ran; it has to begin again"
        )
