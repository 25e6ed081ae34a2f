from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gscp import clock
from gscp.record import Actor, recording_by_command
from subgroups.models import Post, User


class Command(BaseCommand):
    help = "Put a person into a post from today, ending whoever holds it; prints a new account's password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("post", help='As the partnership calls it: "Business Manager".')
        parser.add_argument(
            "--name", help="The person's name, for a new account; otherwise called by the post."
        )

    def handle(self, email: str, post: str, name: str | None, **options: Any) -> None:
        try:
            with recording_by_command(Actor("Server administrator"), f"Appointed to {post}"):
                named_post = Post.objects.get_by_spelling(post)
                user, password = User.objects.get_or_create_account(email, name or named_post.name)
                holdings = named_post.holdings.current_on(clock.today())
                if not holdings.filter(user=user, ended_on=None).exists():
                    named_post.hand_over(clock.today(), user)
        except Post.DoesNotExist as error:
            raise CommandError(f"Nothing was recorded. {error}") from error
        except ValidationError as error:
            raise CommandError(f"Nothing was recorded. {' '.join(error.messages)}") from error
        self.stdout.write(f"{email} holds {post} from today.")
        if password:
            self.stdout.write(f"Password, to be changed after the first sign-in: {password}")
