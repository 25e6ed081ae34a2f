from django.core.management.commands import migrate


class Command(migrate.Command):
    help = f"{migrate.Command.help} Whatever the database does not refuse beforehand, it refuses afterwards."

    def get_check_kwargs(self, options) -> dict:
        # Not the check of the database: migrate itself puts missing triggers back.
        return super().get_check_kwargs(options) | {"databases": None}
