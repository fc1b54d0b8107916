"""The command line.

Machine output is the only thing on stdout; progress and errors go to stderr; the exit code is the outcome.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import typer

from docmill import __version__
from docmill.domain.errors import DocmillError
from docmill.settings import unknown_variables

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_NOT_ALL = 3  # some documents did not succeed
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Entry:
    """One command.

    Its module in this package has ``command`` (a function) or ``app`` (a group of commands).
    """

    name: str
    panel: str


_PLATFORM, _WORK, _TYPES, _LOCAL = "Platform", "Documents", "Types and rules", "Without a platform"

COMMANDS: tuple[Entry, ...] = (
    Entry("extract", _LOCAL),
    Entry("eval", _LOCAL),
    Entry("draw", _LOCAL),
    Entry("up", _PLATFORM),
    Entry("doctor", _PLATFORM),
    Entry("tenants", _PLATFORM),
    Entry("keys", _PLATFORM),
    Entry("people", _PLATFORM),
    Entry("issuers", _PLATFORM),
    Entry("replay", _PLATFORM),
    Entry("letters", _PLATFORM),
    Entry("backup", _PLATFORM),
    Entry("restore", _PLATFORM),
    Entry("migrate", _PLATFORM),
    Entry("erase", _PLATFORM),
    Entry("top", _PLATFORM),
    Entry("trace", _PLATFORM),
    Entry("submit", _WORK),
    Entry("status", _WORK),
    Entry("cancel", _WORK),
    Entry("reprocess", _WORK),
    Entry("results", _WORK),
    Entry("usage", _WORK),
    Entry("export", _WORK),
    Entry("search", _WORK),
    Entry("webhooks", _WORK),
    Entry("review", _WORK),
    Entry("types", _TYPES),
    Entry("rules", _TYPES),
)


def build(only: str | None = None) -> typer.Typer:
    """The whole program, or what ``only`` needs: a command must not pay for the imports of the others."""
    program = typer.Typer(
        name="docmill",
        help="Turn piles of documents into validated JSON.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback()(_options)
    for entry in COMMANDS:
        if only in (None, entry.name):
            _register(program, entry)
    return program


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; every DocmillError becomes one sentence on stderr and exit code 1."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    names = {entry.name for entry in COMMANDS}
    program = build(argv[0] if argv and argv[0] in names else None)
    for variable, meant in unknown_variables():
        hint = f"; did you mean {meant}?" if meant else ""
        typer.echo(f"docmill: warning: there is no setting {variable}{hint}", err=True)
    try:
        try:
            program(argv)
        except ExceptionGroup as errors:  # of tasks side by side: one sentence is enough
            raise _first(errors) from errors
    except DocmillError as error:
        typer.echo(f"docmill: {_sentence(error)} {error.action}", err=True)
        raise SystemExit(EXIT_ERROR) from None
    except KeyboardInterrupt:
        raise SystemExit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        # The reader of our output has gone (`docmill extract … | head`): nothing to tell anybody.
        sys.stderr.close()
        raise SystemExit(EXIT_ERROR) from None


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    known = errors.subgroup(DocmillError)
    first: Exception = errors if known is None else known.exceptions[0]
    return _first(first) if known is not None and isinstance(first, ExceptionGroup) else first


def _sentence(error: DocmillError) -> str:
    text = str(error)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _register(program: typer.Typer, entry: Entry) -> None:
    module = import_module(f"{__name__}.{entry.name}")
    group = getattr(module, "app", None)
    if isinstance(group, typer.Typer):
        program.add_typer(group, name=entry.name, rich_help_panel=entry.panel)
    else:
        program.command(entry.name, rich_help_panel=entry.panel)(module.command)


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and stop.",
            is_eager=True,
            callback=lambda on: _version(on=on),
        ),
    ] = False,
) -> None:
    del version


def _version(*, on: bool) -> None:
    if on:
        typer.echo(__version__)
        raise typer.Exit
