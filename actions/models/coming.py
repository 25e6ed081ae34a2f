"""What comes into a draft once a chair confirms it: earlier actions that go on in what it copied of them."""

from actions.models.copying import all_begun_in
from actions.models.ending import ActionEnding, Successor
from actions.models.plan import BusinessPlan


def ends_to_come(plan: BusinessPlan) -> dict[int, ActionEnding]:
    """By the keys of the plan's actions, how each earlier action ends that would go on in it.

    Six queries, however many they are.
    """
    waiting = Successor.objects.waiting().filter(to_plan=plan, to_action=None)
    endings = {
        one.ending.action_id: one.ending for one in waiting.select_related("ending__decision__meeting__group")
    }
    begun = all_begun_in(plan, [ending.action for ending in endings.values()])
    return {begun[key].pk: ending for key, ending in endings.items() if key in begun}
