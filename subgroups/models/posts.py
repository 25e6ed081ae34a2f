"""The posts, who holds them from which day to which, and the people who sign in."""

from __future__ import annotations

from datetime import date

import rules
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from gscp import clock
from gscp.dates import day_in_words
from gscp.permissions import CHAIRS
from gscp.record import (
    TOMBSTONE,
    Change,
    ChangeQuerySet,
    FreeText,
    History,
    Tracked,
    TrackedQuerySet,
    name_of,
    reference,
)
from subgroups.models.base import Dated, EndsSessions, Named, NamedQuerySet
from subgroups.models.groups import Group
from subgroups.models.holdings import (
    PostHoldingQuerySet,
    bring_back,
    check_can_be_accepted,
    check_goes_on,
    check_no_other_post,
    holdings_today,
    was_in_force_since,
)
from subgroups.models.partners import Partner

DEMO_DOMAIN = "@gscp.example"


class PostQuerySet(NamedQuerySet["Post"]):
    def with_partners(self) -> list[Post]:
        """All of these, each with its partner and all that succeeded it: one more query, however many."""
        partners: dict[int | None, Partner] = {
            partner.pk: partner for partner in Partner.objects.with_successors()
        }
        posts = list(self)
        for post in posts:
            post.partner = partners.get(post.partner_id)
        return posts


class Post(Named):
    class Role(models.TextChoices):
        CHAIR = "chair", "Chair"
        VICE_CHAIR = "vice_chair", "Vice-chair"
        MEMBER = "member", "Member"
        BUSINESS_MANAGER = "business_manager", "Business Manager"
        SCRUTINEER = "scrutineer", "Independent Scrutineer"

    SEATED = (Role.CHAIR, Role.VICE_CHAIR, Role.MEMBER)  # those of a post in a group
    # Held with no other post: who scrutinises is independent, and who keeps the record decides nothing.
    HELD_ALONE = (Role.BUSINESS_MANAGER, Role.SCRUTINEER)

    role = models.CharField(max_length=20, choices=Role)
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="posts")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, blank=True, related_name="posts")

    objects = PostQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager than the base's
    form_labels = {**Named.form_labels, "partner": "Organisation"}
    history = History()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(group__isnull=False) | Q(role__in=["business_manager", "scrutineer"]),
                name="a_seat_is_in_a_group",
            )
        ]

    def concerns(self) -> dict[str, int | None]:
        return {"group": self.group_id}

    def get_absolute_url(self) -> str:
        return reverse("post_detail", args=[self.pk])

    def clean(self) -> None:
        if self.role in self.SEATED and not self.group:
            raise ValidationError({"group": f"Choose the group this {self.get_role_display()} sits in."})

    def title_on(self, day: date) -> str:
        return f"{self}, {self.partner.successor_on(day)}" if self.partner else str(self)

    def represents(self, partner: Partner, day: date) -> bool:
        return self.partner is not None and self.partner.successor_on(day) == partner

    @property
    def title(self) -> str:
        return self.title_on(clock.today())

    @property
    def organisation(self) -> Partner | None:
        return self.partner and self.partner.successor_on(clock.today())

    def hand_over(self, on: date, holder: User | None, accepted: bool = False) -> None:
        """End the current holding, if any, on this day, and begin the new holder's, if there is one.

        In a group that decides the new holder decides once another one has accepted them; `accepted` says
        that no other is needed, as where the server's administrator appoints.
        If `holder` holds it already, or nobody holds it and `holder` is None, the recorded day is corrected.
        Who gets it back on the day on which it was to leave them goes on as before.

        Raises:
            ValidationError: another holding, or an entry made by a holder, rules that day out. Or it would
                take who decides from a group, and nobody would be left to accept who follows.
        """
        previous, last = [None, None, *self.holdings.not_cancelled()][-2:]
        ending: PostHolding | None = last
        beginning = PostHolding(post=self, user=holder, accepted=accepted) if holder else None
        if last and last.ended_on is None and last.user == holder:
            ending, beginning = previous, last
        takes_away = ending is not None and ending.is_in_force and not ending.is_over
        goes_on = self.ended_today_or_later(on, holder)
        if last and goes_on and (last in (goes_on, beginning) or last.started_on == on):
            for later in self.holdings.not_cancelled().filter(started_on__gte=on).exclude(pk=goes_on.pk):
                later.end(later.started_on, may_move_end=True)  # it is cancelled
            goes_on.accepted |= accepted
            goes_on.go_on()
            if takes_away:
                check_can_be_accepted(goes_on)
            return
        if ending:
            may_move_end = beginning is None or ending.ended_on == beginning.started_on
            ending.end(on, may_move_end)
        if beginning:
            beginning.begin(on)
            if takes_away:
                check_can_be_accepted(beginning)

    def appoint(self, holder: User) -> None:
        """Put them in from today, accepted. What was recorded for later and would stop that is called off."""
        coming = PostHolding.objects.not_cancelled().filter(started_on__gt=clock.today())
        alone = Q() if self.role in self.HELD_ALONE else Q(post__role__in=self.HELD_ALONE)
        for held in coming.filter(Q(post=self) | Q(alone, user=holder)):
            held.end(held.started_on, may_move_end=True)
        self.hand_over(clock.today(), holder, accepted=True)

    def ended_today_or_later(self, on: date, holder: User | None) -> PostHolding | None:
        # Not one that was cancelled: its acceptance went with the handover for which it was given.
        ended = self.holdings.not_cancelled().filter(user=holder, ended_on=on)
        return ended.first() if on >= clock.today() else None


