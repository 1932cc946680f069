"""How alike two texts are, by the words they share; the tokens are those of the search."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.orm import Session

from domain.search_index import has_words
from domain.search_words import SearchWord, folded, tokens_of
from models.complaint import Complaint
from models.complaint_search import ComplaintSearch
from models.staff import Staff

# So many tokens of a text are looked up, and so many complaints are taken for each: that bounds the cost.
_MOST_TOKENS = 24
_MOST_FOR_EACH = 30
_LONGEST = 600
# They stand in complaints about anything.
_SAYS_NOTHING = frozenset(
    (
        "我们", "你们", "他们", "大家", "这个", "那个", "这里", "那里", "什么", "怎么", "可以", "没有",
        "一下", "一个", "一直", "已经", "还是", "就是", "因为", "所以", "但是", "现在", "今天", "昨天",
        "明天", "老师", "同学", "学校", "希望", "谢谢", "麻烦", "请问", "问题", "解决", "处理", "反映",
        "时候", "有点", "非常", "真的", "一次", "几次", "几天", "好几", "不能", "不是", "能不", "是不",
        "每次",
    )
)  # fmt: skip


# A pair with one of them in it is no word.
_JOINTS = frozenset("的了是在就都也很我你他她它这那吗呢啊吧着过又还和跟把被给让从到个上下没不")


def telling_tokens(text: str) -> set[str]:
    """Give the tokens by which a text can be told from others."""
    tokens = tokens_of(text[:_LONGEST])
    return {
        token
        for token in tokens
        if len(token) > 1 and token not in _SAYS_NOTHING and not _JOINTS.intersection(token)
    }


def text_of(complaint: Complaint) -> str:
    """Give the words in which the person told it, with the place in their own words."""
    return f"{complaint.text}\n{complaint.place_text}"


def ids_sharing_words(
    session: Session, text: str, *, staff: Staff, conditions: Sequence[ColumnElement[bool]]
) -> set[int]:
    """Find complaints that share a word with a text: for each of some words, those raised last.

    Args:
        staff: who asks.
        conditions: on Complaint, for those that count.
    """
    looked_up = _spread(sorted(telling_tokens(text), key=folded(text).find))
    if not looked_up:
        return set()
    found = [
        select(Complaint.id)
        .join(ComplaintSearch, ComplaintSearch.complaint_id == Complaint.id)
        .where(has_words(session, [SearchWord(token, (token,))], staff=staff), *conditions)
        .order_by(Complaint.id.desc())
        .limit(_MOST_FOR_EACH)
        .subquery()
        for token in looked_up
    ]
    return set(session.scalars(union_all(*(select(one.c.id) for one in found))))


def _spread(tokens: Sequence[str]) -> Sequence[str]:
    """Thin tokens out evenly, so that the end of a long text counts as much as its beginning."""
    if len(tokens) <= _MOST_TOKENS:
        return tokens
    return [tokens[index * len(tokens) // _MOST_TOKENS] for index in range(_MOST_TOKENS)]


class Likeness:
    """Compares one text with several; a word that few of them have weighs more.

    Args:
        text: the one.
        others: the several, by any key.
    """

    def __init__(self, text: str, others: Mapping[int, str]) -> None:
        self._tokens = telling_tokens(text)
        self._others = {key: telling_tokens(other) for key, other in others.items()}
        self._seen = Counter(token for tokens in self._others.values() for token in tokens)

    def _weight(self, tokens: Iterable[str]) -> float:
        total = len(self._others)
        return sum(math.log(1 + (total + 1) / (1 + self._seen[token])) for token in tokens)

    def with_(self, key: int) -> float:
        """Give how alike the text and another are: 0 for not at all, 1 for the same words."""
        other = self._others[key]
        both = self._weight(self._tokens) + self._weight(other)
        return 2 * self._weight(self._tokens & other) / both if both else 0.0


def shared_runs(text: str, other: str, *, most: int = 3) -> list[str]:
    """Give the longest runs of characters that two texts share, such as 漏水, to say why they are alike."""
    plain, inside = folded(text[:_LONGEST]), folded(other[:_LONGEST])
    shared = telling_tokens(text) & telling_tokens(other)
    runs: dict[str, None] = {}
    start = 0
    while start < len(plain):
        end = start + 1
        while end <= len(plain) and plain[end - 1].isalnum() and plain[start:end] in inside:
            end += 1
        run = plain[start : end - 1].strip("".join(_JOINTS))
        if any(token in run for token in shared):
            runs.setdefault(run)
        start = max(end - 1, start + 1)
    told: list[str] = []
    for run in sorted(runs, key=len, reverse=True):
        if not any(run in longer for longer in told):
            told.append(run)
    return told[:most]
