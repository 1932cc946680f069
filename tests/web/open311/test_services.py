"""What a portal finds out first: where the API is, what can be filed, and what may be said with it."""

from models.category import Category
from models.wording import CategoryKeyword
from tests.web.h5.conftest import World
from tests.web.open311.conftest import MakePortal, Portal


def test_discovery_names_the_endpoint(stranger: Portal, world: World) -> None:
    found = stranger.get("/discovery.json")

    [endpoint] = found["endpoints"]
    assert endpoint["url"] == "http://127.0.0.1:8000/open311/v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert found["contact"] == "示例大学后勤处，电话 0571-88886120"
    xml = stranger.get("/discovery.xml")
    assert xml.findtext("endpoints/endpoint/url") == endpoint["url"]
    assert [each.text for each in xml.iterfind(".//format")] == endpoint["formats"]
    assert world.count(Category) == 1


def test_services_are_the_categories_in_use(stranger: Portal, world: World) -> None:
    with world.database.transaction() as session:
        below = world.make.category(session, "shower", name="浴室")
        below.parent_id = world.office.category.id
        retired = world.make.category(session, "gone", name="旧类别")
        retired.active = False
        session.add_all(CategoryKeyword(category_id=below.id, word=word) for word in ("水冷", "排队"))

    listed = stranger.get("/v2/services.json")
    xml = stranger.get("/v2/services.xml")

    assert [(one["service_code"], one["service_name"], one["group"]) for one in listed] == [
        ("other", "其他", "其他"),
        ("shower", "浴室", "其他"),
    ]
    assert listed[1]["keywords"] == "水冷,排队"
    assert [one.findtext("service_code") for one in xml] == ["other", "shower"]
    assert xml.findtext("service/metadata") == "true"


def test_definition_offers_the_kinds_and_a_service_point(stranger: Portal, world: World) -> None:
    del world
    found = stranger.get("/v2/services/other.json")
    xml = stranger.get("/v2/services/other.xml")

    assert [one["code"] for one in found["attributes"]] == ["kind", "service_point"]
    assert found["attributes"][0]["values"][1] == {"key": "repair", "name": "报修"}
    assert [one.text for one in xml.iterfind("attributes/attribute/values/value/key")][1] == "repair"
    assert stranger.get("/v2/services/none.json", answers=404) == [
        {"code": 404, "description": "没有这个 service_code，可用的见 services。"}
    ]


def test_other_jurisdiction_is_not_found(stranger: Portal, portal: MakePortal, world: World) -> None:
    del world
    assert len(stranger.get("/v2/services.json", jurisdiction_id="127.0.0.1")) == 1
    assert len(stranger.get("/v2/services.json", jurisdiction_id="")) == 1
    for path in ("/v2/services.json", "/v2/services/other.xml", "/v2/requests.json", "/v2/requests/1.xml"):
        stranger.get(path, answers=404, jurisdiction_id="city.gov")
    portal().post({"jurisdiction_id": "city.gov"}, status=404)


def test_what_is_wrong_is_told_in_the_shape_of_the_standard(stranger: Portal, world: World) -> None:
    """Also where no view was reached; XML where the address names no form."""
    del world
    assert stranger.get("/v2/nothing", answers=404).findtext("error/code") == "404"
    [told] = stranger.get("/v2/services/other", answers=404)
    assert told.findtext("description").startswith("没有找到")
    answer = stranger.app.test_client().delete("/open311/v2/requests.json")
    assert (answer.status_code, answer.get_json()[0]["code"]) == (405, 405)
