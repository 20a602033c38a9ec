"""Stories: tests that live on a place of their own, which opens before them and closes after."""

import asyncio


def told_at(place):
    """Return a decorator that runs a story at a place, an asynchronous context."""

    def run(story):
        async def whole():
            async with place as here:
                await story(here)

        asyncio.run(whole())

    return run
