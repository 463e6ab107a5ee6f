"""Raises the walls of the kernel's own tables: checks, composite keys, append-only triggers, sealing, claiming, row security, rights."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from marketplace.kernel.migrations import ACTING, Migration, composite_key, grant, staff_policy, tenant_policy

ID = "kernel_0001_walls"
VERSION = "1.38.0"
DESCRIPTION = "Checks, append-only triggers, functions, rights"

# Any package may hang this on a table that is only appended to; the rights say the same, and the trigger binds the owner too.
REFUSE_CHANGE: Final = """
CREATE FUNCTION kernel.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

OUTBOX: Final = """
ALTER TABLE kernel.outbox ADD CHECK (state IN ('new', 'done', 'dead')), ADD CHECK (attempts >= 0), ADD CHECK ((done_at IS NULL) = (state = 'new'));
CREATE INDEX outbox_due ON kernel.outbox (kind, due_at, id) WHERE state = 'new';
CREATE INDEX outbox_ended ON kernel.outbox (state, done_at) WHERE state <> 'new';
ALTER TABLE kernel.inbox ADD CHECK (state IN ('done', 'failed', 'dead')), ADD CHECK (attempts >= 0), ADD CHECK ((state = 'failed') = (due_at IS NOT NULL)),
  ADD FOREIGN KEY (fact_id) REFERENCES kernel.outbox (id) ON DELETE CASCADE;
CREATE INDEX inbox_unwell ON kernel.inbox (state) WHERE state <> 'done';
"""

KEYS: Final = """
ALTER TABLE kernel.idempotency_keys ADD CHECK ((status IS NULL) = (finished_at IS NULL)), ADD CHECK ((status IS NULL) = (body IS NULL)),
  ADD CHECK (status BETWEEN 100 AND 599), ADD CHECK (length(key) BETWEEN 1 AND 255), ADD CHECK (octet_length(fingerprint) = 32);
CREATE INDEX idempotency_keys_created ON kernel.idempotency_keys (created_at);
"""

# The lock ends with the transaction, so whoever fails leaves nothing behind. Each statement of a volatile function sees what was committed
# before it: after the lock is ours, the row of whoever held it before is visible.
CLAIM_KEY: Final = """
CREATE FUNCTION kernel.claim_key(p_principal text, p_route text, p_key text, p_fingerprint bytea, p_now timestamptz,
  OUT outcome text, OUT status smallint, OUT content_type text, OUT body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE found_row kernel.idempotency_keys;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(p_principal || chr(31) || p_route || chr(31) || p_key, 7)) THEN
    outcome := 'in_flight'; RETURN;
  END IF;
  SELECT * INTO found_row FROM kernel.idempotency_keys k WHERE k.principal = p_principal AND k.route = p_route AND k.key = p_key;
  IF NOT FOUND THEN
    INSERT INTO kernel.idempotency_keys (principal, route, key, fingerprint, created_at) VALUES (p_principal, p_route, p_key, p_fingerprint, p_now);
    outcome := 'new';
  ELSIF found_row.fingerprint <> p_fingerprint THEN
    outcome := 'reused';
  ELSIF found_row.status IS NULL THEN
    outcome := 'in_flight';
  ELSE
    outcome := 'replay'; status := found_row.status; content_type := found_row.content_type; body := found_row.body;
  END IF;
END $$;

-- For the usual case, a key that nobody has used: it claims, or fails, so that no answer is needed and it can travel with BEGIN.
CREATE FUNCTION kernel.claim_new_key(p_principal text, p_route text, p_key text, p_fingerprint bytea, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (kernel.claim_key(p_principal, p_route, p_key, p_fingerprint, p_now)).outcome <> 'new' THEN
    RAISE EXCEPTION 'the key is not new' USING ERRCODE = 'MK001';
  END IF;
END $$;

CREATE FUNCTION kernel.finish_key(p_principal text, p_route text, p_key text, p_status int, p_content_type text, p_body bytea, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE kernel.idempotency_keys SET status = p_status, content_type = p_content_type, body = p_body, finished_at = p_now
  WHERE principal = p_principal AND route = p_route AND key = p_key AND status IS NULL;
  ASSERT FOUND, 'only a claimed key is finished, and once';
END $$;

CREATE FUNCTION kernel.purge_keys(p_before timestamptz, p_limit int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH old AS (SELECT ctid FROM kernel.idempotency_keys WHERE created_at < p_before LIMIT p_limit),
    gone AS (DELETE FROM kernel.idempotency_keys WHERE ctid IN (SELECT ctid FROM old) RETURNING 1)
  SELECT count(*) FROM gone
$$;
"""

