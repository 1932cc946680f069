"""Which page of a list somebody gets who asked for any."""


def page_within(page: int, total: int, per_page: int) -> int:
    """Give the page asked for, or the nearest there is: from 1 to the last one that holds anything."""
    return max(1, min(page, -(-total // per_page)))
