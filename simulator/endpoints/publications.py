"""Publishing: a draft becomes pages that anybody can read; nobody is told of it.

https://developers.weixin.qq.com/doc/subscription/api/public/api_freepublish_submit.html
https://developers.weixin.qq.com/doc/subscription/api/public/api_freepublish_get.html
"""

import secrets
from typing import Any

from simulator import packet_kinds
from simulator.account_rows import Publication
from simulator.endpoints.drafts import need_draft, read_page
from simulator.errors import ApiError
from simulator.mass_sending import HELPER
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.simulator import Simulator

UNDER_WAY, DONE, DELETED = 1, 0, 5


def submit(call: Call) -> Answer:
    """Take a draft for publishing; the result comes later."""
    draft = need_draft(call, call.json.get("media_id"))
    simulator, state = call.simulator, call.simulator.state
    if any(job.media_id == draft.media_id and job.status == UNDER_WAY for job in state.publications):
        raise ApiError(53503)
    number = simulator.dispatch.next_message_id()
    now = simulator.clock.now()
    publication = Publication(
        publish_id=str(number % 10**10),
        media_id=draft.media_id,
        article_id=secrets.token_urlsafe(32),
        article_keys=list(draft.article_keys),
        status=UNDER_WAY,
        created_at=now,
        updated_at=now,
    )
    state.publications.put(publication.publish_id, publication)
    simulator.later(simulator.settings.job_delay, lambda: _finish(simulator, publication))
    return ok(publish_id=publication.publish_id, msg_data_id=number % 10**9)


def _finish(simulator: Simulator, publication: Publication) -> None:
    with simulator.state.lock:
        publication.status = simulator.settings.publish_outcome
        publication.updated_at = simulator.clock.now()
        if publication.status == DONE:
            simulator.articles.publish(publication.article_keys, via="publish")
            simulator.state.drafts.remove(publication.media_id)
        simulator.state.publications.put(publication.publish_id, publication)
        packet = packet_kinds.publish_job_finish(_told(simulator, publication))
    simulator.dispatch.platform_event(HELPER, packet, wait=True)


def _told(simulator: Simulator, publication: Publication) -> dict[str, Any]:
    """Return what both the event and freepublish/get tell."""
    told: dict[str, Any] = {
        "publish_id": int(publication.publish_id),
        "publish_status": publication.status,
    }
    articles = simulator.articles.find(publication.article_keys)
    if publication.status == DONE:
        items = [
            {"idx": index, "article_url": simulator.articles.url(article)}
            for index, article in enumerate(articles, 1)
        ]
        return told | {
            "article_id": publication.article_id,
            "article_detail": {"count": len(items), "item": items},
        }
    if publication.status in {UNDER_WAY, DELETED}:
        return told
    return told | {"fail_idx": list(range(1, len(articles) + 1))}


def get_state(call: Call) -> Answer:
    """How far a publishing job is."""
    publication = call.simulator.state.publications.get(str(call.json.get("publish_id", "")))
    if publication is None:
        raise ApiError(53500)
    told = _told(call.simulator, publication)
    return told | {"publish_id": publication.publish_id, "fail_idx": told.get("fail_idx", [])}


def find_publication(call: Call, article_id: object) -> Publication:
    """Return the publication that was done under this article id.

    Raises:
        ApiError: 53600.
    """
    for publication in call.simulator.state.publications:
        if publication.article_id == article_id and publication.status in {DONE, DELETED}:
            return publication
    raise ApiError(53600)


def delete(call: Call) -> Answer:
    """Take one article away, or with index 0 all of the publication; never to come back."""
    publication = find_publication(call, call.json.get("article_id"))
    index = call.number("index", 0)
    if not 0 <= index <= len(publication.article_keys):
        raise ApiError(40114)
    keys = publication.article_keys
    call.simulator.articles.delete(keys[index - 1 : index] if index else keys)
    if all(article.state == "deleted" for article in call.simulator.articles.find(keys)):
        publication.status = DELETED
    publication.updated_at = call.simulator.clock.now()
    call.simulator.state.publications.put(publication.publish_id, publication)
    return ok()


def get_articles(call: Call) -> Answer:
    """The articles of a publication."""
    return {"news_item": _news_items(call, find_publication(call, call.json.get("article_id")))}


def _news_items(call: Call, publication: Publication, *, content: bool = True) -> list[dict[str, Any]]:
    articles = call.simulator.articles
    items = [articles.news_item(article) for article in articles.find(publication.article_keys)]
    return [item if content else item | {"content": ""} for item in items]


def list_published(call: Call) -> Answer:
    """One page of what was published and is still there, the newest first."""
    offset, count = read_page(call)
    done = [row for row in call.simulator.state.publications if row.status == DONE]
    done.sort(key=lambda row: row.updated_at, reverse=True)
    content = not call.json.get("no_content")
    items = [
        {
            "article_id": row.article_id,
            "content": {
                "news_item": _news_items(call, row, content=content),
                "create_time": int(row.created_at),
                "update_time": int(row.updated_at),
            },
            "update_time": int(row.updated_at),
        }
        for row in done[offset : offset + count]
    ]
    return {"total_count": len(done), "item_count": len(items), "item": items}


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/freepublish/submit", submit, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/freepublish/get", get_state, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/freepublish/delete", delete, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/freepublish/getarticle", get_articles, body="json", only_verified=True),
    Endpoint("POST", "/cgi-bin/freepublish/batchget", list_published, body="json", only_verified=True),
)
