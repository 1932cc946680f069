"""The pages on a phone: what a person raised, how it goes, their judgement, their notices."""

from flask import Blueprint

from web.h5 import (
    acts,
    attachments,
    complaint,
    complaint_list,
    enter,
    me,
    my_data,
    notices,
    oauth,
    place,
    place_rate,
    privacy,
    rating,
    report,
    report_alike,
    report_place,
    settings,
    surveys,
    uploads,
    wechat_config,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    enter.blueprint,
    oauth.blueprint,
    place.blueprint,
    place_rate.blueprint,
    report.blueprint,
    report_place.blueprint,
    report_alike.blueprint,
    complaint_list.blueprint,
    complaint.blueprint,
    acts.blueprint,
    rating.blueprint,
    surveys.blueprint,
    notices.blueprint,
    me.blueprint,
    settings.blueprint,
    my_data.blueprint,
    privacy.blueprint,
    attachments.blueprint,
    uploads.blueprint,
    wechat_config.blueprint,
)
