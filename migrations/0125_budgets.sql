-- +goose Up
-- What was looked for and opened within the last hour, so that budgets hold
-- over all replicas. It says nothing about anybody.
CREATE TABLE spent (
	issuer       text NOT NULL,
	subject      text NOT NULL,
	organisation text NOT NULL,
	kind         text NOT NULL, -- search, patient; told and told-organisation: the privacy officers were
	what         bytea NOT NULL, -- of a patient a keyed hash, of a search random
	at           timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (issuer, subject, organisation, kind, what)
);
CREATE INDEX spent_organisation ON spent (organisation, at);
GRANT SELECT, INSERT, UPDATE, DELETE ON spent TO icr_server;
