from __future__ import annotations

import pytest

from selfieseg_engine.registry.download_progress import (
    DownloadProgress,
    current_downloads,
    reported_download,
)


def test_a_download_is_listed_while_it_runs() -> None:
    assert current_downloads() == ()
    with reported_download("one") as one, reported_download("two") as two:
        assert current_downloads() == (DownloadProgress("one", 0, 0), DownloadProgress("two", 0, 0))
        one.tell(3, 10)
        two.tell(4, 0)
        one.tell(5, 10)
        assert current_downloads() == (DownloadProgress("one", 5, 10), DownloadProgress("two", 4, 0))
    assert current_downloads() == ()


def test_a_download_that_fails_is_taken_off_the_list() -> None:
    with pytest.raises(ValueError, match="broken"), reported_download("one"):
        raise ValueError("broken")
    assert current_downloads() == ()
