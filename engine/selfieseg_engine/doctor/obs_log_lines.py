"""Which lines of OBS's log a bug report needs: the product's, and what OBS tells of the machine. Pure."""

from __future__ import annotations

import re

from selfieseg_engine.doctor.log_checks import TAG

_TIME = r"^[\d:.]+: \s*"
# Named one by one: other lines have sources, scenes, addresses and what is typed on the command line.
_FACTS = (
    r"CPU (Name|Speed): |Physical (Cores|Memory): |Kernel Version: |Distribution: |Window System: "
    r"|Qt Version: |Portable mode: |OBS \d|Using |(Windows|OS|macOS) (Version|Name): |Windows \d|Model Name: "
    r"|Running as admin|Initializing (OpenGL|D3D11)|OpenGL loaded|Loading up (OpenGL|D3D11)|D3D11 loaded"
    r"|Adapter \d|Driver Version: |(base|output) resolution: |downscale filter: |fps: |format: |YUV mode: "
    r"|(NV12|P010) texture|audio settings reset|video settings reset|samples per sec: |Loaded Modules:|==== "
    r"|[\w.-]+\.(so|dll|plugin)$|\[Scripting\]|Freeing OBS context data|Number of memory leaks: "
)
_SCRIPTS = r"\[obs-scripting\]: .*\b(selfie_segmentation|source_walks|hotkeys)\.(py|lua)$|\[Python\] "
_WANTED = re.compile(f"{_TIME}({_FACTS}|{_SCRIPTS})")


def wanted_lines(text: str) -> list[str]:
    """Return the lines of an OBS log for a bug report; quotes, which stand around names, only in our own."""
    lines = []
    for line in text.splitlines():
        if TAG in line:
            lines.append(line)
        elif _WANTED.match(line):
            lines.append(line.replace('"', ""))
    return lines
