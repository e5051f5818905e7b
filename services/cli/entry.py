"""The entry point of the installed `bellwether` script."""


def main() -> None:
    """Run the program.

    The commands are imported here and not above. A process that scores imports this module again, and needs none.
    """
    from services.cli.app import main as run

    run()
