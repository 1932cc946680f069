"""What the office sets for matters: the watch after the close-out, and how early deadlines are told."""

from domain.office_settings import Setting

# How many days a closed matter is watched for a relapse (反弹回潮).
WATCH_DAYS: Setting[int] = Setting("matter_watch_days", default=lambda: 90, load=int, dump=int)
# How many new complaints at the same place and category tell that it is back.
RELAPSE_THRESHOLD: Setting[int] = Setting("matter_relapse_threshold", default=lambda: 3, load=int, dump=int)
# How many days before its deadline those at work are reminded.
NEAR_DAYS: Setting[int] = Setting("matter_near_days", default=lambda: 7, load=int, dump=int)
