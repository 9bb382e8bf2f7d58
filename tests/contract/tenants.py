"""The tenants of the contract server, and their document."""

from pathlib import Path

ALGORITHMS = ("ES256", "RS256", "PS256", "EDDSA", "HS256")
SHAPES = ("STRING", "ARRAY", "TREE")

FIXED = (Path(__file__).with_name("tenants.yaml")).read_text(encoding="utf-8")


def crossed_name(algorithm: str, shape: str) -> str:
    """The name of the tenant with that algorithm and that form of the scope claim."""
    return f"{algorithm}-{shape}".lower()


CROSSED = tuple(crossed_name(algorithm, shape) for algorithm in ALGORITHMS for shape in SHAPES)
"""A tenant for every algorithm with every form of the scope claim."""


def document() -> str:
    """The text for AUTHSVC_TENANTS_FILE."""
    crossed = (
        f"---\nname: {crossed_name(algorithm, shape)}\n"
        f"algorithm: SIGNING_ALGORITHM_{algorithm}\nscope_claim_shape: SCOPE_CLAIM_SHAPE_{shape}\n"
        for algorithm in ALGORITHMS
        for shape in SHAPES
    )
    return FIXED + "".join(crossed)
