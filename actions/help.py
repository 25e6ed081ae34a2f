"""What the help pages say: what each role does here, what words mean.

It is read from the tables that the pages work by, and gets words here. gscp/permissions.py says who may do
what, actions/models/chain.py what can be asked and what can happen to it, actions/rules.py what is off plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actions.models import Action, BusinessPlan, PlanDecision
from actions.models.chain import ENTERED_FOR_CHAIR, MOVES, TERMS, Kind, Move, State, Terms
from gscp import permissions
from gscp.permissions import PostHolder
from subgroups.models import Group

# What each permission lets somebody do. Each is in gscp/permissions.py, which says who has it on what.
PERMISSIONS = {
    "read": "Read every page, and every change that was ever made.",
    "report": "Report on an action: what was done, and what difference it made for children. "
    "If nothing has changed, send a nil return.",
    "ask": "Ask for a decision on an action. The list below says for what.",
    "take_back": "Take back what was asked on an action, while it is not decided.",
    "change_request": "Change what you asked for, until papers close for the meeting that decides it.",
    "correct_update": "Correct a report of yours. It counts from its first day, and both stay on record.",
    "confirm": "Confirm what the Business Manager entered for you or your group, or say that it is not so.",
    "enter_decision": "Open the form of a decision, at the meeting that takes it.",
    "decide": "Enter what your group decided. "
    "Nobody decides on what they asked for, or on an action that they lead.",
    "check_impact": "Check, after an action is complete, what difference it made.",
    "add_evidence": "Add evidence: a link or a file that shows what was done, or what difference it made.",
    "look_at_evidence": "Say that you looked at evidence from the groups below, and what you found.",
    "agree": "Agree to a decision that another post of your group took on its own action.",
    "accept_holder": "Accept somebody who comes into a post of your group. Until then they only read.",
    "keep_plan": "Keep the plan: its draft, its publication, new and changed actions, and its end.",
    "answer_recommendation": "Answer what a review recommends to your agency.",
    "keep_register": "Keep the register of your group: audits, training, escalations.",
    "supply_readings": "Enter the figures of your group’s scorecard.",
    "correct_reading": "Correct a figure of the scorecard. Both stay on record.",
    "confirm_readings": "Confirm figures of the scorecard that somebody else entered.",
    "keep_measures": "Keep the measures of your group: what they say, and their targets.",
    "keep_meetings": "Record meetings, the day when papers close, and who was there.",
    "keep_partnership": "Keep the partners, the groups, the posts and who holds them.",
    "ask_redaction": "Ask for a text to be taken out of the record, if it could point to a child.",
    "consent_to_redaction": (
        "Agree that a text is taken out, if you have held your post since before it was asked for."
    ),
    "decide_redaction": "Agree or refuse when the Business Manager asks for a text to be taken out.",
}
# Of the Business Manager, who reports, asks and decides for others only.
FOR_A_CHAIR = {
    "report": "Report for a chair who cannot. The chair confirms it later.",
    "ask": "Ask for a decision for a chair who cannot. No group can agree before the chair confirms.",
    "change_request": "Change what you asked for a chair, until the chair confirms it or papers close.",
    "correct_update": "Correct a report for a chair. The chair confirms the correction.",
    "decide": "Enter what a group decided, for its chair. The chair confirms it later.",
    "add_evidence": "Add evidence for a chair: a link or a file.",
    "supply_readings": "Enter the figures of a scorecard for a chair. Somebody else confirms them.",
    "keep_measures": "Keep the measures of each group: what they say, and their targets.",
    "answer_recommendation": "Enter what an agency answers to a recommendation.",
}
CHAIR = (
    "read", "report", "correct_update", "ask", "change_request", "take_back", "confirm", "add_evidence",
    "keep_register", "supply_readings", "correct_reading", "confirm_readings", "keep_measures",
)  # fmt: skip
DECIDING_CHAIR = (
    *CHAIR, "enter_decision", "decide", "check_impact", "look_at_evidence", "agree", "accept_holder",
)  # fmt: skip


@dataclass(frozen=True)
class Role:
    """One kind of reader: those whose home page is `home` (see HOMES in gscp/permissions.py)."""

    slug: str
    title: str
    home: str  # name of the URL
    summary: str
    steps: tuple[str, ...]  # what to do, in order
    first_minutes: tuple[str, ...]  # the same in the demonstration
    permissions: tuple[str, ...]
    holds: Callable[[PostHolder], bool]

    @property
    def home_title(self) -> str:
        return next(text for _, text, name in permissions.HOMES if name == self.home)

    @property
    def acts_for_chairs(self) -> bool:
        return self.slug == "business-manager"

    @property
    def may(self) -> list[str]:
        own_words = FOR_A_CHAIR if self.acts_for_chairs else {}
        return [own_words.get(name, PERMISSIONS[name]) for name in self.permissions]

    @property
    def may_ask(self) -> list[Terms]:
        return list(TERMS.values()) if "ask" in self.permissions else []

    @property
    def moves(self) -> list[Move]:
        """What this role can do with something that was asked."""
        own = [move for move in MOVES if move.permission in self.permissions]
        return [move for move in own if move.name in ENTERED_FOR_CHAIR or not self.acts_for_chairs]


ROLES = [
    Role(
        "scrutineer",
        "Independent Scrutineer",
        "scrutiny",
        "You read everything and change nothing. The database itself refuses to write for you.",
        steps=(
            "See on your first page whether the whole record was checked, and what was found.",
            "Write down the seal of the record. It shows later whether anything was changed.",
            "Compare two meetings to see what moved: ratings, dates, and what was entered late.",
            "Open any page as it stood on an earlier day.",
        ),
        first_minutes=(
            "Choose “Check the whole record now”, and read the answer.",
            "Open the change history. Each line says who did what, when and why.",
            "Compare the Management Group’s meetings of December and March: what moved, what came late.",
        ),
        permissions=("read",),
        holds=permissions.is_scrutineer,
    ),
    Role(
        "top-group",
        "Chair or vice-chair of the group at the top",
        "decisions",
        "Your group takes the last decisions. What the groups below cannot decide comes to you.",
        steps=(
            "Before the meeting, read what is asked, with its reasons.",
            "At the meeting, the Business Manager first records who is there.",
            "Enter what you decided, with the reason.",
            "If it is about an action of your own group, the holder of another post of it must agree.",
        ),
        first_minutes=(
            "Look at what was entered for you to confirm, and at what waits for your group.",
            "Open one and read its reasons and its way through the groups.",
            "Open a meeting that was held and see what was decided there.",
        ),
        permissions=(*DECIDING_CHAIR, "decide_redaction", "consent_to_redaction"),
        holds=permissions.chairs_top_group,
    ),
    Role(
        "deciding-group",
        "Chair of a group that decides",
        "exceptions",
        "Your group looks at what is off plan and decides what the groups below ask for.",
        steps=(
            "Look at what waits for your group, and at what is off plan that nobody asked about.",
            "Report on the actions that your own group answers for, before papers close.",
            "At the meeting, the Business Manager first records who is there.",
            "Enter each decision, with the reason. Send up what your group may not decide.",
        ),
        first_minutes=(
            "See what waits for your group, and open the first one.",
            "See which actions are off plan, and why.",
            "Open the next meeting: it lists what will be decided there.",
        ),
        permissions=(*DECIDING_CHAIR, "answer_recommendation"),
        holds=permissions.chairs_a_deciding_group,
    ),
    Role(
        "business-manager",
        "Business Manager",
        "missing",
        "You keep the meetings, the posts and the groups. You do not report, ask or decide yourself, "
        "but you may enter what a chair told you.",
        steps=(
            "In a new partnership, follow the steps of your first page until a plan is published.",
            "Record each meeting, and the day when its papers close.",
            "Write the plan as a draft. It is published once a meeting has adopted it.",
            "When its year ends, enter what becomes of each open action. Then close the plan.",
            "Before papers close, see who has not reported and remind them.",
            "At a meeting, record who is there. Until then no decision can be entered.",
            "When a person leaves a post, record who takes it over.",
        ),
        first_minutes=(
            "See what is still to do, and open the first line.",
            "Open the plans: see which one is live, and whether the next one is drafted.",
            "Open the meetings: see which come next, and when their papers close.",
            "Open a post and see who held it, and since when.",
        ),
        permissions=(
            "read",
            "report",
            "correct_update",
            "ask",
            "change_request",
            "enter_decision",
            "decide",
            "add_evidence",
            "keep_plan",
            "answer_recommendation",
            "keep_register",
            "supply_readings",
            "correct_reading",
            "confirm_readings",
            "keep_measures",
            "keep_meetings",
            "keep_partnership",
            "ask_redaction",
        ),
        holds=permissions.is_business_manager,
    ),
    Role(
        "chair",
        "Chair of a subgroup, or lead of an action",
        "due",
        "You say how the actions of your group are going. If one cannot be kept, you say so and ask.",
        steps=(
            "Before papers close, report on each action that is due from you.",
            "If nothing has changed, send a nil return. Saying nothing shows as “no update”.",
            "If a date cannot be kept, ask for a new one as soon as you know.",
            "When an action is done, propose completion. Somebody else accepts it.",
        ),
        first_minutes=(
            "Look at the actions that are due from you, and open one.",
            "Report on it: say what was done and what difference it made.",
            "Sign in as the Scrutineer: the change history begins with what you wrote.",
        ),
        permissions=(*CHAIR, "answer_recommendation"),
        holds=permissions.is_chair | permissions.leads_an_action,
    ),
    Role(
        "reader",
        "Holder of another post",
        "plan_current",
        "You read what the partnership shares. Chairs and the Business Manager write.",
        steps=("Open the plan, choose an action and read how it is going.",),
        first_minutes=(
            "Open the plan and choose an action.",
            "Open the change history and see who wrote what.",
        ),
        permissions=("read",),
        holds=permissions.holds_a_post,
    ),
]


def role_of(user: PostHolder) -> Role:
    # The first that fits, as the first page of each is (permissions.home_of).
    return next(role for role in ROLES if role.holds(user))


STATUSES = {
    Action.Status.NOT_STARTED: "No progress has been reported yet.",
    Action.Status.IN_PROGRESS: "Work is going on.",
    Action.Status.PROPOSED_COMPLETE: "The chair says it is done. Somebody else has to accept that.",
    Action.Status.COMPLETE: "It is done, and that was accepted.",
    Action.Status.WITHDRAWN: "It will not be done. The reason is on record.",
    Action.Status.CARRIED_FORWARD: "It goes on in a later plan, with its first date.",
    Action.Status.MERGED: "It goes on as a part of another action.",
    Action.Status.SPLIT: "It goes on as two or more actions, with its first date.",
    Action.Status.DISCARDED: "It was in a draft and is in no plan now. It stays on record.",
}
STATES = {
    State.WAITING: "A group has to decide on it.",
    State.RETURNED: "The group asked the chair a question first.",
    State.GRANTED: "The group agreed.",
    State.REFUSED: "The group did not agree.",
    State.DONE: "The group agreed, and it has been carried out.",
    State.TAKEN_BACK: "Who asked for it no longer wants it.",
    State.LAPSED: "A decision on the action left nothing to decide. If that is corrected, it stands again.",
}
KINDS = {
    Kind.EXCEPTION: "An action is off plan, and a chair asks a group to decide what to do.",
    Kind.NEW_DATE: "The date cannot be kept, and a chair asks for another one.",
    Kind.COMPLETION: "A chair says that an action is done and shows the evidence.",
    Kind.REOPENING: "An action was closed, but there is more to do.",
    Kind.WITHDRAWAL: "An action should no longer be done.",
}
PLAN_STATES = {
    BusinessPlan.Status.DRAFT: "It is being written. Everybody can read it, and nobody reports on it.",
    BusinessPlan.Status.LIVE: "It is published, and the groups report on it.",
    BusinessPlan.Status.CLOSED: "Its year is over, and no action of it is open.",
    BusinessPlan.Status.DISCARDED: "A draft that was begun by mistake. It is on no list and stays on record.",
}
PLAN_DECISIONS = {
    PlanDecision.Kind.PUBLICATION: "A meeting adopted a draft: from then on its words are as published.",
    PlanDecision.Kind.AMENDMENT: "A meeting agreed to change an action. The published words stay beside it.",
    PlanDecision.Kind.ADDITION: "A meeting agreed a new action. It joins the plan once its chair confirms.",
    PlanDecision.Kind.ENDING: "A meeting decided what becomes of an action when its year ends.",
    PlanDecision.Kind.CLOSING: "A meeting decided that a plan is closed: nobody changes it any more.",
    PlanDecision.Kind.ANSWERS: "A meeting agreed what the agencies answer to a review.",
    PlanDecision.Kind.OUTCOME: "A meeting closed a recommendation of a review, or opened it again.",
}
DECISION_STATES = {
    PlanDecision.State.WAITING: "It was entered, and counts once the chair of that group confirms it.",
    PlanDecision.State.IN_FORCE: "The chair confirmed it.",
    PlanDecision.State.TAKEN_BACK: "It was a mistake, or its chair said that it is not so. It never counted.",
}
GLOSSARY = {
    "Action": "One row of the plan: something that one or more partners said they would do.",
    "Adopted": "A meeting said that a draft is its plan. It is published once the chair confirms that. "
    "The group that adopted the last plan adopts the next one. The first one is for the group at the top.",
    "Agreed date": "The date that counts now. It is the original date until a meeting agrees a new one.",
    "As it stood": "The record as it was at an earlier moment, with the names of then.",
    "Blocked": "Something is in the way. The update says what, and who can remove it.",
    "Carried forward": "It goes on in the next plan with its dates. What is still asked of it lapses.",
    "Change history": "Every change there ever was: who made it, when, from which post and why.",
    "Closed": "A plan whose year is over. All of it can still be read, and nobody changes it.",
    "Discarded": "A draft that was begun by mistake and never adopted. The record keeps it.",
    "Draft": "A plan that is still being written. Nobody reports on it yet.",
    "Escalate": "Send it up: the next group above decides.",
    "Evidence": "A link to a paper that shows that the work was done.",
    "Exception": "An action is off plan and needs a decision. A chair asks, or a rule shows it.",
    "Forecast": "The date when the chair now thinks it will be done. It does not move the agreed date.",
    "Group at the top": "The group above all others. It takes the last decisions.",
    "Impact": "What difference the work made for children. It is not the same as what was done.",
    "Independent Scrutineer": "Somebody from outside the partners who reads everything and changes nothing.",
    "Late": "The agreed date has passed and the action is not complete. A report is late after papers close.",
    "LCSPR": "Local Child Safeguarding Practice Review: it looks at what can be learned from a serious case.",
    "Merged": "One action became a part of another one, which goes on.",
    "Nil return": "A chair says on purpose that there is nothing new. It is not the same as silence.",
    "No update": "Nobody has reported for this meeting. It does not mean that nothing was done.",
    "Not in force": "It was decided, but does not count until a meeting with enough partners agrees it.",
    "Off plan": "A rule shows that something needs to be looked at. The rules are on a page of their own.",
    "Original date": "The first date that an action had. It always stays in view.",
    "Owner not in place": "The group that should do it does not exist yet. The group above acts for it.",
    "Papers": "What a meeting reads. They show the record as it stood when papers closed.",
    "Papers close": "The time after which a report is late for the meeting. You can still send it.",
    "Partner": "A body of the partnership, such as the council, the police or the health service.",
    "Post": "A seat, such as chair of a group. People come and go, and the post stays.",
    "Priority": "How much an action matters. In a published plan it changes only as a meeting agreed.",
    "Proposed": "A new action that a meeting agreed. It joins the plan once the chair confirms it.",
    "Quorate": "Enough partners were there for decisions to count. Each group has its own rule.",
    "Rating": "Green, amber or red: how the work is going while it goes on. Green does not mean finished.",
    "Re-dated": "A meeting agreed a new date. The original date stays beside it.",
    "Recommendation": "What a review says should change. It stays open until a meeting closes it.",
    "Redaction": "A text is taken out of the record for good. Two people have to agree, and a note stays.",
    "Review date": "For work that has no end: the date when to check that it is still needed.",
    "Seal of the record": "A short code. Whoever wrote it down can tell later whether anything was changed.",
    "Slip": "A word or a number that was typed or printed wrongly. It is put right with a reason. "
    "At least half of the words stay the same.",
    "Split": "One action became two or more, which go on.",
    "Status": "Where an action stands, from not started to complete. It is not the rating.",
    "Strategic driver": "Why an action is in the plan: a law, a review, an audit or a duty.",
    "Subgroup": "A group that does a part of the work and reports to the group above.",
    "Update": "A report on an action. It is never changed. A correction is a new one that stands beside it.",
    "Vacant": "Nobody holds the post today.",
}
OF_SCORECARDS = {
    "Baseline": "The figures that the mean and the limits come from. "
    "When the work has changed, a meeting can begin a new baseline.",
    "Different from usual": "A figure is beyond a limit, or one of several in a row that go the same way. "
    "There is likely to be a reason.",
    "Figure": "What was counted in one period. It is never changed. A correction stands beside it.",
    "Limits": "Two lines, one above the mean and one below it. Most figures lie between them. "
    "They are worked out once there are 13 figures under one definition.",
    "Mean": "The middle of all figures: add them up, and divide by how many there are.",
    "Measure": "What a group counts again and again, to see whether things get better.",
    "Needs a word": "Somebody should say something about this measure. One of the rules has found it.",
    "Period": "The month, the quarter or the year that a figure is about.",
    "Register": "The page where a group writes down its audits, training and escalations, as numbers alone.",
    "Scorecard": "The page with all measures of a group.",
    "Target": "The figure that a group wants to reach. It can be another one later in the year.",
    "Tolerance": "How far from its target a figure can be and still be all right.",
}
# In the place of a figure.
LETTERS = {
    "[c]": "The number is from 1 to 5, or could give such a number away. It could point at a child, "
    "so it is hidden in papers and files.",
    "[x]": "Not supplied. Somebody should have given this figure and did not.",
    "[z]": "Not applicable. There is no such figure to give.",
    "0": "Zero. It was counted, and there was none.",
}
NEVER = (
    "the name or the initials of a child or of anybody in a family",
    "a date of birth, or an age together with a place or a school",
    "an address or a postcode of a home",
    "a number of a case, a pupil or a patient (NHS, UPN or case number)",
    "what happened in one case, even without a name",
)
INSTEAD = (
    "a count: “12 of 15 cases”",
    "a theme: “late sharing between agencies”",
    "a stage: “two stand at stage 3”",
    "a date of a meeting or of an audit",
)


def groups_of(role: Role, groups: list[Group]) -> list[Group]:
    """The groups whose chairs have this role: as gscp/permissions.py asks, in the order of HOMES."""
    if role.slug == "top-group":
        return [group for group in groups if group.is_top]
    if role.slug == "deciding-group":
        return [group for group in groups if group.decides() and not group.is_top]
    if role.slug == "chair":
        return [group for group in groups if not group.decides() and not group.last_day]
    return []


def labelled(meanings: dict[Any, str]) -> list[tuple[str, str]]:
    return [(choice.label, meaning) for choice, meaning in meanings.items()]
