-- +goose Up
-- Other systems that call. An assertion serves once on all replicas; of a
-- token, only its hash is kept.

CREATE TABLE caller_assertions (
	caller text NOT NULL,
	id     bytea NOT NULL,       -- SHA-256 of its jti
	until  timestamptz NOT NULL, -- when it would be refused in any case
	PRIMARY KEY (caller, id)
);
CREATE INDEX caller_assertions_until ON caller_assertions (until);
GRANT SELECT, INSERT, DELETE ON caller_assertions TO icr_server;

CREATE TABLE caller_tokens (
	hash   bytea PRIMARY KEY,
	caller text NOT NULL,
	scopes text[] NOT NULL,
	until  timestamptz NOT NULL
);
CREATE INDEX caller_tokens_until ON caller_tokens (until);
GRANT SELECT, INSERT, DELETE ON caller_tokens TO icr_server;
