"""What an IT person types: `python app.py …`, one file for each thing it is about.

Each command imports what it needs when it runs, so that none of them pays for the others.
"""

from importlib import import_module

import click

# The name that is typed → where the command is written.
COMMANDS = {
    "demo": "commands.running:demo",
    "serve": "commands.running:serve",
    "worker": "commands.running:worker",
    "migrate": "commands.database:migrate",
    "backup": "commands.database:backup",
    "restore": "commands.database:restore",
    "create-admin": "commands.accounts:create_admin",
    "reset-password": "commands.accounts:reset_password",
    "check-config": "commands.checks:check_config",
    "audit": "commands.audit:audit",
    "retention": "commands.retention:retention",
    "import-plan": "commands.plans:import_plan",
}


class CommandTable(click.Group):
    """A group whose commands are looked up in the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's interface)
        """Name all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command
