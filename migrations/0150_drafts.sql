-- +goose Up
-- Forms that residents are still filling in, sealed, for an hour. Whoever holds
-- the cookie holds the form; the table holds only the cookie's hash.

CREATE TABLE drafts (
	hash    bytea PRIMARY KEY, -- SHA-256 of the id in the cookie
	sealed  bytea NOT NULL,
	changed timestamptz NOT NULL
);
CREATE INDEX drafts_changed ON drafts (changed);
GRANT SELECT, INSERT, UPDATE, DELETE ON drafts TO icr_server;
