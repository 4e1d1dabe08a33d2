-- +goose Up
-- What people ask about their own data, and what was done about it. What names
-- anybody is sealed. Nothing is rewritten.

CREATE TABLE requests (
	id           uuid PRIMARY KEY,
	reference    text NOT NULL UNIQUE,
	kind         text NOT NULL CHECK (kind IN ('access', 'correction')),
	received     date NOT NULL,
	organisation text NOT NULL, -- whose officer entered it
	sealed       bytea NOT NULL
);
CREATE INDEX requests_organisation ON requests (organisation, received);

CREATE TABLE request_steps (
	request   uuid NOT NULL REFERENCES requests,
	n         integer NOT NULL,
	act       text NOT NULL CHECK (act IN ('noted', 'passed-on', 'extended', 'answered')),
	at        timestamptz NOT NULL,
	reference text NOT NULL, -- of its event on the trail
	sealed    bytea NOT NULL,
	PRIMARY KEY (request, n)
);
GRANT SELECT, INSERT ON requests, request_steps TO icr_server;
CREATE TRIGGER requests_append_only BEFORE UPDATE OR DELETE ON requests FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER request_steps_append_only BEFORE UPDATE OR DELETE ON request_steps FOR EACH ROW EXECUTE FUNCTION audit.refuse();
