"""Looks at redirects instead of following them."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    kwargs["allow_redirects"] = False
