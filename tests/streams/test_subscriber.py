"""A socket's queue: bounded, in order, and nobody waits for it."""

import asyncio

import pytest

from openoutcry.streams.subscriber import MESSAGES_MAX, TOO_SLOW, TURN, SocketClosed, Subscriber


class Wire:
    """A socket that takes messages while it is open, and breaks as told."""

    def __init__(self):
        self.sent = []
        self.open = asyncio.Event()
        self.open.set()
        self.fault = None

    async def __call__(self, message):
        await self.open.wait()
        if self.fault is not None:
            raise self.fault
        self.sent.append(message.get("text", message.get("code")))


def run(story):
    async def whole():
        wire = Wire()
        await story(wire, Subscriber(wire))

    asyncio.run(whole())


def test_messages_go_out_in_order_and_the_close_comes_last():
    async def story(wire, subscriber):
        pumping = asyncio.create_task(subscriber.pump())
        for number in range(5):
            subscriber.tell(f"{number}")
            await asyncio.sleep(0)
        subscriber.tell("5")
        subscriber.close(1012)
        subscriber.tell("after the end")
        await pumping
        await subscriber.write_close()
        assert wire.sent == ["0", "1", "2", "3", "4", "5", 1012]

    run(story)


def test_a_full_queue_ends_the_subscription_and_what_fits_still_goes_out():
    async def story(wire, subscriber):
        wire.open.clear()
        for number in range(MESSAGES_MAX):
            subscriber.tell(f"{number}")
        assert subscriber.close_code is None
        subscriber.tell("one too many")
        assert subscriber.close_code == TOO_SLOW
        await subscriber.wait_closing()
        wire.open.set()
        await subscriber.pump()
        assert wire.sent == [f"{number}" for number in range(MESSAGES_MAX)]

    run(story)


def test_the_first_reason_to_close_stays():
    async def story(_, subscriber):
        subscriber.close(1009)
        subscriber.close(1012)
        assert subscriber.close_code == 1009

    run(story)


def test_a_long_queue_leaves_others_their_turn():
    async def story(wire, subscriber):
        turns = []

        async def other():
            while len(wire.sent) < 10 * TURN:
                turns.append(len(wire.sent))
                await asyncio.sleep(0)

        for number in range(10 * TURN):
            subscriber.tell(f"{number}")
        await asyncio.gather(subscriber.flush(), other())
        assert len(turns) >= 9

    run(story)


@pytest.mark.parametrize("fault", [OSError("gone"), RuntimeError("after close")])
def test_a_broken_socket_is_said_in_one_way(fault):
    async def story(wire, subscriber):
        wire.fault = fault
        subscriber.tell("x")
        with pytest.raises(SocketClosed):
            await subscriber.pump()
        with pytest.raises(SocketClosed):
            await subscriber.write(["x"])

    run(story)


def test_a_pump_ends_when_it_is_over():
    async def story(wire, subscriber):
        over = False
        pumping = asyncio.create_task(subscriber.pump(lambda: over))
        subscriber.tell("x")
        await asyncio.sleep(0)
        over = True
        subscriber.wake()
        await pumping
        assert (wire.sent, subscriber.close_code) == (["x"], None)

    run(story)
