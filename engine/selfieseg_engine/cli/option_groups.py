"""Options under headings, for commands that have many."""

from __future__ import annotations

from typing import Any

import click

BACKGROUND, EDGE, PERSON, OTHER = "Background", "Edge", "Person (needs a class model)", "Options"


class GroupedOption(click.Option):
    """An option that ``--help`` shows under a heading of its own."""

    def __init__(self, *arguments: Any, group: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose ``--help`` lists its options group by group."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list of options for each group, those without a group last."""
        groups: dict[str, list[tuple[str, str]]] = {}
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        for parameter in sorted(options, key=lambda each: not isinstance(each, GroupedOption)):
            record = parameter.get_help_record(ctx)
            if record is not None:
                groups.setdefault(getattr(parameter, "group", OTHER), []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)
