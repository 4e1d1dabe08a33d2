-- +goose Up
-- Forms by which people object or withdraw, and what officers do with them.
-- What names anybody is sealed. Nothing is rewritten.

ALTER TABLE objections
	ADD COLUMN source text NOT NULL DEFAULT '', -- the register that it comes from
	ADD COLUMN ground text NOT NULL DEFAULT ''; -- by which rule it was asked
CREATE UNIQUE INDEX objections_source ON objections (source, patient) WHERE source <> '';
CREATE INDEX objections_parents ON objections (birth_date) WHERE ground = 'parent';

ALTER TABLE objection_steps ADD COLUMN cause text NOT NULL DEFAULT ''; -- reference of the form, or name of the file

CREATE TABLE objection_forms (
	id        uuid PRIMARY KEY,     -- that of the objection, once there is one
	reference text NOT NULL UNIQUE, -- public
	received  timestamptz NOT NULL,
	wants     text NOT NULL,
	asks      text NOT NULL,
	route     text NOT NULL,
	same      bytea NOT NULL,       -- equal for forms that say the same
	about     bytea,                -- equal for forms that give the same NHS number
	sealed    bytea NOT NULL        -- who it is about and from
);
CREATE INDEX objection_forms_same ON objection_forms (same);
CREATE INDEX objection_forms_about ON objection_forms (about);
CREATE INDEX objection_forms_received ON objection_forms (received);

CREATE TABLE objection_acts (
	objection    uuid NOT NULL,     -- a form, or an objection that came without one
	n            integer NOT NULL,  -- the first is 1
	at           timestamptz NOT NULL,
	kind         text NOT NULL,
	state        text NOT NULL,     -- in which it leaves the form
	reference    text NOT NULL,     -- of its event on the trail
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_name   text NOT NULL,
	organisation text NOT NULL,
	sealed       bytea NOT NULL,    -- words, evidence, who the patient was found to be
	PRIMARY KEY (objection, n)
);
GRANT SELECT, INSERT ON objection_forms, objection_acts TO icr_server;

-- +goose StatementBegin
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the history of an objection is never rewritten' USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
CREATE TRIGGER objections_append_only BEFORE UPDATE OR DELETE ON objections FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER steps_append_only BEFORE UPDATE OR DELETE ON objection_steps FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER forms_append_only BEFORE UPDATE OR DELETE ON objection_forms FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER acts_append_only BEFORE UPDATE OR DELETE ON objection_acts FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
