from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import psutil
from tuneboard.engine.owner import Owner


def owner_of(process: subprocess.Popen[bytes]) -> Owner:
    return Owner(pid=process.pid, began=psutil.Process(process.pid).create_time())


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_claim_names_this_process_and_machine() -> None:
    owner = Owner()

    assert (owner.pid, owner.host) == (os.getpid(), socket.gethostname())
    assert str(owner) == f"process {os.getpid()} on {socket.gethostname()}"


def test_two_claims_of_one_process_are_told_apart() -> None:
    assert Owner() != Owner()


def test_an_owner_survives_the_way_through_text() -> None:
    owner = Owner()

    assert Owner.from_text(owner.to_text()) == owner


def test_this_process_is_not_dead() -> None:
    assert not Owner().is_dead


def test_another_living_process_is_not_dead() -> None:
    with sleeper() as process:
        owner = owner_of(process)
        assert not owner.is_dead
        process.kill()


def test_a_process_that_has_ended_is_dead() -> None:
    with sleeper() as process:
        owner = owner_of(process)
        process.kill()

    assert owner.is_dead


def test_a_killed_process_that_nobody_has_asked_for_yet_is_dead(
    until: Callable[[Callable[[], object]], None],
) -> None:
    with sleeper() as process:
        owner = owner_of(process)
        process.kill()
        # Not waited for, it stays in the list of processes as a zombie.
        until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)

        assert owner.is_dead


def test_a_new_process_with_the_number_of_an_old_one_is_another() -> None:
    owner = Owner()

    assert replace(owner, began=owner.began - 60).is_dead


def test_of_another_machine_nothing_is_known() -> None:
    assert not Owner(host="elsewhere", pid=2**22 + 1, began=0.0).is_dead
