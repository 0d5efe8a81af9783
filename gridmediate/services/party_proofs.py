"""That a party's proof of identity was seen, and that its agent's power of attorney was kept: days, and never a copy."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.case_words import State
from gridmediate.domain.dossier import Proof
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import NotFound, NotPermitted
from gridmediate.services.casework import load_case, permitted
from gridmediate.services.grid import local_day
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, Party


def note_proof(session: Session, case_no: str, party_id: uuid.UUID, proof: Proof, actor: Actor, now: datetime) -> Case:
    """Record that a proof of a party was seen today; seen once is seen. Until the case is archived.

    Raises
    ------
    NotFound, NotPermitted
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PAPER_MAKE) or case.state is State.ARCHIVED:
        raise NotPermitted
    party = session.scalars(select(Party).where(Party.id == party_id, Party.case_id == case.id)).one_or_none()
    if party is None or (proof is Proof.POWER and party.agent_sealed is None):
        raise NotFound
    column = f"{proof.value}_seen_on"
    if getattr(party, column) is None:
        setattr(party, column, local_day(now))
        record(session, case.id, [Entry("party.prove", {"party": party.position, "proof": proof.value})], actor=actor, at=now,
               case=case)
    return case
