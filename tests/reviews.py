"""A review on record, for tests of other things."""

from actions.models import AgencyAnswer, Recommendation, RecommendedAction
from subgroups.models import Partner


def review_things(on_record, action) -> dict[str, int]:
    """A recommendation to the council, from which an action comes."""
    with on_record():
        driver = action("005").driver
        recommendation = Recommendation(driver=driver, number="9", text="Ask children", scope="local")
        recommendation.save()
        council = Partner.objects.get(kind="council")
        answer = AgencyAnswer(recommendation=recommendation, partner=council)
        answer.save()
        named = RecommendedAction(recommendation=recommendation, action=action("005"))
        named.save()
    return {
        "review": driver.pk,
        "recommendation": recommendation.pk,
        "agency_answer": answer.pk,
        "recommended_action": named.pk,
    }
