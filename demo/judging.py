"""What becomes of a complaint after the work: judged, sent back, opened again, shown to all."""

from demo.lives import Course, Life
from demo.stories import words
from domain import complaints, release
from models.enums import AttachmentPurpose

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
    """Show some of them to everybody, in words of the desk and with a photo of what was done."""
    text = life.story.public_text or f"有同学反映：{life.case.text}"
    answer = "" if life.story.public_text else life.story.result
    if len(text) > _LONGEST_PUBLIC or life.case.anonymous or not (life.story.public_text or life.one_in(3)):
        return
    yield from life.working(30, 500)
    release_as(life, text, answer)


def publish_open(life: Life) -> Course:
    """Show what is still being worked on, so that others can say that they met it too."""
    if life.case.anonymous or not life.one_in(2):
        return
    yield from life.working(10, 60)
    release_as(life, f"有同学反映：{life.case.text}", "")


def release_as(life: Life, text: str, answer: str) -> None:
    """Release it, unless it seems to tell who somebody is."""
    photos = release.original_of(life.session, life.complaint).photos
    after = [photo.id for photo in photos if photo.purpose is AttachmentPurpose.AFTER]
    wish = release.Wish(text, answer, after[:1])
    if not release.details_in(wish):
        release.release(life.session, life.complaint, wish, confirmed=False, staff=life.desk, now=life.now)