def validate_address(email: str) -> None:
    if email != TOMBSTONE:  # which stands there after a redaction
        validate_email(email)


class UserManager(BaseUserManager.from_queryset(TrackedQuerySet)):  # type: ignore[misc]  # made at run time
    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email__iexact=email)

    def get_or_create_account(self, email: str, name: str) -> tuple[User, bool]:
        """The account with this e-mail, or a new one without a password; and whether it is new.

        Raises:
            ValidationError: the account is deactivated, or a new account would have no name.
        """
        user = self.filter(email=email.lower()).first() or User(email=email, name=name)
        user.clean()
        if not user.is_active:
            raise ValidationError({"email": "This account is deactivated: its owner cannot sign in."})
        if user.pk:
            return user, False
        if not name:
            raise ValidationError({"name": "There is no account with this e-mail yet: give the name."})
        user.set_unusable_password()  # a link lets its owner set the first one
        user.save()
        return user, True


class User(EndsSessions, Tracked, AbstractBaseUser):
    """A person who signs in; the posts they hold say what they may do. Deactivated, never deleted.

    Password and last sign-in are not part of the record.
    """

    email = FreeText("e-mail", max_length=254, validators=[validate_address])
    name = FreeText(max_length=120)
    is_active = models.BooleanField("May sign in", default=True)

    objects = UserManager()  # type: ignore[misc]  # mypy: the base's is a class variable
    history = History(excluded_fields=["password", "last_login"])

    USERNAME_FIELD = "email"

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=~Q(email=TOMBSTONE),
                name="one_account_an_email",
                violation_error_message="There is an account with this e-mail.",
            )
        ]

    def __str__(self) -> str:
        return name_of(self)

    def clean(self) -> None:
        self.email = self.email.lower()
        if self.is_demo and not settings.DEMO:
            raise ValidationError({"email": f"{DEMO_DOMAIN} accounts exist in a demonstration only."})

    @property
    def is_demo(self) -> bool:
        return self.email.endswith(DEMO_DOMAIN)

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return rules.has_perm(permission, self, *([] if obj is None else [obj]))

    @cached_property
    def holdings_today(self) -> list[PostHolding]:
        return holdings_today(self)

    @property
    def posts(self) -> list[Post]:
        return [held.post for held in self.holdings_today if held.is_in_force]

    @property
    def waiting_holdings(self) -> list[PostHolding]:
        """Of posts that decide, until another holder has accepted this person: they only read."""
        return [held for held in self.holdings_today if not held.is_in_force]

    @property
    def was_accepted(self) -> bool:
        """For any post: whoever makes the link to a first password could use it, and decide from there."""
        return self.holdings.filter(accepted=True).exists()

    def forget_posts(self) -> None:
        # They are read anew. Another request may have ended one since they were read.
        vars(self).pop("holdings_today", None)

    def chaired_top_group_at(self, entry: Change) -> bool:
        """Whether a chair's post of the top group that they hold has been theirs since this entry."""
        return any(
            held.post.role in CHAIRS and held.post.group.is_top and was_in_force_since(held, entry)
            for held in self.holdings_today
            if held.is_in_force and held.post.group
        )

    @property
    def chaired_groups(self) -> list[Group]:
        return [post.group for post in self.posts if post.group and post.role in CHAIRS]

    def post_in(self, group: Group) -> Post:
        """The post this person acts from for a group: a chair's there, else Business Manager, else any.

        Of the others, one in that group comes first.
        """
        in_group = [post for post in self.posts if post.group_id == group.pk]
        chair_posts = [post for post in in_group if post.role in CHAIRS]
        manager_posts = [post for post in self.posts if post.role == Post.Role.BUSINESS_MANAGER]
        return [*chair_posts, *manager_posts, *in_group, *self.posts][0]

    @property
    def post_titles(self) -> str:
        return "; ".join(post.title for post in self.posts)


