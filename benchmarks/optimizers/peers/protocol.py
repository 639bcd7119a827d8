"""What every peer speaks: one line of JSON in, one out. It needs no package at all.

{"start": {"space": [...], "seed": 1, "n_trials": 64, "options": {}}}  ->  {"version": "..."}
{"ask": true}                  ->  {"config": {...}, "cpu_s": 0.01}
{"tell": 0.123}                ->  {"cpu_s": 0.01}, about the configuration just asked for
{"recall": {"configs": [...], "losses": [...]}}  ->  {}
Anything may be answered by {"error": "..."}.

The space is a list of hyper-parameters, parents first: `name`, `kind` ("real", "int" or "choice"),
`low`, `high` and `log` of numbers, `n_choices` of choices, whose values are 0, 1, 2 ..., and
`when`, empty or [name of a choice, values that make this one active ...].
"""

import json
import os
import queue
import sys
import threading
import time
import traceback
from importlib import metadata


class Peer:
    """What a peer's file fills in: `start`, `ask` and `tell`, and `recall` where it can."""

    package = ""
    """Its name on the package index."""

    def start(self, space, seed, n_trials, options):
        """Make the engine ready."""
        raise NotImplementedError

    def ask(self):
        """Return the next configuration, of active hyper-parameters only."""
        raise NotImplementedError

    def tell(self, loss):
        """Take in the loss of the configuration just asked for; lower is better."""
        raise NotImplementedError

    def recall(self, configs, losses):
        """Take in trials that were made elsewhere."""
        raise NotImplementedError(f"{type(self).__name__} takes no trials from elsewhere")


class InvertedPeer(Peer):
    """A peer whose package calls the objective by itself: it runs in a thread of its own.

    Its file fills in `start`, which ends with `self.begin()`, and `search`, which runs the
    package with `self.evaluate` as the objective.
    """

    def begin(self):
        """Start the search."""
        self._configs, self._losses = queue.Queue(), queue.Queue()
        threading.Thread(target=self._run, daemon=True).start()
        self._next = self._configs.get()

    def search(self):
        """Run the package's own loop."""
        raise NotImplementedError

    def evaluate(self, config):
        """Pass a configuration out and wait for its loss."""
        self._configs.put(config)
        return self._losses.get()

    def ask(self):
        """Return the next configuration."""
        if isinstance(self._next, Exception):
            raise self._next
        return self._next

    def tell(self, loss):
        """Let the search go on to its next configuration, so that its time is counted."""
        self._losses.put(loss)
        self._next = self._configs.get()

    def _run(self):
        try:
            self.search()
            self._configs.put(RuntimeError("the search ended by itself"))
        except Exception as error:  # noqa: BLE001 (told to whoever asks next)
            traceback.print_exc()
            self._configs.put(error)


def active(space, config):
    """Return a configuration without what is inactive."""
    kept = {}
    for one in space:
        parent, values = (one["when"] or [None])[0], one["when"][1:]
        if parent is None or kept.get(parent) in values:
            kept[one["name"]] = config[one["name"]]
    return kept


def serve(peer):
    """Answer requests until there are no more."""
    # Packages print; only answers may go where answers are read.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        began = time.process_time()
        try:
            answer = _answer(peer, json.loads(line))
        except Exception as error:  # noqa: BLE001 (told to the run loop)
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answer["cpu_s"] = time.process_time() - began
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    # Threads of a package must not hold up the end.
    os._exit(0)


def _answer(peer, request):
    if "start" in request:
        told = request["start"]
        peer.start(told["space"], told["seed"], told["n_trials"], told["options"])
        return {"version": f"{peer.package} {metadata.version(peer.package)}"}
    if "ask" in request:
        return {"config": peer.ask()}
    if "tell" in request:
        peer.tell(request["tell"])
        return {}
    peer.recall(request["recall"]["configs"], request["recall"]["losses"])
    return {}
