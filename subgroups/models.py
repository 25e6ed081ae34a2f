"""Who: the partners, the bodies they sit in, the posts and who holds them, and when they meet."""

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
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from gscp import clock
from gscp.dates import day
from gscp.fields import FreeText
from gscp.models import Change, History, Tracked, TrackedQuerySet, history_of
from gscp.permissions import CHAIRS

DEMO_DOMAIN = "@gscp.example"


class DatedQuerySet(TrackedQuerySet):
    def on(self, day: date):
        """Those that held on this day; `ended_on` is the first day on which it no longer does."""
        return self.filter(started_on__lte=day).exclude(ended_on__lte=day)

    def standing(self):
        """Without those called off before their first day was over."""
        return self.exclude(ended_on=F("started_on"))


class Dated(Tracked):
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True

    def clean(self):
        super().clean()
        if self.ended_on and self.ended_on < self.started_on:
            raise ValidationError("The end is before the start.")


class NamedQuerySet(TrackedQuerySet):
    def answering_to(self, name: str):
        """The one that is called this, in any of its spellings.

        Raises:
            DoesNotExist: nothing here is called so.
        """
        for row in self:
            if name.casefold() in map(str.casefold, row.spellings):
                return row
        raise self.model.DoesNotExist(f"No {self.model._meta.verbose_name} is called “{name}”.")


class Named(Tracked):
    """Something the published plan spells in several ways; `aliases` has one a line."""

    name = models.CharField(max_length=120, unique=True)
    aliases = models.TextField(blank=True)

    objects = NamedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    @property
    def spellings(self) -> list[str]:
        return [self.name, *self.aliases.splitlines()]

    def save(self, **kwargs):
        """Save it under spellings that are nobody else's.

        Asked here, where one writer is at work, and not by forms: one that is sent again would
        find its own name taken.
        """
        others = type(self).objects.exclude(pk=self.pk)
        taken = {spelling.casefold(): other for other in others for spelling in other.spellings}
        for spelling in self.spellings:
            if other := taken.get(spelling.casefold()):
                field = "name" if spelling == self.name else "aliases"
                raise ValidationError({field: f"“{spelling}” is taken: {other} is called so."})
        super().save(**kwargs)


class PartnerQuerySet(NamedQuerySet, DatedQuerySet):
    def lent_to(self, rows):
        """These rows, each with its partner and that one's line of succession: one query, however many."""
        partners = {partner.pk: partner for partner in self.in_line()}
        for row in rows:
            row.partner = partners.get(row.partner_id)
        return rows

    def in_line(self) -> list[Partner]:
        """All of these, each linked to its successor: one query, however long the lines."""
        partners: dict[int | None, Partner] = {partner.pk: partner for partner in self}
        for partner in partners.values():
            if partner.succeeded_by_id in partners:
                partner.succeeded_by = partners[partner.succeeded_by_id]
        return list(partners.values())


