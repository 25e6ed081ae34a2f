"""The posts, who holds them from when until when, and the people who sign in."""

from __future__ import annotations

import secrets
from datetime import date
from functools import reduce
from operator import or_

import rules
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from gscp import clock
from gscp.dates import day
from gscp.permissions import CHAIRS
from gscp.record import Change, History, Tracked, TrackedQuerySet, history_of
from subgroups.models.base import Dated, Named
from subgroups.models.bodies import Subgroup
from subgroups.models.partners import Partner

DEMO_DOMAIN = "@gscp.example"


class Post(Named):
    """A post, not a person: named as the plan names it, with dated holders, belonging to an organisation."""

    class Role(models.TextChoices):
        CHAIR = "chair", "Chair"
        VICE_CHAIR = "vice_chair", "Vice-chair"
        MEMBER = "member", "Member"
        BUSINESS_MANAGER = "business_manager", "Business Manager"
        SCRUTINEER = "scrutineer", "Independent Scrutineer"

    SEATED = (Role.CHAIR, Role.VICE_CHAIR, Role.MEMBER)
    # Who scrutinises is independent, and who keeps the record decides nothing: they hold no other post.
    STANDS_ALONE = (Role.BUSINESS_MANAGER, Role.SCRUTINEER)

    role = models.CharField(max_length=20, choices=Role)
    subgroup = models.ForeignKey(Subgroup, models.PROTECT, null=True, blank=True, related_name="posts")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, blank=True, related_name="posts")

    history = History()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(subgroup__isnull=False) | Q(role__in=["business_manager", "scrutineer"]),
                name="a_seat_is_in_a_body",
            )
        ]

    def concerns(self):
        return {"subgroup": self.subgroup_id}

    def get_absolute_url(self):
        return reverse("post_detail", args=[self.pk])

    def clean(self):
        if self.role in self.SEATED and not self.subgroup:
            raise ValidationError({"subgroup": f"Choose the body this {self.get_role_display()} sits in."})

    def title_on(self, day: date) -> str:
        return f"{self.name}, {self.partner.successor_on(day)}" if self.partner else self.name

    @property
    def title(self) -> str:
        return self.title_on(clock.today())

    @property
    def organisation(self) -> Partner | None:
        """The partner it belongs to, called as it is today."""
        return self.partner and self.partner.successor_on(clock.today())

    def hand_over(self, on: date, holder: User | None) -> None:
        """End the holding that runs, if any, on this day, and start the holder's, if there is one.

        Entered again for the same holder, or again for nobody, it corrects the day.

        Raises:
            ValidationError: a holding, or what was done from one, is in the way.
        """
        leaving, coming = [None, None, *self.holdings.not_cancelled()][-2:]
        if not (coming and coming.ended_on is None and coming.user == holder):
            leaving, coming = coming, PostHolding(post=self, user=holder) if holder else None
        if leaving:
            leaving.end(on, again=coming is None or leaving.ended_on == coming.started_on)
        if coming:
            coming.begin(on)


class UserManager(BaseUserManager.from_queryset(TrackedQuerySet)):
    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def account(self, email: str, name: str) -> tuple[User, str]:
        """The account with this e-mail; where there was none, a new one, and its password.

        Raises:
            ValidationError: nobody could sign in with it, or a new account would have no name.
        """
        user = self.filter(email=email.lower()).first() or User(email=email, name=name)
        user.clean()
        if not user.is_active:
            raise ValidationError({"email": "This account is deactivated: its owner cannot sign in."})
        if user.pk:
            return user, ""
        if not name:
            raise ValidationError({"name": "There is no account with this e-mail yet: give the name."})
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save()
        return user, password