AUDIT: Final = """
ALTER TABLE kernel.audit_rows ADD CHECK ((seq IS NULL) = (hash IS NULL)), ADD CHECK ((hash IS NULL) = (previous_hash IS NULL)),
  ADD CHECK ((hash IS NULL) = (sealed_at IS NULL)), ADD UNIQUE (organisation_id, seq);
CREATE INDEX audit_rows_unsealed ON kernel.audit_rows (organisation_id, at, id) WHERE hash IS NULL;
CREATE INDEX audit_rows_entity ON kernel.audit_rows (entity, entity_id, at);
CREATE INDEX audit_rows_organisation ON kernel.audit_rows (organisation_id, at DESC, id DESC);

CREATE FUNCTION kernel.audit_digest(p_salt bytea, p_reason text, p_before jsonb, p_after jsonb) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(p_salt || convert_to(jsonb_build_array(p_reason, p_before, p_after)::text, 'UTF8'))
$$;

CREATE FUNCTION kernel.audit_hash(r kernel.audit_rows) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(r.previous_hash || convert_to(jsonb_build_object(
    'organisation_id', r.organisation_id, 'seq', r.seq, 'id', r.id, 'action', r.action, 'entity', r.entity, 'entity_id', r.entity_id,
    'principal', r.principal, 'request_id', r.request_id, 'at_us', (extract(epoch FROM r.at) * 1000000)::bigint, 'digest', encode(r.digest, 'hex'))::text, 'UTF8'))
$$;

CREATE FUNCTION kernel.audit_rows_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sealing kernel.audit_rows; erasing kernel.audit_rows;
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.salt := uuid_send(gen_random_uuid());
    NEW.digest := kernel.audit_digest(NEW.salt, NEW.reason, NEW.before, NEW.after);
    NEW.seq := NULL; NEW.previous_hash := NULL; NEW.hash := NULL; NEW.sealed_at := NULL;
    RETURN NEW;
  ELSIF TG_OP = 'UPDATE' THEN
    sealing := OLD; sealing.seq := NEW.seq; sealing.previous_hash := NEW.previous_hash; sealing.hash := NEW.hash; sealing.sealed_at := NEW.sealed_at;
    erasing := OLD; erasing.salt := NULL; erasing.reason := NULL; erasing.before := NULL; erasing.after := NULL;
    IF (OLD.hash IS NULL AND sealing IS NOT DISTINCT FROM NEW) OR erasing IS NOT DISTINCT FROM NEW THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'kernel.audit_rows is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_rows_guard BEFORE INSERT OR UPDATE OR DELETE ON kernel.audit_rows FOR EACH ROW EXECUTE FUNCTION kernel.audit_rows_guard();
CREATE TRIGGER audit_rows_truncate BEFORE TRUNCATE ON kernel.audit_rows FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
"""

SEAL_AUDIT: Final = """
CREATE FUNCTION kernel.seal_audit(p_now timestamptz, p_limit int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE r kernel.audit_rows; head kernel.audit_heads; sealed int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('kernel.seal_audit', 7));
  FOR r IN SELECT * FROM kernel.audit_rows WHERE hash IS NULL ORDER BY organisation_id, at, id LIMIT p_limit LOOP
    IF head.organisation_id IS DISTINCT FROM r.organisation_id THEN
      INSERT INTO kernel.audit_heads (organisation_id, seq, hash, sealed_at) VALUES (r.organisation_id, 0, '', p_now) ON CONFLICT DO NOTHING;
      SELECT * INTO head FROM kernel.audit_heads h WHERE h.organisation_id = r.organisation_id FOR UPDATE;
    END IF;
    r.seq := head.seq + 1; r.previous_hash := head.hash; r.hash := kernel.audit_hash(r); r.sealed_at := p_now;
    UPDATE kernel.audit_rows SET seq = r.seq, previous_hash = r.previous_hash, hash = r.hash, sealed_at = r.sealed_at WHERE id = r.id;
    UPDATE kernel.audit_heads SET seq = r.seq, hash = r.hash, sealed_at = p_now WHERE organisation_id = r.organisation_id;
    head.seq := r.seq; head.hash := r.hash; sealed := sealed + 1;
  END LOOP;
  RETURN sealed;
END $$;
"""

