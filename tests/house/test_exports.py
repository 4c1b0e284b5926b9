"""The public names of `mainspring`: what an app may import, and nothing by accident."""

from inspect import isclass, isfunction
from types import ModuleType

import mainspring

PUBLIC = {
    # an app and its models
    "App", "Model", "User", "Mapped", "field", "one", "many", "me", "unique", "index", "check", "computed",
    # models of a database that was there before
    "Adopted", "by_database",
    # rules
    "Access", "Who", "anyone", "signed_in", "nobody", "is_me", "member_of", "role", "through", "rule",
    # field kinds that Python has no type for
    "LongText", "Slug", "Email", "Url", "JSON", "File", "Image",
}  # fmt: skip


def test_the_public_names_are_these_and_no_others():
    names = {name for name in dir(mainspring) if not name.startswith("_")}
    assert {name for name in names if not isinstance(getattr(mainspring, name), ModuleType)} == PUBLIC


def test_every_public_class_and_function_tells_what_it_is():
    things = {name: getattr(mainspring, name) for name in PUBLIC}
    assert [name for name, thing in things.items() if (isclass(thing) or isfunction(thing)) and not thing.__doc__] == []
