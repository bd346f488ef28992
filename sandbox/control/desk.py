"""What the control port works on: the stand-ins, their listeners, clock, faults and call log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.calls import CallLog
from sandbox.clock import SandboxClock
from sandbox.faults import FaultBoard
from sandbox.faulty import FaultyUpstream
from sandbox.inputs import BadInput
from sandbox.listener import Listener
from sandbox.upstreams import StandIn


@dataclass(frozen=True, slots=True)
class Desk:
    clock: SandboxClock
    board: FaultBoard
    calls: CallLog
    stand_ins: Sequence[StandIn]
    networks: Mapping[str, FaultyUpstream]
    listeners: Mapping[str, Listener]

    def stand_in(self, name: Any) -> StandIn:
        """Errors: `BadInput`."""
        for one in self.stand_ins:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in self.stand_ins)
        raise BadInput(f"upstream must be one of {names}")

    def named(self, name: Any) -> list[StandIn]:
        """The stand-in of that name, or all of them for `*`. Errors: `BadInput`."""
        return list(self.stand_ins) if name == "*" else [self.stand_in(name)]

    async def align(self) -> None:
        """Let the listeners go down and come up as the faults say."""
        for name, listener in self.listeners.items():
            await listener.switch(self.board.downtime(name))

    async def reset(self) -> None:
        """As freshly started; calls that are still on their way never arrive."""
        self.board.clear()
        for network in self.networks.values():
            network.late.forget()
        await self.align()
        self.clock.reset()
        for one in self.stand_ins:
            one.state.reset()
        self.calls.clear()
