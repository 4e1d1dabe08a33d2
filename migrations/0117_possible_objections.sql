-- +goose Up
-- What partners' data shows of patients who refused sharing there: honoured for
-- that partner's data, and put to the objections officers. It is no objection
-- to the shared record. What an officer found is written once.

CREATE TABLE possible_objections (
	id           uuid PRIMARY KEY,
	patient      text NOT NULL,
	partner      text NOT NULL,
	partner_name text NOT NULL,
	seen_at      timestamptz NOT NULL,
	evidence     text NOT NULL,              -- the SNOMED CT code, or Consent
	lasts        boolean NOT NULL,           -- the partner's data stays withheld until somebody says otherwise
	outcome      text NOT NULL DEFAULT '',   -- '' until it is handled
	handled_at   timestamptz,
	handled_by   text NOT NULL DEFAULT '',
	words        text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX possible_objections_standing ON possible_objections (patient, partner, evidence) WHERE outcome <> 'does-not-stand';
CREATE INDEX possible_objections_open ON possible_objections (seen_at, id) WHERE outcome = '';
CREATE INDEX possible_objections_handled ON possible_objections (handled_at DESC) WHERE outcome <> '';
GRANT SELECT, INSERT, UPDATE (outcome, handled_at, handled_by, words) ON possible_objections TO icr_server;

-- +goose StatementBegin
CREATE FUNCTION handled_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' OR OLD.outcome <> '' OR (NEW.id, NEW.patient, NEW.partner, NEW.seen_at, NEW.evidence, NEW.lasts) IS DISTINCT FROM (OLD.id, OLD.patient, OLD.partner, OLD.seen_at, OLD.evidence, OLD.lasts) THEN
		RAISE EXCEPTION 'what was found of a possible objection is never rewritten' USING ERRCODE = 'insufficient_privilege';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER possible_objections_handled_once BEFORE UPDATE OR DELETE ON possible_objections FOR EACH ROW EXECUTE FUNCTION handled_once();