MACHINE: Final = """
ALTER TABLE kernel.state_log ADD CHECK (seq >= 1), ADD CHECK ((seq = 1) = (from_state = '')), ADD CHECK (to_state <> '');
CREATE INDEX state_log_at ON kernel.state_log (at);

CREATE FUNCTION kernel.states_of(p_entity text, p_entity_id uuid) RETURNS SETOF kernel.state_log
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN QUERY SELECT * FROM kernel.state_log l WHERE l.entity = p_entity AND l.entity_id = p_entity_id ORDER BY l.seq;
END $$;
CREATE FUNCTION kernel.last_seq(p_entity text, p_entity_id uuid) RETURNS int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN (SELECT coalesce(max(l.seq), 0) FROM kernel.state_log l WHERE l.entity = p_entity AND l.entity_id = p_entity_id);
END $$;
CREATE TRIGGER state_log_append BEFORE UPDATE OR DELETE ON kernel.state_log FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER state_log_truncate BEFORE TRUNCATE ON kernel.state_log FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
"""

RATES: Final = """
ALTER TABLE kernel.fx_rates ADD CHECK (base ~ '^[A-Z]{3}$' AND quote ~ '^[A-Z]{3}$' AND base <> quote), ADD CHECK (rate > 0 AND rate < 1e10),
  ADD CHECK (provider <> ''), ADD UNIQUE (base, quote, as_of, provider);
CREATE TRIGGER fx_rates_append BEFORE UPDATE OR DELETE ON kernel.fx_rates FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
CREATE TRIGGER fx_rates_truncate BEFORE TRUNCATE ON kernel.fx_rates FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
"""

TIMERS: Final = "ALTER TABLE kernel.job_runs ADD CHECK (every_seconds > 0), ADD CHECK ((lease_token IS NULL) = (leased_until IS NULL))"

# Functions that run with the owner's rights are for the application role only.
FUNCTION_RIGHTS: Final = """
REVOKE ALL ON FUNCTION kernel.claim_key, kernel.claim_new_key, kernel.finish_key, kernel.purge_keys, kernel.seal_audit, kernel.states_of, kernel.last_seq FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kernel.claim_key, kernel.claim_new_key, kernel.finish_key, kernel.purge_keys, kernel.seal_audit, kernel.states_of, kernel.last_seq TO marketplace_app;
"""


async def forwards() -> Migration:
    """Give the walls in the order in which they stand on each other."""
    manager = Migration(migration_id=ID, app_name="kernel", description=DESCRIPTION)
    manager.after(
        composite_key("kernel", "inbox", "fact_id", "handler"),
        composite_key("kernel", "idempotency_keys", "principal", "route", "key"),
        composite_key("kernel", "state_log", "entity", "entity_id", "seq"),
        composite_key("kernel", "allowed_edges", "entity", "from_state", "to_state"),
        *(REFUSE_CHANGE, OUTBOX, KEYS, CLAIM_KEY, AUDIT, SEAL_AUDIT, MACHINE, RATES, TIMERS, FUNCTION_RIGHTS),
        tenant_policy("kernel", "audit_rows", "organisation_id"),
        tenant_policy("kernel", "audit_heads", "organisation_id"),
        # Whoever acts for no organisation leaves rows in the platform's own chain, and nobody in somebody else's.
        f"CREATE POLICY unsigned ON kernel.audit_rows FOR INSERT WITH CHECK (organisation_id = '{UUID(int=0)}' AND {ACTING} IS NULL)",
        # Facts and changes of state come from everybody's acts and name both sides of a deal.
        staff_policy("kernel", "outbox"),
        staff_policy("kernel", "state_log"),
        staff_policy("kernel", "idempotency_keys"),
        grant("kernel", "outbox"),
        grant("kernel", "inbox"),
        grant("kernel", "job_runs"),
        grant("kernel", "state_log", "SELECT, INSERT"),
        grant("kernel", "allowed_edges", "SELECT, INSERT"),
        grant("kernel", "fx_rates", "SELECT, INSERT"),
        grant("kernel", "audit_rows", "SELECT, INSERT"),
        grant("kernel", "audit_heads", "SELECT"),
        # The stored answers hold tenants' data: they are reached with the whole key only, through the functions above.
        grant("kernel", "idempotency_keys", "SELECT (principal, route, key, status, created_at, finished_at)"),
    )
    return manager
