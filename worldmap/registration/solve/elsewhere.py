"""What the groups of an area say of the sessions that they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from worldmap.config import RegistrationSettings
from worldmap.frames import Similarity
from worldmap.records import PairRegistration
from worldmap.registration.placement import session_evidence
from worldmap.registration.session import SessionEvidence, sessions
from worldmap.registration.solve.group import count_located
from worldmap.registration.start import starting_poses
from worldmap.registration.view import PhotoView


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Elsewhere:
    """What each group, by its ids, says of the sessions that others have a part in, and the poses
    that it starts from and says it by."""

    session: Mapping[int, str]
    told: Mapping[frozenset[int], Mapping[str, SessionEvidence]]
    starts: Mapping[frozenset[int], dict[int, Similarity]]

    @classmethod
    def of(
        cls,
        views: Mapping[int, PhotoView],
        groups: Sequence[list[int]],
        pairs: Sequence[PairRegistration],
        settings: RegistrationSettings,
    ) -> Elsewhere:
        """Where several groups have photos of one session, by each that has positions."""
        session = sessions(views)
        parts = Counter(name for group in groups for name in {session[i] for i in group})
        told, starts = {}, {}
        for group in groups:
            members = {i: views[i] for i in group}
            if any(parts[session[i]] > 1 for i in group) and count_located(members) > 1:
                inside = [p for p in pairs if p.photo_a in members and p.photo_b in members]
                ids, poses = frozenset(group), starting_poses(members, inside, settings.pairs)
                told[ids], starts[ids] = session_evidence(members, poses, session), poses
        return cls(session=session, told=told, starts=starts)

    def beside(self, group: Collection[int]) -> dict[int, list[SessionEvidence]]:
        """By photo of a group, or of a part of one, what other groups say of its session."""
        others = [evidence for ids, evidence in self.told.items() if ids.isdisjoint(group)]
        return {i: [e[name] for e in others if (name := self.session[i]) in e] for i in group}
