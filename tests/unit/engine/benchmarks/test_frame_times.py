"""Frame times out of OBS's profile."""

from __future__ import annotations

from collections import Counter

import pytest

from selfieseg_engine.benchmarks.frame_times import ProfileError, parse_profile, percentile_ms, pooled

HEADER = "id,parent_id,name_id,parent_name_id,name,time_between_calls,time_delta_µs,count\n"
PROFILE = HEADER + (
    "0x1,(nil),0x2,(nil),obs_graphics_thread(33.3333\u00a0ms),0,1500,3\n"
    "0x1,(nil),0x2,(nil),obs_graphics_thread(33.3333\u00a0ms),0,9000,1\n"
    "0x1,(nil),0x2,(nil),obs_graphics_thread(33.3333\u00a0ms),1,33333,4\n"
    "0x3,0x1,0x4,0x2,render_video,0,700,4\n"
)


def test_durations_of_the_graphics_thread_alone() -> None:
    assert parse_profile(PROFILE) == Counter({1500: 3, 9000: 1})


@pytest.mark.parametrize(
    "text", ["", HEADER, "a,b\n1,2\n", HEADER + "0,0,0,0,obs_graphics_thread,0,x,1\n", HEADER + "0,0,0\n"]
)
def test_what_is_no_profile(text: str) -> None:
    with pytest.raises(ProfileError, match="OBS's profile"):
        parse_profile(text)


def test_percentiles_of_pooled_runs() -> None:
    times = pooled([Counter({1000: 98}), Counter({2000: 1, 3000: 1})])
    assert percentile_ms(times, 0.5) == 1.0
    assert percentile_ms(times, 0.99) == 2.0
    assert percentile_ms(times, 1.0) == 3.0
    with pytest.raises(ProfileError):
        percentile_ms(Counter(), 0.5)