class User(Tracked, AbstractBaseUser):
    """A person who signs in. Deactivated, never deleted; what they may do comes from the posts they hold.

    Password and last sign-in are no part of the record.
    """

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField("May sign in", default=True)

    objects = UserManager()
    history = History(excluded_fields=["password", "last_login"])

    USERNAME_FIELD = "email"

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def clean(self):
        self.email = self.email.lower()
        if self.is_demo and not settings.DEMO:
            raise ValidationError({"email": f"{DEMO_DOMAIN} accounts exist in a demonstration only."})

    @property
    def is_demo(self) -> bool:
        return self.email.endswith(DEMO_DOMAIN)

    def has_perm(self, permission: str, obj=None) -> bool:
        return rules.has_perm(permission, self, *([] if obj is None else [obj]))

    @cached_property
    def posts(self) -> list[Post]:
        """The posts this person holds today."""
        held = PostHolding.objects.on(clock.today()).filter(user=self)
        posts = Post.objects.filter(holdings__in=held).distinct()
        return list(posts.select_related("subgroup__reports_to", "partner__succeeded_by"))

    @property
    def chaired(self) -> list[Subgroup]:
        return [post.subgroup for post in self.posts if post.subgroup and post.role in CHAIRS]

    def post_in(self, body: Subgroup) -> Post:
        """The post from which this person acts in a body: its chair, or else as Business Manager."""
        chairs = [post for post in self.posts if post.subgroup == body and post.role in CHAIRS]
        keeps = [post for post in self.posts if post.role == Post.Role.BUSINESS_MANAGER]
        return [*chairs, *keeps, *self.posts][0]

    @property
    def post_titles(self) -> str:
        return "; ".join(post.title for post in self.posts)


class PostHolding(Dated):
    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings")
    user = models.ForeignKey(User, models.PROTECT, related_name="holdings")

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

    def __str__(self):
        return f"{self.user} as {self.post}"

    def begin(self, on: date) -> None:
        """Begin it on this day, whatever day was given for it before.

        Raises:
            ValidationError: its holder acted from it before, or may not hold it beside another post.
        """
        first = self.acts.filter(at__date__gte=self.started_on).first() if self.pk else None
        if first and timezone.localdate(first.at) < on:
            raise ValidationError(
                {"on": f"{self.user} acted from this post on {day(first.at)}: choose that day or earlier."}
            )
        self.started_on = on
        self.check_no_other_post()
        self.save()

    def end(self, on: date, again: bool) -> None:
        """End it on this day, unless it ends before; `again`: on this day, whatever day was given before.

        Raises:
            ValidationError: it had not begun by then, or its holder has acted from it since; or what is
                over would end earlier; or its holder may not hold it for longer beside another post.
        """
        if on < self.started_on:
            start = day(self.started_on)
            raise ValidationError({"on": f"{self.user} holds it from {start}: choose that day or later."})
        if self.ended_on and on < self.ended_on <= clock.today() and not again:
            end = day(self.ended_on)
            raise ValidationError({"on": f"{self.user} held it until {end}: choose that day or later."})
        longer = self.ended_on is not None and on > self.ended_on
        if longer and not again:
            return
        last = self.acts.last()
        if last and on < timezone.localdate(last.at):
            raise ValidationError(
                {"on": f"{self.user} acted from this post on {day(last.at)}: choose that day or later."}
            )
        self.ended_on = on
        if longer:
            self.check_no_other_post()
        self.save()

    @property
    def acts(self):
        """What its holder has recorded from this post: an entry names the posts held then, as called then."""
        names = history_of(Post).objects.filter(id=self.post_id).values_list("name", flat=True)
        named = reduce(or_, (Q(actor_post__contains=name) for name in names))
        return Change.objects.filter(named, actor_id=self.user_id)

    def check_no_other_post(self) -> None:
        """Raises ValidationError where a post that stands alone would be held beside another."""
        beside = self.user.holdings.not_cancelled().exclude(pk=self.pk).exclude(ended_on__lte=self.started_on)
        if self.ended_on:
            beside = beside.filter(started_on__lt=self.ended_on)
        for other in beside.exclude(post=self.post).select_related("post"):
            for post in (self.post, other.post):
                if post.role in Post.STANDS_ALONE:
                    raise ValidationError(
                        {
                            "email": f"{self.user} holds {other.post}. The {post.get_role_display()} "
                            "holds no other post: end the one before the other begins."
                        }
                    )