class PostHolding(Dated):
    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings")
    user = models.ForeignKey(User, models.PROTECT, related_name="holdings")
    # By another holder of the group, or by the server's administrator: see is_in_force.
    accepted = models.BooleanField("Accepted by another holder", default=True)

    objects = PostHoldingQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager than the base's
    form_labels = {"ended_on": "No longer held from"}
    part_of = ("post",)
    history = History()

    class Meta:
        ordering = ["started_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["post"], condition=Q(ended_on=None), name="one_holder_of_a_post_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="a_holding_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.post}" if self.user.name != self.post.name else f"Holder of {self.post}"

    @property
    def is_in_force(self) -> bool:
        """Whether its holder may do what the post may do. Of a group that decides, once it is accepted.

        It is asked of the group as it is today: a group that comes to decide has its holders accepted then.
        """
        group = self.post.group
        return self.accepted or group is None or not group.takes_decisions

    @cached_property
    def acceptors(self) -> list[PostHolding]:
        """Whose holders may accept it. Nobody: the server's administrator appoints."""
        return PostHolding.objects.acceptors_of(self, clock.today())

    @property
    def acceptor_ids(self) -> set[int]:
        return set() if self.is_in_force else {held.user_id for held in self.acceptors}

    @property
    def accepted_by_in_words(self) -> str:
        """For example “the Executive Chair or the Executive Vice-Chair”."""
        posts = dict.fromkeys(f"the {held.post}" for held in self.acceptors)
        return " or ".join(posts) or "whoever runs the server, with the command appoint"

    def accept(self) -> None:
        """Raises ValidationError where there is nothing to accept."""
        if self.is_in_force:
            raise ValidationError(f"{self.user} was accepted before.")
        if self.is_over:
            raise ValidationError(f"{self.user} does not hold this post any more.")
        self.accepted = True
        self.save()

    def begin(self, on: date) -> None:
        """Begin it on this day, or correct the day on which it began.

        Raises:
            ValidationError: its holder made an entry before that day, or may hold no other post beside it.
        """
        first_entry = self.entries_made.filter(clock__date__gte=self.started_on).first() if self.pk else None
        if first_entry and timezone.localdate(first_entry.clock) < on:
            acted_on = day_in_words(first_entry.clock)
            raise ValidationError(
                {"on": f"{self.user} acted from this post on {acted_on}: choose that day or earlier."}
            )
        self.started_on = on
        check_no_other_post(self)
        self.save()

    def end(self, on: date, may_move_end: bool) -> None:
        """End it on this day. An earlier end that is recorded stays, unless `may_move_end`.

        Raises:
            ValidationError: it begins after that day, or has ended on a later day that may not be moved.
                Its holder made an entry after that day, or left a group that decides and would come back. Or
                it would overlap a post that its holder may not hold beside it.
        """
        if on < self.started_on:
            start = day_in_words(self.started_on)
            raise ValidationError({"on": f"{self.user} holds it from {start}: choose that day or later."})
        if self.ended_on and on < self.ended_on <= clock.today() and not may_move_end:
            end = day_in_words(self.ended_on)
            raise ValidationError({"on": f"{self.user} held it until {end}: choose that day or later."})
        longer = self.ended_on is not None and on > self.ended_on
        if longer and not may_move_end:
            return
        last_entry = self.entries_made.last()
        if last_entry and on < timezone.localdate(last_entry.clock):
            acted_on = day_in_words(last_entry.clock)
            raise ValidationError(
                {"on": f"{self.user} acted from this post on {acted_on}: choose that day or later."}
            )
        if longer and self.is_over and on > clock.today():
            bring_back(self)
        self.ended_on = on
        if longer:
            check_no_other_post(self)
        self.save()

    def go_on(self) -> None:
        """It does not end after all."""
        self.ended_on = None
        check_goes_on(self)
        self.save()

    @property
    def is_over(self) -> bool:
        return self.ended_on is not None and self.ended_on <= clock.today()

    @property
    def entries_made(self) -> ChangeQuerySet:
        """The ledger's entries that its holder made from this post."""
        # An entry holds references to its writer's posts at the time.
        made = Change.objects.filter(actor_post__contains=reference(self.post), actor_id=self.user_id)
        return made.order_by("clock")
