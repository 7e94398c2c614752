"""Runs the engine: owns the socket, the clock and the order of starting and leaving. Main thread."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

import zmq

from selfieseg_engine.class_offer import obtain_class_model
from selfieseg_engine.class_worker import ClassTools
from selfieseg_engine.leased_class_model import (
    ClassModelLeases,
    lease_class_model,
    load_class_model_for_sessions,
)
from selfieseg_engine.model_leases import ModelKey, ModelLeases
from selfieseg_engine.registry.download_progress import current_downloads
from selfieseg_engine.ring_file import open_ring
from selfieseg_engine.server.answers import answer_line, answer_line_factory, open_answers, parse_answer
from selfieseg_engine.server.backdrops import BackdropWorker
from selfieseg_engine.server.desk import Desk
from selfieseg_engine.server.endpoint import listen
from selfieseg_engine.server.hung_device import HangWatch, end_engine, heed_note, take_note
from selfieseg_engine.server.life import PAUSE_SECONDS, Life
from selfieseg_engine.server.model_list import ModelList
from selfieseg_engine.server.model_loading import Resolver, load_for_sessions
from selfieseg_engine.server.preload import Preload
from selfieseg_engine.server.processes import pid_exists, resident_mb
from selfieseg_engine.server.progress import ProgressReports
from selfieseg_engine.server.run_files import StaleFiles, published
from selfieseg_engine.server.stats_report import EngineFacts, stats_json
from selfieseg_engine.session import Session
from selfieseg_engine.session_tools import SessionTools
from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import MAX_MESSAGE_BYTES, PROTOCOL_VERSION, BackdropDone, Configure, Open, encode

logger = logging.getLogger(__name__)

_POLL_MS = 250
_TELL_SECONDS = 0.25
_CHECK_SECONDS = 1.0
_SWEEP_SECONDS = 20.0
_MESSAGES_PER_ROUND = 256
_JOIN_SECONDS = 2.0
# The transport drops a connection that sends more; up to here we can still answer in words.
_TRANSPORT_BYTES = 4 * MAX_MESSAGE_BYTES


@dataclass(frozen=True)
class EngineOptions:
    """How an engine is started. ``model`` and ``device`` are those loaded ahead for the first filter."""

    threads: int
    linger_seconds: float
    stays: bool
    model: str
    device: str
    version: str
    use_ipc: bool


class Engine:
    """One run of the engine in a run directory whose instance lock is held."""

    def __init__(self, run_dir: Path, options: EngineOptions) -> None:
        self._run_dir = run_dir
        self._options = options
        self._started = time.monotonic()
        self._leaving = False
        self._avoided: tuple[ModelKey, ...] = ()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        resolver = Resolver()
        at_once = max(1, (os.cpu_count() or 1) // 2)
        self._tools = SessionTools(
            ModelLeases(load_for_sessions, resolver),
            inference_gate=threading.BoundedSemaphore(at_once),
            compose_gate=threading.BoundedSemaphore(at_once),
            classes=ClassTools(
                obtain_class_model,
                partial(lease_class_model, ClassModelLeases(load_class_model_for_sessions)),
                compile_turns=threading.BoundedSemaphore(1),
                infer_turns=threading.BoundedSemaphore(1),
            ),
        )
        self._preload = Preload(
            self._tools.leases, self._tools.fallbacks, self._key(options.model, options.device)
        )
        self._models = ModelList()
        self._progress = ProgressReports(current_downloads, resolver.model_of)
        self._backdrops = BackdropWorker(run_dir, self._answer_backdrop)
        self._token = os.urandom(32).hex()
        self._desk = Desk(
            self._token,
            options.version,
            self._make_session,
            self._configure,
            self._backdrops.ask,
            self._stats,
            lambda: self._models.newest,
        )
        self._life = Life(options.linger_seconds, options.stays, alone_since=self._started)

    def run(self) -> None:
        """Listen until a signal comes or nobody has needed the engine for a while.

        Raises:
            EndpointError: it cannot listen.
            OSError: the run directory cannot be written.
        """
        with self._socket() as router, open_answers(self._context) as answers, self._leaving_on_signals():
            endpoint = listen(router, self._run_dir, self._options.use_ipc)
            record = EngineRecord(
                os.getpid(),
                endpoint.address,
                self._token,
                self._options.version,
                PROTOCOL_VERSION,
                endpoint.server_key,
            )
            try:
                with published(record, self._run_dir):
                    logger.info("engine %s listens on %s", self._options.version, endpoint.address)
                    note = take_note(self._run_dir)
                    if note is not None:
                        self._avoided = note.wishes
                        heed_note(note, self._tools.fallbacks)
                    self._preload.start()
                    self._serve(router, answers)
            finally:
                all_ended = self._end_sessions()
        if all_ended:
            self._context.term()  # would wait for ever for the socket of a worker that hangs
        logger.info("engine leaves after %.0f s", time.monotonic() - self._started)

    @contextlib.contextmanager
    def _socket(self) -> Iterator[zmq.Socket[bytes]]:
        with self._context.socket(zmq.ROUTER) as router:
            router.linger = 0
            router.maxmsgsize = _TRANSPORT_BYTES
            yield router

    @contextlib.contextmanager
    def _leaving_on_signals(self) -> Iterator[None]:
        def leave(_number: int, _frame: FrameType | None) -> None:
            self._leaving = True

        numbers = [signal.SIGTERM, signal.SIGINT]
        if sys.platform == "win32":
            numbers.append(signal.SIGBREAK)
        before = [signal.signal(number, leave) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def _serve(self, router: zmq.Socket[bytes], answers: zmq.Socket[bytes]) -> None:
        poller = zmq.Poller()
        poller.register(router, zmq.POLLIN)
        poller.register(answers, zmq.POLLIN)
        last_round = last_told = last_check = time.monotonic()
        stale_files, last_sweep = StaleFiles(self._run_dir), -math.inf
        watch = HangWatch()
        while not self._leaving:
            ready = dict(poller.poll(_POLL_MS))
            now = time.monotonic()
            if now - last_round > PAUSE_SECONDS:
                self._excuse(now - last_round)
            last_round = now
            if answers in ready:
                self._forward(answers, router)
            # Messages before checks: after a pause the clients' signs of life are waiting in the socket.
            if router in ready:
                self._receive(router, now)
            self._life.note_clients(len(self._desk.clients), now)
            if now - last_told >= _TELL_SECONDS:
                last_told = now
                self._tell_of_models(router, now)
            if now - last_check < _CHECK_SECONDS:
                continue
            last_check = now
            if now - last_sweep >= _SWEEP_SECONDS:
                last_sweep = now
                stale_files.remove(pid_exists)
            running = self._tools.running.now()
            hung = watch.look(running)
            if hung is not None:
                under_way = [run.key for run in running.values()]
                end_engine(hung.device, [*self._avoided, *under_way], self._run_dir)
            self._desk.drop_lost_clients(now, pid_exists)
            self._leaving = self._leaving or self._life.is_over(now)

    def _receive(self, router: zmq.Socket[bytes], now: float) -> None:
        for _ in range(_MESSAGES_PER_ROUND):  # a flood must not keep the rest from its turn
            if not _has_more(router):
                return
            identity, *parts = router.recv_multipart(zmq.NOBLOCK)
            for message in self._desk.handle(identity, parts, now):
                self._send(router, identity, encode(message))

    def _forward(self, answers: zmq.Socket[bytes], router: zmq.Socket[bytes]) -> None:
        for _ in range(_MESSAGES_PER_ROUND):
            if not _has_more(answers):
                return
            serial, is_over, data = parse_answer(answers.recv(zmq.NOBLOCK))
            pair = self._desk.clients.session_with(serial)
            if pair is None:
                continue  # closed meanwhile: nobody waits for this any more
            client, entry = pair
            if is_over:
                self._desk.end_session(serial)
            if is_over or entry.session.opened is not None:
                # A model of somebody's own is warm, or will not be: the one loaded ahead has served.
                self._preload.release()
            self._send(router, client.identity, data)

    def _tell_of_models(self, router: zmq.Socket[bytes], now: float) -> None:
        """Tell everybody which models there are, when that is news, and how far downloads are."""
        if not self._desk.clients:
            return
        before = self._progress.under_way
        for client, progress in self._progress.due(self._desk.clients.sessions(), now):
            self._send(router, client.identity, encode(progress))
        if before - self._progress.under_way:
            self._models.look_soon()  # a download has ended
        self._models.look(now)
        models = self._models.news()
        if models is not None:
            for client in self._desk.clients:
                self._send(router, client.identity, encode(models))

    def _send(self, router: zmq.Socket[bytes], identity: bytes, data: bytes) -> None:
        # A client that does not read loses messages: ROUTER drops them, and never blocks.
        router.send_multipart([identity, data], zmq.NOBLOCK)

    def _excuse(self, pause_seconds: float) -> None:
        logger.warning("the engine stood still for %.1f s", pause_seconds)
        self._desk.clients.excuse(pause_seconds)
        self._life.excuse(pause_seconds)

    def _make_session(self, serial: int, wish: Open) -> Session:
        session = Session(
            wish.session,
            wish.source,
            (wish.frame_width, wish.frame_height),
            open_ring(wish.ring_path, self._run_dir),
            self._tools,
            answer_line_factory(self._context, serial),
        )
        session.start(self._key(wish.model, wish.device), wish.look)
        return session

    def _configure(self, session: Session, wish: Configure) -> None:
        size = (wish.frame_width, wish.frame_height)
        session.configure(self._key(wish.model, wish.device), wish.look, size)

    def _answer_backdrop(self, serial: int, done: BackdropDone) -> None:
        """Send an answer on the backdrop worker's thread."""
        with answer_line(self._context, serial) as answer:
            answer(done, False)

    def _key(self, model: str, device: str) -> ModelKey:
        return ModelKey(model, device, self._options.threads)

    def _stats(self, now: float) -> str:
        facts = EngineFacts(self._options.version, os.getpid(), now - self._started, resident_mb())
        return stats_json(facts, (entry for _, entry in self._desk.clients.sessions()), now)

    def _end_sessions(self) -> bool:
        self._preload.release()
        self._models.close()
        deadline = time.monotonic() + _JOIN_SECONDS
        stuck = [
            session
            for session in self._desk.close()
            if not session.join(max(0.0, deadline - time.monotonic()))
        ]
        for session in stuck:
            logger.warning("session %d does not end", session.session_id)
        pictures_ended = self._backdrops.close(max(0.0, deadline - time.monotonic()))
        if not pictures_ended:
            logger.warning("a background picture does not end")
        return not stuck and pictures_ended


def _has_more(socket: zmq.Socket[bytes]) -> bool:
    """Return whether a message waits. An exception instead would keep the worker from the GIL for longer."""
    return bool(int(socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN)
