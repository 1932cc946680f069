"""What goes in and out of surveys (满意度测评)."""

from typing import Annotated

from pydantic import Field, model_validator

from domain.survey_sheets import LONGEST_TEXT
from models.enums import QuestionKind, SurveyState
from web.api.shapes import Asked, Moment, Shown, Words

_LARGEST_ID = 2**31 - 1
_MOST_ANSWERS = 200
_MOST_CHOICES = 20


class SurveyRow(Shown):
    """A survey in the list."""

    code: str = Field(description="代码", examples=["x3Qm7vYq0cUu"])
    title: str = Field(description="标题", examples=["秋季学期后勤服务测评"])
    words: str = Field(description="写在题目上面的话", examples=["大约两分钟。"])
    state: SurveyState = Field(description="open 进行中、closed 已结束", examples=["open"])
    done: bool = Field(
        description="进行中：您是否交过答卷。结束以后谁也查不出来，总是 false", examples=[False]
    )
    minutes: int = Field(description="大约要几分钟", examples=[2])
    closes_at: Moment | None = Field(
        description="什么时候截止；null 没有定", examples=["2026-12-01T18:00:00+08:00"]
    )
    closed_at: Moment | None = Field(description="什么时候结束的", examples=[None])
    results_public: bool = Field(description="结束以后能不能看结果", examples=[True])


class Surveys(Shown):
    """The surveys that concern somebody."""

    open: list[SurveyRow] = Field(description="进行中、请您评的，先截止的在前")
    over: list[SurveyRow] = Field(description="已结束、结果公开的，最近的在前，最多 20 份")


class QuestionOut(Shown):
    """One question."""

    id: int = Field(description="交答卷时放进 question", examples=[31])
    kind: QuestionKind = Field(
        description="stars 打星（1–5）、single 单选、multiple 多选、text 文字", examples=["single"]
    )
    title: str = Field(description="题目", examples=["排队多久"])
    required: bool = Field(description="是否必答", examples=[True])
    options: list[str] = Field(description="单选、多选的选项；第一项的编号是 1", examples=[["很短", "很长"]])


class SurveySectionOut(Shown):
    """A part of a survey."""

    id: int = Field(description="跳过时放进 skipped", examples=[7])
    title: str = Field(description="标题", examples=["食堂就餐"])
    skippable: bool = Field(description="没有用过这项服务的人能不能整个跳过", examples=[True])
    questions: list[QuestionOut] = Field(description="题目")


class SurveyOut(SurveyRow):
    """A survey with all that it asks."""

    longest_text: int = Field(description="文字题最多几个字", examples=[LONGEST_TEXT])
    star_labels: list[str] = Field(
        description="一到五星各叫什么", examples=[["很不满意", "不满意", "一般", "满意", "很满意"]]
    )
    sections: list[SurveySectionOut] = Field(description="各部分")


class AnswerIn(Asked):
    """What somebody answers to one question."""

    question: int = Field(ge=1, le=_LARGEST_ID, description="题目的 id", examples=[31])
    choices: list[Annotated[int, Field(ge=1, le=_LARGEST_ID)]] = Field(
        default=[], max_length=_MOST_CHOICES, description="几星，或选项的编号（从 1 开始）", examples=[[1]]
    )
    words: Words = Field(default="", max_length=LONGEST_TEXT * 4, description="文字题的回答", examples=[""])


class SheetIn(Asked):
    """A filled-in sheet."""

    answers: list[AnswerIn] = Field(
        default=[], max_length=_MOST_ANSWERS, description="每题一个，没有答的不放"
    )
    skipped: list[Annotated[int, Field(ge=1, le=_LARGEST_ID)]] = Field(
        default=[], max_length=_MOST_CHOICES, description="跳过的部分的 id", examples=[[]]
    )

    @model_validator(mode="after")
    def _each_once(self) -> "SheetIn":
        asked = [answer.question for answer in self.answers]
        if len(set(asked)) < len(asked):
            raise ValueError("answers 里每题只能有一个")
        return self


class SheetTaken(Shown):
    """What became of a sheet."""

    counted: bool = Field(
        description="true 收下了；false 您以前交过一份，以那份为准（重发也这样回答）", examples=[True]
    )


class BarOut(Shown):
    """How often one answer was given."""

    label: str = Field(description="选项，或几星", examples=["很短"])
    count: int = Field(description="几人", examples=[31])
    percent: int = Field(description="占回答这题的人的百分之几", examples=[62])


class QuestionResultOut(Shown):
    """What came out of one question."""

    title: str = Field(description="题目", examples=["排队多久"])
    kind: QuestionKind = Field(description="怎么回答的", examples=["single"])
    people: int | None = Field(description="几人回答；太少而不公布时、文字题为 null", examples=[50])
    mean: float | None = Field(description="打星题的平均分；不公布时为 null", examples=[None])
    percent_good: int | None = Field(description="打星题里四、五星占百分之几", examples=[None])
    bars: list[BarOut] = Field(description="各选项；不公布时为空")
    texts: list[str] = Field(description="经审核公开的文字意见", examples=[[]])


class SectionResultOut(Shown):
    """What came out of one part."""

    title: str = Field(description="标题", examples=["食堂就餐"])
    mean: float | None = Field(description="这部分打星题的平均分；太少而不公布时为 null", examples=[4.2])
    questions: list[QuestionResultOut] = Field(description="各题")


class ResultsOut(Shown):
    """What came out of a survey."""

    code: str = Field(description="代码", examples=["x3Qm7vYq0cUu"])
    title: str = Field(description="标题", examples=["秋季学期后勤服务测评"])
    opened_at: Moment = Field(description="开始时间", examples=["2026-11-01T09:00:00+08:00"])
    closed_at: Moment = Field(description="结束时间", examples=["2026-11-20T18:00:00+08:00"])
    counted: int = Field(description="收到几份答卷", examples=[50])
    enough: bool = Field(description="够不够公布；false 时 sections 为空，免得猜出是谁答的", examples=[True])
    smallest: int = Field(description="不足这么多人的不公布", examples=[10])
    invited: int | None = Field(description="邀请了几人；不公布时为 null", examples=[200])
    took_part: int | None = Field(description="其中几人参与；不公布时为 null", examples=[50])
    sections: list[SectionResultOut] = Field(description="各部分的结果")
