-- +goose Up
-- The trail's proof. Each event has a writer, a number of that writer's and,
-- where it ends a transaction, the writer's signature. The sequencer gives
-- events their places in the log without reading what they say; the auditor
-- reads everything and changes nothing.

GRANT USAGE ON SCHEMA audit TO icr_sequencer, icr_auditor;

ALTER TABLE audit.event
	ADD COLUMN writer    uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
	ADD COLUMN number    bigint NOT NULL DEFAULT 0,
	ADD COLUMN signature bytea CHECK (length(signature) = 64);
GRANT INSERT (writer, number, signature) ON audit.event TO icr_server;
CREATE POLICY auditor_reads ON audit.event FOR SELECT TO icr_auditor USING (true);
GRANT SELECT ON audit.event TO icr_auditor;

-- Tickets are in the order of insertion, so that whatever was committed before
-- an event was inserted has its place before it.
ALTER TABLE audit.pending
	DROP CONSTRAINT pending_pkey,
	ADD COLUMN ticket bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
REVOKE INSERT ON audit.pending FROM icr_server;
GRANT INSERT (event_id, at) ON audit.pending TO icr_server;

-- What the sequencer may know of an event: no word of it.
CREATE VIEW audit.unsequenced WITH (security_barrier) AS
	SELECT p.ticket, e.event_id, e.at, e.writer, e.number, e.signature, sha256(e.salt || e.body) AS digest
	FROM audit.pending p JOIN audit.event e ON e.at = p.at AND e.event_id = p.event_id;
GRANT SELECT ON audit.unsequenced TO icr_sequencer;
GRANT SELECT (ticket), DELETE ON audit.pending TO icr_sequencer;

CREATE TABLE audit.leaf (
	position  bigint PRIMARY KEY,
	event_id  uuid NOT NULL UNIQUE,
	at        timestamptz NOT NULL,
	writer    uuid NOT NULL,
	number    bigint NOT NULL,
	digest    bytea NOT NULL CHECK (length(digest) = 32),
	signature bytea CHECK (length(signature) = 64)
);

CREATE TABLE audit.node ( -- tlog's stored hashes
	position bigint PRIMARY KEY,
	hash     bytea NOT NULL CHECK (length(hash) = 32)
);

CREATE TABLE audit.checkpoint (
	size bigint PRIMARY KEY,
	at   timestamptz NOT NULL DEFAULT clock_timestamp(),
	note text NOT NULL
);

CREATE TABLE audit.cosignature (
	size    bigint NOT NULL REFERENCES audit.checkpoint,
	witness text NOT NULL,
	line    text NOT NULL,
	at      timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (witness, size)
);

-- How far the log is. Whoever adds to it changes size and epoch from what they
-- believe these are, or adds nothing.
CREATE TABLE audit.head (
	one   boolean PRIMARY KEY DEFAULT true CHECK (one),
	size  bigint NOT NULL,
	epoch bigint NOT NULL
);
INSERT INTO audit.head (size, epoch) VALUES (0, 0);

GRANT INSERT ON audit.leaf TO icr_sequencer;
GRANT SELECT, INSERT ON audit.node, audit.checkpoint, audit.cosignature TO icr_sequencer;
GRANT SELECT, UPDATE (size, epoch) ON audit.head TO icr_sequencer;
GRANT SELECT ON audit.leaf, audit.node, audit.checkpoint, audit.cosignature, audit.head TO icr_auditor;

CREATE TRIGGER leaf_append_only BEFORE UPDATE OR DELETE ON audit.leaf FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER leaf_no_truncate BEFORE TRUNCATE ON audit.leaf FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER node_append_only BEFORE UPDATE OR DELETE ON audit.node FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER node_no_truncate BEFORE TRUNCATE ON audit.node FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER checkpoint_append_only BEFORE UPDATE OR DELETE ON audit.checkpoint FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER checkpoint_no_truncate BEFORE TRUNCATE ON audit.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER cosignature_append_only BEFORE UPDATE OR DELETE ON audit.cosignature FOR EACH ROW EXECUTE FUNCTION audit.refuse();

-- +goose StatementBegin
CREATE FUNCTION audit.only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' OR NEW.size < OLD.size OR NEW.epoch < OLD.epoch THEN
		RAISE EXCEPTION 'the log does not go back' USING ERRCODE = 'insufficient_privilege';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER head_only_forward BEFORE UPDATE OR DELETE ON audit.head FOR EACH ROW EXECUTE FUNCTION audit.only_forward();

-- How late the proof is, for the alarm and the privacy desk.
CREATE VIEW audit.lateness AS
	SELECT h.size,
		(SELECT at FROM audit.checkpoint ORDER BY size DESC LIMIT 1) AS signed_at,
		(SELECT at FROM audit.pending ORDER BY ticket LIMIT 1) AS waiting_since,
		(SELECT max(at) FROM audit.cosignature) AS witnessed_at,
		(SELECT at FROM audit.checkpoint WHERE size > (SELECT coalesce(max(size), 0) FROM audit.cosignature) ORDER BY size LIMIT 1) AS unwitnessed_since
	FROM audit.head h;
GRANT SELECT ON audit.lateness TO icr_server, icr_desk, icr_sequencer, icr_auditor;
