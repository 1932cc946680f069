"""What becomes of a complaint after the work: judged, sent back, opened again, shown to all."""

from demo.lives import Course, Life
from demo.stories import words
from domain import complaints

_LONGEST_PUBLIC = 180


def rate(life: Life) -> Course:
    """Have the person judge, content by and large."""
    yield from life.awake(0.5, 60)
    stars = life.chance.choices((5, 4, 3), weights=(56, 32, 12))[0]
    pool = {5: words().five_stars, 4: words().four_stars, 3: words().three_stars}[stars]
    if stars > 3 and life.story.liked and not life.one_in(3):
        pool = life.story.liked
    said = life.chance.choice(pool)
    complaints.rate(life.session, life.complaint, solved=True, stars=stars, words=said, **life.by_reporter())


def send_back(life: Life) -> Course:
    """Have the person judge that it is not solved."""
    yield from life.awake(2, 22)
    said = life.story.disliked or life.chance.choice(words().bad)
    solved, stars = life.one_in(4), life.chance.choice((1, 1, 2))
    complaints.rate(
        life.session, life.complaint, solved=solved, stars=stars, words=said, **life.by_reporter()
    )


def open_again(life: Life) -> Course:
    """Have the person open it again some days after it was closed."""
    yield from life.awake(80, 200)
    said = life.chance.choice(words().reopened)
    complaints.reopen(life.session, life.complaint, words=said, **life.by_reporter())


def publish(life: Life) -> Course:
    """Show some of them to everybody, in words of the desk."""
    told = f"有同学反映：{life.case.text}处理结果：{life.story.result}"
    text = life.story.public_text or (told if len(told) <= _LONGEST_PUBLIC else "")
    if not text or life.case.anonymous or not (life.story.public_text or life.one_in(6)):
        return
    yield from life.working(30, 500)
    complaints.publish(life.session, life.complaint, public_text=text, **life.by(life.desk))