class Partner(Named, Dated):
    class Kind(models.TextChoices):
        COUNCIL = "council", "County council"
        POLICE = "police", "Police"
        HEALTH = "health", "Health"
        OTHER = "other", "Other"

    # The three safeguarding partners, with a shared and equal duty (Working Together 2018).
    SAFEGUARDING = {Kind.COUNCIL, Kind.POLICE, Kind.HEALTH}

    kind = models.CharField(max_length=10, choices=Kind)
    succeeded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )

    objects = PartnerQuerySet.as_manager()  # type: ignore[assignment] # a narrower manager than the base's
    history = History()

    class Meta:
        ordering = ["name"]

    @classmethod
    def are_quorate(cls, present: list[Partner]) -> bool:
        return {partner.kind for partner in present} >= cls.SAFEGUARDING

    def called_on(self, day: date) -> Partner:
        """The partner that stands in this one's place on this day: succession rewrites no row."""
        partner = self
        while partner.succeeded_by and partner.ended_on and partner.ended_on <= day:
            partner = partner.succeeded_by
        return partner

    def give_way_to(self, successor: Partner, on: date) -> None:
        """From this day on, the successor stands in this one's place: a new partner, or one there is.

        Raises:
            ValidationError: it has a successor already, or this one cannot be it from that day on.
        """
        if self.succeeded_by:
            raise ValidationError(f"{self} has a successor already: {self.succeeded_by}.")
        if successor._state.adding:
            successor.kind, successor.started_on = self.kind, on
        if successor.kind != self.kind:
            raise ValidationError(
                {"name": f"{successor} is of another kind: it cannot take the place of {self}."}
            )
        if successor.called_on(date.max) == self:
            raise ValidationError({"name": f"{self} cannot take its own place."})
        self.pass_on(successor, on)

    def pass_on(self, successor: Partner, on: date) -> None:
        """Settle the day of the succession; what began with it begins on that day.

        Raises:
            ValidationError: one of the two is no partner on that day.
        """
        if on <= self.started_on:
            raise ValidationError(f"{self} itself began on {day(self.started_on)}: give a later date.")
        if successor.started_on == self.ended_on:
            others = successor.predecessors.exclude(pk=self.pk)
            successor.started_on = min([on, *(other.ended_on for other in others if other.ended_on)])
        if on < successor.started_on or (successor.ended_on and on >= successor.ended_on):
            raise ValidationError(f"{successor} is no partner on {day(on)}.")
        successor.save()
        self.succeeded_by, self.ended_on = successor, on
        self.save()
        self.check_one_of_its_kind()
        successor.check_one_of_its_kind()

    def check_one_of_its_kind(self) -> None:
        """Raises ValidationError where two would be the council, the police or the health partner at once."""
        others = Partner.objects.filter(kind=self.kind).exclude(pk=self.pk)
        others = others.exclude(ended_on__lte=self.started_on)
        if self.ended_on:
            others = others.filter(started_on__lt=self.ended_on)
        if self.kind in self.SAFEGUARDING and (other := others.first()):
            raise ValidationError(
                f"{other} is the {self.get_kind_display().lower()} partner at that time, and there is one: "
                "record who succeeds it, or choose “Other”."
            )


class Subgroup(Named):
    """A body of the partnership: the Executive, the Management Group or a subgroup."""

    class Tier(models.TextChoices):
        EXECUTIVE = "executive", "Executive"
        MANAGEMENT_GROUP = "management_group", "Management Group"
        SUBGROUP = "subgroup", "Subgroup"

    slug = models.SlugField(unique=True)
    tier = models.CharField(max_length=20, choices=Tier)
    reports_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    established_on = models.DateField("In place since", null=True, blank=True)

    history = History()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reports_to__isnull=False) | Q(tier="executive"),
                name="only_the_executive_reports_to_none",
            )
        ]

    def concerns(self):
        return {"subgroup": self.pk}

    def clean(self):
        """Nobody reports to themselves, however far round; asked of the rows as they are now."""
        above = self.reports_to_id
        while above:
            if above == self.pk:
                raise ValidationError(
                    {"reports_to": "A body cannot report to itself, nor to one that reports to it."}
                )
            above = type(self).objects.values_list("reports_to", flat=True).get(pk=above)

    def in_place(self, day: date | None = None) -> bool:
        return self.established_on is not None and self.established_on <= (day or clock.today())

    def acting_body(self, day: date | None = None) -> Subgroup:
        """The body whose chair acts for this one: itself, or while it is not in place the one above."""
        body = self
        while not body.in_place(day) and body.reports_to:
            body = body.reports_to
        return body


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
        return f"{self.name}, {self.partner.called_on(day)}" if self.partner else self.name

    @property
    def title(self) -> str:
        return self.title_on(clock.today())

    @property
    def organisation(self) -> Partner | None:
        """The partner it belongs to, called as it is today."""
        return self.partner and self.partner.called_on(clock.today())

    def hand_over(self, on: date, holder: User | None) -> None:
        """End the holding that runs, if any, on this day, and start the holder's, if there is one.

        Entered again for the same holder, or again for nobody, it corrects the day.

        Raises:
            ValidationError: a holding, or what was done from one, is in the way.
        """
        leaving, coming = [None, None, *self.holdings.standing()][-2:]
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
        self.check_alone()
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
            self.check_alone()
        self.save()

    @property
    def acts(self):
        """What its holder has recorded from this post: an entry names the posts held then, as called then."""
        names = history_of(Post).objects.filter(id=self.post_id).values_list("name", flat=True)
        named = reduce(or_, (Q(actor_post__contains=name) for name in names))
        return Change.objects.filter(named, actor_id=self.user_id)

    def check_alone(self) -> None:
        """Raises ValidationError where a post that stands alone would be held beside another."""
        beside = self.user.holdings.standing().exclude(pk=self.pk).exclude(ended_on__lte=self.started_on)
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


