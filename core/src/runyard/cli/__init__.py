"""The command line."""


def main() -> None:
    """Run the command line; the entry point `runyard`."""
    from runyard.cli.main import run

    run()
