import secrets

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from gscp import clock
from gscp.record import Actor, recording
from subgroups.models import Post, PostHolding, User


class Command(BaseCommand):
    help = "Put a person into a post from today, ending whoever holds it; prints a new account's password."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("post", help='As the partnership calls it: "Business Manager".')
        parser.add_argument(
            "--name", help="The person's name, for a new account; otherwise called by the post."
        )

    def handle(self, email: str, post: str, name: str | None, **options):
        try:
            with recording(Actor("Server administrator"), f"Appointed to {post}"):
                password = self.appoint(Post.objects.answering_to(post), email.lower(), name)
        except (Post.DoesNotExist, ValidationError) as error:
            raise CommandError(f"Nothing was recorded. {error}") from error
        self.stdout.write(f"{email} holds {post} from today.")
        if password:
            self.stdout.write(f"Password, to be changed after the first sign-in: {password}")

    def appoint(self, post: Post, email: str, name: str | None) -> str:
        """Returns the password of an account made now; empty where there was one."""
        user, password = User.objects.filter(email=email).first(), ""
        if user is None:
            password = secrets.token_urlsafe(12)
            user = User(email=email, name=name or post.name)
            user.set_password(password)
            user.save()
        for holding in post.holdings.filter(ended_on=None).exclude(user=user):
            holding.ended_on = clock.today()
            holding.save()
        if not post.holdings.filter(ended_on=None).exists():
            PostHolding(post=post, user=user, started_on=clock.today()).save()
        return password
