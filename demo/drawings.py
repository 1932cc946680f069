"""stub"""
def draw(scene: str, *, after: bool, turn: int) -> bytes:
    return b"x"
