from __future__ import annotations

import ctypes
import gc
import importlib.util
import os
import stat
import sys
from pathlib import Path

import pytest

from selfieseg_obs import ring_host
from selfieseg_obs.ring_host import (
    COMPOSITE_SLOTS,
    FRAME_CAPACITY_BYTES,
    PLANE_CAPACITY_BYTES,
    RESULT_CAPACITY_BYTES,
    SLOTS,
    RingHost,
    fits_a_ring,
    plan_ring,
)
from selfieseg_wire.ring import Ring
from selfieseg_wire.shared_region import SharedRegion
from selfieseg_wire.structs import RING_MAGIC, FilterEntry, RingHeader


def test_the_engine_can_map_it(host: RingHost) -> None:
    with SharedRegion.open(host.path) as region:
        ring = Ring.attach(region.memory)
        assert len(ring) == SLOTS
        assert ring.layout.frame_capacity == FRAME_CAPACITY_BYTES
        assert ring.layout.result_capacity == RESULT_CAPACITY_BYTES
        assert ring.layout.plane_capacity == PLANE_CAPACITY_BYTES
        ring.release()


def test_the_file_is_private(host: RingHost) -> None:
    assert stat.S_IMODE(host.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(host.path.parent.stat().st_mode) == 0o700


def test_publishing_tells_where_it_is(host: RingHost, entry: FilterEntry) -> None:
    host.publish(entry, 256, 144)
    assert RingHeader.from_address(entry.ring_address).magic == RING_MAGIC
    assert (entry.work_width, entry.work_height, entry.ring_generation) == (256, 144, 1)


def test_unpublishing_takes_it_back(host: RingHost, entry: FilterEntry) -> None:
    host.publish(entry, 256, 144)
    RingHost.unpublish(entry)
    assert (entry.ring_address, entry.ring_generation) == (0, 2)


def test_closing_removes_the_file(tmp_path: Path) -> None:
    host = RingHost(tmp_path / "run")
    host.ring.slot(0).owner = 1
    host.close()
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system cannot reserve pages")
def test_its_pages_are_there_from_the_beginning(host: RingHost) -> None:
    """A page that cannot be had later is no error but the end of OBS, in the middle of a render."""
    found = host.path.stat()
    assert found.st_blocks * 512 >= found.st_size


def test_two_rings_do_not_share(tmp_path: Path) -> None:
    one, two = RingHost(tmp_path / "run"), RingHost(tmp_path / "run")
    assert one.path != two.path
    one.ring.slot(0).owner = 2
    assert two.ring.slot(0).owner == 0
    one.close()
    two.close()


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    with pytest.raises(OSError, match="chmod 700"):
        RingHost(tmp_path / "open")


def test_the_address_is_of_the_shared_pages(host: RingHost, entry: FilterEntry) -> None:
    host.publish(entry, 256, 144)
    ctypes.memset(entry.ring_address + 4096, 0x55, 1)
    assert host.path.read_bytes()[4096] == 0x55


def test_an_abandoned_ring_stays_mapped_without_a_file(tmp_path: Path) -> None:
    host = RingHost(tmp_path / "run")
    host.abandon()
    assert list((tmp_path / "run").iterdir()) == []
    host.ring.slot(0).owner = 2  # a stuck render may still write
    assert host.ring.slot(0).owner == 2


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_an_abandoned_ring_stays_mapped_when_all_of_us_is_forgotten(tmp_path: Path) -> None:
    """The script's modules go when it is removed from OBS, and a render may still be stuck."""
    spec = importlib.util.spec_from_file_location("ring_host_of_a_script", ring_host.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    host = module.RingHost(tmp_path / "run")
    path = str(host.path)
    host.abandon()
    del host, module
    gc.collect()
    assert path in Path("/proc/self/maps").read_text()


def test_a_ring_of_finished_pictures_holds_whole_frames(tmp_path: Path) -> None:
    host = RingHost(tmp_path / "run", (1280, 720))
    layout = host.ring.layout
    assert layout.frame_capacity == layout.result_capacity == 1280 * 720 * 4
    assert (layout.slot_count, layout.plane_capacity) == (COMPOSITE_SLOTS, PLANE_CAPACITY_BYTES)
    host.close()


def test_a_ring_of_small_pictures_still_holds_what_a_model_takes() -> None:
    assert plan_ring((16, 16)).frame_capacity == FRAME_CAPACITY_BYTES


@pytest.mark.parametrize(
    ("size", "fits"), [((0, 0), False), ((1, 1), True), ((4096, 4096), True), ((4097, 4096), False)]
)
def test_which_pictures_fit(size: tuple[int, int], fits: bool) -> None:
    assert fits_a_ring(size) == fits
    if fits:
        plan_ring(size)
