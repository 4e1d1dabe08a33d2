-- +goose Up
-- Sessions, and what stands in for a patient in a URL. The login roles
-- icr_server and icr_desk are made by whoever makes the database (README).

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO icr_server;

CREATE TABLE sessions (
	hash             bytea PRIMARY KEY, -- SHA-256 of the id in the cookie
	data             bytea NOT NULL,
	issuer           text NOT NULL DEFAULT '',
	subject          text NOT NULL DEFAULT '',
	provider_session text NOT NULL DEFAULT '',
	created          timestamptz NOT NULL,
	seen             timestamptz NOT NULL,
	expires          timestamptz NOT NULL
);
CREATE INDEX sessions_provider ON sessions (issuer, provider_session);
CREATE INDEX sessions_expires ON sessions (expires);
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO icr_server;

-- A ref grants nothing: it belongs to one person and stands for one patient.
CREATE TABLE refs (
	ref     text PRIMARY KEY,
	issuer  text NOT NULL,
	subject text NOT NULL,
	patient text NOT NULL,
	used    timestamptz NOT NULL,
	UNIQUE (issuer, subject, patient)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON refs TO icr_server;

-- What somebody searched for, sealed, so that Back works.
CREATE TABLE searches (
	ref     text PRIMARY KEY,
	issuer  text NOT NULL,
	subject text NOT NULL,
	kind    text NOT NULL,
	sealed  bytea NOT NULL,
	made    timestamptz NOT NULL
);
CREATE INDEX searches_made ON searches (made);
GRANT SELECT, INSERT, DELETE ON searches TO icr_server;

-- Answers of the demographics service, sealed, kept for a day at most.
CREATE TABLE demographics (
	patient    text PRIMARY KEY, -- the current number
	sealed     bytea NOT NULL,
	restricted boolean NOT NULL,
	fetched    timestamptz NOT NULL
);
CREATE INDEX demographics_fetched ON demographics (fetched);
GRANT SELECT, INSERT, UPDATE, DELETE ON demographics TO icr_server;

-- Every number that a person was known by, and the current one.
CREATE TABLE superseded (
	number  text PRIMARY KEY,
	current text NOT NULL
);
CREATE INDEX superseded_current ON superseded (current);
GRANT SELECT, INSERT, UPDATE ON superseded TO icr_server;
