"""A batch from beginning to end. One thread at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from selfieseg_engine.batch.coordinator import Coordinator, FileState, Watcher
from selfieseg_engine.batch.errors import BatchError, ClusterError
from selfieseg_engine.batch.journal import Journal, read_journal
from selfieseg_engine.batch.local_workers import LocalWorkers
from selfieseg_engine.batch.memory import Memory
from selfieseg_engine.batch.node_check import other_processors, require_alike
from selfieseg_engine.batch.node_facts import NodeQuestion, node_facts
from selfieseg_engine.batch.options import BatchOptions
from selfieseg_engine.batch.plan import FileJob
from selfieseg_engine.batch.work_folder import WorkFolder
from selfieseg_engine.batch.workers import Workers

if TYPE_CHECKING:
    from selfieseg_engine.batch.dask_cluster import DaskCluster


@dataclass(frozen=True)
class Crew:
    """Who does the work: so many processes here, or a cluster."""

    processes: int
    cluster: str | None = None


def run_batch(
    jobs: Sequence[FileJob],
    options: BatchOptions,
    out: Path,
    crew: Crew,
    watcher: Watcher,
    say: Callable[[str], None],
) -> list[FileState]:
    """Make what is missing of a batch; return every file's state.

    Args:
        jobs: of ``plan_jobs``.
        options: for all of them.
        out: the output folder.
        crew: who does it.
        watcher: hears how far it is.
        say: takes a line for the user.

    Raises:
        BatchError: another batch is at work there, or the folder cannot be written.
        ClusterError: the cluster cannot be used.
        KeyboardInterrupt: what is done stays done; the workers stop.
    """
    folder = WorkFolder(out)
    with ExitStack() as stack:
        # Closed after the run's folder is gone, for that is what makes them stop.
        at_work = stack.enter_context(ExitStack())
        run = stack.enter_context(folder.run())
        try:
            memory = Memory(read_journal(folder.journal_path))
            journal = stack.enter_context(Journal(folder.journal_path))
        except OSError as error:
            raise BatchError(
                f"{folder.journal_path} cannot be used", error.strerror or str(error), "check its permissions"
            ) from error
        if crew.cluster is None:
            workers: Workers = LocalWorkers(crew.processes)
        else:
            workers = _cluster(crew.cluster, run, jobs, options, say)
        at_work.callback(workers.close)
        return Coordinator(folder, run, options, workers, journal, memory, watcher).make(jobs)


def _cluster(
    address: str, run: Path, jobs: Sequence[FileJob], options: BatchOptions, say: Callable[[str], None]
) -> DaskCluster:
    try:
        from selfieseg_engine.batch.dask_cluster import DaskCluster
    except ModuleNotFoundError as error:
        raise ClusterError(
            "--cluster cannot be used",
            f"{error.name} is not installed",
            "install the extra: pip install 'selfie-segmentation-for-obs[cluster]'",
        ) from error
    cluster = DaskCluster(address)
    try:
        question = _question(run, jobs, options)
        ours, nodes = node_facts(question), cluster.ask_nodes(question)
        require_alike(ours, nodes)
    except BaseException:
        cluster.close()
        raise
    if other_processors(ours, nodes):
        say("warning: nodes have different processors, their results may differ in the last bit")
    if cluster.dashboard is not None:
        say(f"dashboard: {cluster.dashboard}")
    return cluster


def _question(run: Path, jobs: Sequence[FileJob], options: BatchOptions) -> NodeQuestion:
    mark = uuid.uuid4().hex
    (run / "probes" / "mark").write_text(mark, encoding="ascii")
    read = [job.source for job in jobs if job.source.is_file()]
    if options.background_path is not None:
        read.append(options.background_path)
    files = tuple((path, path.stat().st_size) for path in read)
    return NodeQuestion(tuple(options.engine.digests), files, run / "probes", mark)
