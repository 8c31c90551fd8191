"""Clusters that share areas within a while are one that goes on."""

from __future__ import annotations

from detectors.threads import Threads


def test_the_thread_most_areas_belonged_to_goes_on() -> None:
    threads = Threads(keep=5)
    assert threads.follow("tree", ["a"], 1, own="one") == "one"
    assert threads.follow("tree", ["b", "c"], 1, own="two") == "two"
    assert threads.follow("tree", ["a", "b", "c", "d"], 2, own="three") == "two"
    assert threads.follow("tree", ["a"], 3, own="four") == "two"


def test_classes_have_threads_of_their_own() -> None:
    threads = Threads(keep=5)
    threads.follow("tree", ["a"], 1, own="one")
    assert threads.follow("water", ["a"], 1, own="two") == "two"


def test_a_thread_ends_when_nothing_came_of_it_for_so_long() -> None:
    threads = Threads(keep=5)
    threads.follow("tree", ["a"], 1, own="one")
    assert threads.follow("tree", ["a"], 6, own="two") == "one"
    assert threads.follow("tree", ["a"], 12, own="three") == "three"


def test_it_goes_on_after_a_restart() -> None:
    threads = Threads(keep=5)
    threads.follow("tree", ["a", "b"], 1, own="one")
    state = {name: data for name, data in threads.dirty().items() if data is not None}
    assert not threads.dirty()
    again = Threads(keep=5)
    again.restore(state)
    assert again.follow("tree", ["b"], 3, own="two") == "one"


def test_of_two_clusters_of_one_window_the_first_goes_on_and_the_other_begins() -> None:
    threads = Threads(keep=5)
    threads.follow("tree", ["a", "b"], 1, own="one")
    assert threads.follow("tree", ["a"], 2, own="two") == "one"
    assert threads.follow("tree", ["b"], 2, own="three") == "three"
