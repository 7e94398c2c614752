"""What a support thread would ask for: looked at, judged, each finding with its remedy.

Looking and judging are apart: the ``judge_*`` functions are pure.
"""
