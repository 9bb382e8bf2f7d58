"""Scopes, sets and trees to draw from. The small pool makes scopes meet: prefixes, cases and stars of one another."""

from hypothesis import strategies as st

SCOPE_CHARACTERS = "".join(chr(code) for code in (0x21, *range(0x23, 0x5C), *range(0x5D, 0x7F)))

POOL = (
    "a",
    "ab",
    "A",
    "b",
    "a:b",
    "A:b",
    "a:bc",
    "a:b:c",
    "b:a",
    ":a",
    "a:",
    ":",
    "*",
    "*:*",
    "a:*",
    "read:users",
    "read:users_app_metadata",
    "Read:users",
    "users",
    "repo",
    "public_repo",
)

scopes = st.one_of(st.sampled_from(POOL), st.text(SCOPE_CHARACTERS, min_size=1, max_size=128))
scope_lists = st.lists(scopes, max_size=24)

_actions = st.lists(
    st.one_of(st.sampled_from(("", "a", "read", "a:b", "*")), st.text(SCOPE_CHARACTERS, max_size=8)),
    min_size=1,
    max_size=4,
)
_resources = st.one_of(
    st.sampled_from(("a", "b", "users", "a:b", "*")), st.text(SCOPE_CHARACTERS, min_size=1, max_size=8)
)
_nodes: st.SearchStrategy[dict[str, list[str]]] = st.one_of(st.just({}), st.fixed_dictionaries({"actions": _actions}))
trees = st.dictionaries(_resources, _nodes, max_size=8)

json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from((*POOL, "actions", "a b", "")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(("actions", "a")), st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=12,
)
