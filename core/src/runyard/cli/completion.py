"""`runyard completion`: the script that teaches a shell to complete commands, options, experiments and runs."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    r"""Print the completion script of a shell.

    \b
    bash  put into ~/.bashrc:  eval "$(runyard completion bash)"
    zsh   put into ~/.zshrc:   eval "$(runyard completion zsh)"
    fish  runyard completion fish > ~/.config/fish/completions/runyard.fish
    """
    script = get_completion_class(shell)
    if script is None:
        raise click.BadParameter(f"this click cannot complete for {shell}")
    click.echo(script(ctx.find_root().command, {}, "runyard", "_RUNYARD_COMPLETE").source())
