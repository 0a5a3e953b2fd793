"""Sessions of Streamlit that toggle a checkbox over its own protocol; prints milliseconds of each run and the errors.

python streamlit_users.py ADDRESS USERS SECONDS PAUSE
"""

import asyncio
import json
import random
import sys
import time

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ms: list[float] = []
errors = 0


async def run(socket: websockets.ClientConnection, state: BackMsg) -> str:
    """Have the script run and return the checkbox's id, once everything has come."""
    await socket.send(state.SerializeToString())
    found = ""
    while True:
        message = ForwardMsg()
        message.ParseFromString(await asyncio.wait_for(socket.recv(), 30))
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.new_element.WhichOneof("type") == "checkbox":
            found = message.delta.new_element.checkbox.id
        if kind == "script_finished":
            return found


async def user(address: str, ready: asyncio.Barrier, seconds: float, pause_s: float, chance: random.Random) -> None:
    """Open a session, wait until all have theirs, and toggle until the time is over."""
    global errors
    try:
        async with websockets.connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=60) as socket:
            state = BackMsg()
            state.rerun_script.query_string = ""
            box, is_on = await run(socket, state), False
            await ready.wait()
            until = time.perf_counter() + seconds
            while time.perf_counter() < until:
                await asyncio.sleep(chance.expovariate(1 / pause_s) if pause_s else 0)
                is_on = not is_on
                state = BackMsg()
                state.rerun_script.widget_states.widgets.add(id=box, bool_value=is_on)
                start = time.perf_counter()
                await run(socket, state)
                ms.append(1000 * (time.perf_counter() - start))
    except (OSError, TimeoutError, asyncio.BrokenBarrierError, websockets.WebSocketException) as error:
        await ready.abort()
        print(repr(error), file=sys.stderr)
        errors += 1


async def main(address: str, users: int, seconds: float, pause_s: float) -> None:
    """Let all users toggle at once."""
    ready = asyncio.Barrier(users)
    await asyncio.gather(*(user(address, ready, seconds, pause_s, random.Random(one)) for one in range(users)))


address, users, seconds, pause_s = sys.argv[1:]
place = address.replace("http", "ws", 1).rstrip("/") + "/_stcore/stream"
asyncio.run(main(place, int(users), float(seconds), float(pause_s)))
print(json.dumps({"ms": ms, "errors": errors}))
