-- +goose Up
-- What a decision rests on: relationships, and objections.

CREATE TABLE relationships (
	source       text NOT NULL, -- who says so: the feed, the demographics service
	source_id    text NOT NULL,
	patient      text NOT NULL,
	organisation text NOT NULL,
	team         text NOT NULL DEFAULT '',
	kind         text NOT NULL,
	starts       timestamptz NOT NULL,
	ends         timestamptz,
	PRIMARY KEY (source, source_id)
);
CREATE INDEX relationships_patient ON relationships (patient, organisation);
CREATE INDEX relationships_organisation ON relationships (organisation, starts DESC);
GRANT SELECT, INSERT, UPDATE ON relationships TO icr_server;

-- An objection, and its history: steps are added, never changed.
CREATE TABLE objections (
	id          uuid PRIMARY KEY,
	patient     text NOT NULL,
	family_name text NOT NULL,
	given_name  text NOT NULL,
	birth_date  text NOT NULL,
	route       text NOT NULL,
	received    timestamptz NOT NULL
);
CREATE INDEX objections_patient ON objections (patient);

CREATE TABLE objection_steps (
	objection uuid NOT NULL REFERENCES objections,
	step      integer NOT NULL,
	state     text NOT NULL,
	at        timestamptz NOT NULL,
	PRIMARY KEY (objection, step)
);
GRANT SELECT, INSERT ON objections, objection_steps TO icr_server;
