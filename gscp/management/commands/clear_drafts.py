from django.core.management.base import BaseCommand

from gscp.drafts import Draft


class Command(BaseCommand):
    help = "Deletes drafts that are older than 14 days, or whose writer has left a post. Servers do it too."

    def handle(self, *args, **options) -> None:
        Draft.objects.clear()
