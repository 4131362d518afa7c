"""The command `burnline`: one module a family of commands, every command in the list below."""

import typer

from app.cli import asking, backups, running

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in (
    running.serve,
    running.demo,
    running.worker,
    asking.gate,
    asking.apply,
    asking.export,
    backups.backup,
    backups.restore,
):
    cli.command()(command)
cli.command(name="migrate")(running.migrate_database)

deploy = typer.Typer(no_args_is_help=True, help="Tell Burnline of deploys.")
deploy.command()(asking.mark)
cli.add_typer(deploy, name="deploy")

objectives = typer.Typer(no_args_is_help=True, help="Ask Burnline for objectives.")
objectives.command(name="list")(asking.list_slos)
cli.add_typer(objectives, name="slo")
