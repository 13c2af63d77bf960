"""The loss terms of a step, of which every rank has computed some, known to all of them."""

import torch
import torch.distributed as dist

from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.step import Terms


class SharedTerms:
    """Adds up what the ranks have; a term of one rank alone is its value.

    All goes in one small message and one look at the device. Which terms exist changes now and then (there are no
    groups of frames yet, no face is seen); their names are exchanged only when one turns up for the first time.
    """

    def __init__(self, ranks: Ranks) -> None:
        """`ranks`: all of them call `add_up` alike."""
        self._ranks, self._names = ranks, list[str]()

    def add_up(self, own: Terms) -> Terms:
        """The terms of all ranks, scalars on the device, the same on every rank."""
        while True:
            unknown = [name for name in own if name not in self._names]
            zero = torch.zeros((), dtype=torch.float64, device=self._ranks.device)
            values = [own[name].detach().to(zero) if name in own else zero for name in self._names]
            counts = torch.tensor([len(unknown), *(name in own for name in self._names)]).to(zero)
            sums = torch.cat([counts, torch.stack([zero, *values])])
            dist.all_reduce(sums)
            missing, *present = sums[: 1 + len(self._names)].tolist()
            if not missing:
                terms = sums[2 + len(self._names) :].unbind()
                return {name: term for name, held, term in zip(self._names, present, terms, strict=True) if held}
            known = (name for names in self._ranks.gather_all(unknown) for name in names)
            self._names = list(dict.fromkeys([*self._names, *known]))
