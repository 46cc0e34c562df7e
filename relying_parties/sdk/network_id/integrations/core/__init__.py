"""What the integrations share: what each route does, without a framework and without waiting.

Knows requests and answers as plain values (`messages`). A route is a generator that yields what has
to be done (`steps`), so the same lines serve frameworks that wait and frameworks that do not.
"""
