"""Owns what must hold at any moment about facts, states, keys, audit, timers and who runs an organisation: queries that give no row. Doctor runs them as the worker.

Those with a lag describe a market whose worker runs, and `$1` is the moment of the examination less that lag; the others hold in every
committed moment.
"""

from __future__ import annotations

from marketplace.kernel.audit.queries import TAMPERED
from marketplace.kernel.package import Invariant

GAPLESS = "SELECT entity, entity_id FROM kernel.state_log GROUP BY entity, entity_id HAVING max(seq) <> count(*)"
LINKED = """
SELECT entity, entity_id, seq FROM (
  SELECT entity, entity_id, seq, from_state, lag(to_state, 1, '') OVER (PARTITION BY entity, entity_id ORDER BY seq) AS before FROM kernel.state_log
) l WHERE from_state <> before
"""
EDGES = """
SELECT l.entity, l.entity_id, l.seq, l.from_state, l.to_state FROM kernel.state_log l
LEFT JOIN kernel.allowed_edges e USING (entity, from_state, to_state) WHERE e.entity IS NULL
"""
# Done facts are kept for thirty days; one day less keeps the purge and this query from meeting.
TOLD = """
SELECT l.entity, l.entity_id, l.seq FROM kernel.state_log l
LEFT JOIN kernel.outbox o ON o.dedupe_key = l.entity || ':' || l.entity_id || ':' || l.seq
WHERE o.id IS NULL AND l.at > $1::timestamptz - interval '29 days'
"""
DELIVERED = """
SELECT o.id, o.kind, o.due_at FROM kernel.outbox o WHERE o.state = 'new' AND o.due_at < $1::timestamptz
  AND NOT EXISTS (SELECT FROM kernel.inbox i WHERE i.fact_id = o.id AND i.state = 'failed')
"""
GIVEN_UP = "SELECT i.fact_id, i.handler, i.last_error FROM kernel.inbox i WHERE i.state = 'dead'"
FINISHED = "SELECT principal, route, key FROM kernel.idempotency_keys WHERE status IS NULL"
SEALED = "SELECT id, at FROM kernel.audit_rows WHERE hash IS NULL AND at < $1::timestamptz"
PUNCTUAL = """
SELECT name, last_started FROM kernel.job_runs WHERE last_started < $1::timestamptz - make_interval(secs => every_seconds)
  AND coalesce(leased_until < $1, true)
"""
IN_CHARGE = """
SELECT o.id FROM kernel.organisations o JOIN kernel.memberships m ON m.organisation_id = o.id AND m.state = 'active'
GROUP BY o.id HAVING NOT bool_or(m.roles && ARRAY['owner', 'admin'])
"""
SECOND_FACTOR = """
SELECT p.id FROM kernel.people p JOIN kernel.memberships m ON m.person_id = p.id AND m.state = 'active'
JOIN kernel.organisations o ON o.id = m.organisation_id WHERE 'operator' = ANY(o.capacities) AND p.totp_secret_sealed IS NULL
"""
FITTING_ROLES = """
SELECT m.id FROM kernel.memberships m JOIN kernel.organisations o ON o.id = m.organisation_id
WHERE m.state = 'active' AND ('admin' = ANY(m.roles) OR 'support' = ANY(m.roles)) <> ('operator' = ANY(o.capacities))
"""

INVARIANTS = (
    Invariant("G1", "The log of states has no gap", GAPLESS),
    Invariant("G1-links", "Each change of state begins where the one before ended", LINKED),
    Invariant("G2", "Only allowed edges were taken", EDGES),
    Invariant("G3", "Each change of state of the last 29 days has its outbox row", TOLD),
    Invariant("X1", "No fact waits for delivery for over a minute", DELIVERED, lag_seconds=60),
    Invariant("X2", "No delivery has been given up", GIVEN_UP),
    Invariant("E2", "No idempotency key is without its answer", FINISHED),
    Invariant("U1", "No audit row was changed, removed or slipped in", TAMPERED),
    Invariant("U1-sealed", "No audit row is unsealed for over a minute", SEALED, lag_seconds=60),
    Invariant("J3", "No timer is over ten minutes late", PUNCTUAL, lag_seconds=600),
    Invariant("ID1", "Who has members has somebody in charge", IN_CHARGE),
    Invariant("ID2", "Operators' staff have a second factor", SECOND_FACTOR),
    Invariant("ID3", "Only the operator has operator's roles", FITTING_ROLES),
)
