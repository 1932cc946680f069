"""How far the check of something a person wrote has come."""

from models.enums import Word


class CheckState(Word):
    """What is known of it; all but PASSED and RELEASED keep it from the public."""

    WAITING = "waiting", "内容检查中"
    ASKED = "asked", "内容检查中，等微信的结果"
    PASSED = "passed", "内容检查通过"
    RISKY = "risky", "内容检查未通过，等工作人员看"
    REVIEW = "review", "等工作人员看"
    RELEASED = "released", "工作人员已放行"
    WITHHELD = "withheld", "工作人员决定不公开"
