import json
import os
import secrets
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from gscp.files import Unreadable, read_text
from gscp.record import Actor, recording_by_command
from subgroups.models import (
    DEMO_DOMAIN,
    Answer,
    Escalations,
    Group,
    Measure,
    Meeting,
    Origin,
    Partner,
    Post,
    PostHolding,
    Reading,
    User,
)
from subgroups.periods import Period


class Command(BaseCommand):
    help = (
        "Record the demonstration's sign-ins, meeting dates and earlier figures (DEMO=1 only); "
        "what is there is left as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        published = settings.BASE_DIR / "fixtures" / "demo.json"
        parser.add_argument("file", metavar="FILE", type=Path, nargs="?", default=published)

    def handle(self, file: Path, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo accounts exist in a demonstration only: set DEMO=1.")
        password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9)
        try:
            data = json.loads(read_text(file))
            with recording_by_command(Actor("Demonstration"), "Invented for the demonstration"):
                any_new = self.load_sign_ins(data, password)
                self.load_meetings(data)
                if before := data.get("before"):
                    load_figures(before)
        except Unreadable as error:
            raise CommandError(f"Nothing was recorded. {error}") from error
        except (Post.DoesNotExist, Group.DoesNotExist) as error:
            raise CommandError(
                f"Nothing was recorded. {error} {file.name} is of another partnership: "
                "give the file of this one."
            ) from error
        password_shown = (
            password if any_new or "DEMO_PASSWORD" in os.environ else "as printed when they were made"
        )
        self.stdout.write("Demonstration sign-ins:")
        holdings = PostHolding.objects.filter(user__email__endswith=DEMO_DOMAIN, ended_on=None)
        for holding in holdings.select_related("user", "post").order_by("post"):
            self.stdout.write(f"  {holding.user.email:35}{holding.post}")
        self.stdout.write(f"  password: {password_shown} (DEMO_PASSWORD=... sets another)")

    def load_sign_ins(self, data: dict[str, Any], password: str) -> bool:
        """Create the missing accounts with this password; returns whether there were any.

        DEMO_PASSWORD, where it is set, becomes the password of the existing ones too.
        """
        any_new, day = False, date.fromisoformat(data["post_from"])
        for name, post in data["sign_ins"].items():
            user = User.objects.filter(email=name + DEMO_DOMAIN).first()
            if not user:
                user = User(email=name + DEMO_DOMAIN, name=post)
                user.set_password(password)
                user.save()
                Post.objects.get_by_spelling(post).hand_over(day, user, accepted=True)
                any_new = True
            elif "DEMO_PASSWORD" in os.environ:
                user.set_password(password)
                user.save()
        return any_new

    def load_meetings(self, data: dict[str, Any]) -> None:
        for slug, days in data["meetings"].items():
            group = Group.objects.get(slug=slug)
            for day in map(date.fromisoformat, days):
                closing = day - timedelta(days=data["papers_close_days_before"])
                if not Meeting.objects.filter(group=group, date=day).exists():
                    Meeting(
                        group=group,
                        date=day,
                        papers_close=timezone.make_aware(
                            datetime.combine(closing, time(data["papers_close_hour"]))
                        ),
                        note="Demonstration date",
                    ).save()


def load_figures(before: dict[str, Any]) -> None:
    """Record the figures of the year before the plan's, of measures that are on record and have none yet."""
    who = ("entered_by", "confirmed_by")
    user = {name: User.objects.get(email=before[name] + DEMO_DOMAIN) for name in who}
    for name, series in before["readings"].items():
        for measure in Measure.objects.filter(name=name, readings=None):
            period = Period.holding(date.fromisoformat(series["from"]), measure.frequency)
            for count, whole in series["figures"]:
                figures = {"numerator": str(count), "denominator": str(whole)}
                told = {"commentary": before["commentary"], "answer": Answer.FIGURE}
                Reading(measure=measure, period=period.first_day, **figures, **told, **user).save()
                period = period.after()
    partners = {partner.kind: partner for partner in Partner.objects.all()}
    for group in Group.objects.filter(measures__origin=Origin.ESCALATIONS, escalations=None):
        for row in before["escalations"]:
            agencies = {name: partners[row[name]] for name in ("raised_by", "raised_with")}
            counted = {"count": str(row["count"]), "days": str(row["days"])}
            month = date.fromisoformat(row["month"])
            said = {"stage": row["stage"], "theme": row["theme"], "confirmed_by": user["confirmed_by"]}
            Escalations(group=group, month=month, **agencies, **counted, **said).save()
