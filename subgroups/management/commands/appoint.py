from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gscp import clock
from gscp.record import Actor, recording_by_command
from subgroups.accounts import new_link
from subgroups.models import Post, User

ADDRESS = "http://127.0.0.1:8000" if settings.DEMO else f"https://{settings.ALLOWED_HOSTS[0]}"


FIRST = Post.Role.BUSINESS_MANAGER


def post_called(name: str) -> Post:
    """The post of this name. The first of all is made, for who keeps the others in the browser."""
    if not Post.objects.exists() and name.casefold() == FIRST.label.casefold():
        Post(name=FIRST.label, role=FIRST).save()
    try:
        return Post.objects.get_by_spelling(name)
    except Post.DoesNotExist as error:
        names = ", ".join(f"“{post.name}”" for post in Post.objects.order_by("pk"))
        there = f"These are on record: {names}." if names else f"The first one is “{FIRST.label}”."
        raise Post.DoesNotExist(f"{error} {there}") from error


class Command(BaseCommand):
    help = (
        "Put a person into a post from today, and end whoever holds it or was to. Nobody has to accept them. "
        "Where no post is on record yet, it makes the first one, of the Business Manager. "
        "Prints the link by which the owner of an account without a password sets one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("post", help='As the partnership calls it: "Business Manager".')
        parser.add_argument(
            "--name", help="The person's name, for a new account; otherwise called by the post."
        )

    def handle(self, email: str, post: str, name: str | None, **options: Any) -> None:
        try:
            with recording_by_command(Actor("Server administrator"), f"Appointed to {post}"):
                named_post = post_called(post)
                user, _ = User.objects.get_or_create_account(email, name or named_post.name)
                held = named_post.holdings.current_on(clock.today()).filter(user=user, ended_on=None).first()
                if held is None:
                    named_post.appoint(user)
                elif not held.is_in_force:
                    held.accept()
        except Post.DoesNotExist as error:
            raise CommandError(f"Nothing was recorded. {error}") from error
        except ValidationError as error:
            raise CommandError(f"Nothing was recorded. {' '.join(error.messages)}") from error
        self.stdout.write(f"{email} holds {post} from today.")
        if user.has_usable_password():
            self.stdout.write(f"If they did not choose their password: manage.py changepassword {email}")
        else:
            self.stdout.write("With this link they set their password. It works once, for seven days:")
            self.stdout.write(ADDRESS + new_link(user))