class MeetingQuerySet(TrackedQuerySet["Meeting"]):
    def reported_to(self):
        """The Management Group's meetings: the closing of their papers is the deadline of every report."""
        return self.of_tier(Subgroup.Tier.MANAGEMENT_GROUP)

    def of_tier(self, tier: str):
        return self.standing().filter(subgroup__tier=tier).select_related("subgroup")

    def standing(self):
        return self.filter(called_off=False)

    def closed(self):
        """Their papers have closed."""
        return self.filter(papers_close__lte=clock.now())

    def begun(self):
        """Their day has come; the latest first."""
        return self.standing().filter(date__lte=clock.today()).order_by("-date")

    def held(self):
        """Of those, today's, and where somebody was present."""
        present = Attendance.objects.filter(meeting=OuterRef("pk"), present=True)
        return self.begun().filter(Q(date=clock.today()) | Exists(present))

    def unrecorded(self):
        """Their day has come, and nobody's attendance is on record."""
        return self.begun().filter(attendances=None)

    def coming(self):
        return self.standing().filter(date__gt=clock.today()).order_by("date")

    def to_hold(self) -> Meeting | None:
        """Today's, or else the next one."""
        return self.filter(date__gte=clock.today()).order_by("date").first()


class Meeting(Tracked):
    subgroup = models.ForeignKey(Subgroup, models.PROTECT, related_name="meetings", verbose_name="Body")
    date = models.DateField()
    papers_close = models.DateTimeField()
    note = FreeText(max_length=200, blank=True)
    called_off = models.BooleanField("called off", default=False)

    objects = MeetingQuerySet.as_manager()
    history = History()

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["subgroup", "date"],
                name="one_meeting_of_a_body_a_day",
                violation_error_message="That body meets on that day already.",
            )
        ]

    def __str__(self):
        return f"{self.subgroup}, {day(self.date)}"

    def get_absolute_url(self):
        return reverse("meeting_detail", args=[self.subgroup.slug, self.date])

    def clean(self):
        if self.papers_close and self.date and timezone.localdate(self.papers_close) > self.date:
            raise ValidationError({"papers_close": "Papers close before the meeting, not after it."})

    def concerns(self):
        return {"subgroup": self.subgroup_id}

    @property
    def papers_closed(self) -> bool:
        return self.papers_close <= clock.now()

    @property
    def decides(self) -> bool:
        """The Executive and the Management Group decide; a subgroup reports."""
        return self.subgroup.tier != Subgroup.Tier.SUBGROUP

    @property
    def present(self) -> list[Partner]:
        return [attendance.partner for attendance in self.attendances.all() if attendance.present]

    @property
    def is_quorate(self) -> bool:
        """All three safeguarding partners are present."""
        return Partner.are_quorate(self.present)

    def next_held(self) -> Meeting | None:
        """The meeting this body has held, or holds today, after this one."""
        return self.subgroup.meetings.held().filter(date__gt=self.date).last()

    def check_open(self) -> None:
        """Decisions are entered at the meeting, or until the body meets again.

        Raises:
            ValidationError: it has not begun, nobody's attendance is on record, or the body has met since.
        """
        if self.called_off:
            raise ValidationError(f"The meeting of {day(self.date)} was called off.")
        if self.date > clock.today():
            raise ValidationError(f"The meeting of {day(self.date)} has not been held yet.")
        if later := self.next_held():
            raise ValidationError(
                f"The {self.subgroup} has met since, on {day(later.date)}: enter it at that meeting."
            )
        if not self.present:
            raise ValidationError("Record first which partners are present.")


class Attendance(Tracked):
    """Whether a partner was present at a meeting."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    present = models.BooleanField(default=False)

    part_of = ("meeting",)
    history = History()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "partner"], name="a_partner_attends_a_meeting_once")
        ]

    def __str__(self):
        return f"{self.partner} at {self.meeting}"
