"""The command `burnline`: one module a family of commands, every command in the list below."""

import typer

from app.cli import accounts, asking, backups, checking, running, screens, status

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
    checking.check,
):
    cli.command()(command)
cli.command(name="migrate")(running.migrate_database)

deploy = typer.Typer(no_args_is_help=True, help="Tell Burnline of deploys.")
deploy.command()(asking.mark)
cli.add_typer(deploy, name="deploy")

objectives = typer.Typer(no_args_is_help=True, help="Ask Burnline for objectives.")
objectives.command(name="list")(asking.list_slos)
cli.add_typer(objectives, name="slo")

screen = typer.Typer(no_args_is_help=True, help="Links of wall screens.")
for ask in (screens.create, screens.revoke, screens.tell):
    screen.command()(ask)
screen.command(name="list")(screens.list_screens)
cli.add_typer(screen, name="screen")

status_page = typer.Typer(no_args_is_help=True, help="The status page: tell something, or copy it.")
status_page.command()(status.export)
status_page.command()(status.post)
cli.add_typer(status_page, name="status")

users = typer.Typer(no_args_is_help=True, help="Who may sign in.")
users.command(name="create")(accounts.create_user)
users.command(name="list")(accounts.list_users)
users.command(name="password")(accounts.set_password)
users.command(name="role")(accounts.set_role)
users.command(name="disable")(accounts.disable_user)
cli.add_typer(users, name="user")

tokens = typer.Typer(no_args_is_help=True, help="What programs show to be let in.")
tokens.command(name="create")(accounts.create_token)
tokens.command(name="list")(accounts.list_tokens)
tokens.command(name="revoke")(accounts.revoke_token)
cli.add_typer(tokens, name="token")
