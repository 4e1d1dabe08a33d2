-- +goose Up
-- Telling other systems of objections. When a state was written down is not
-- when it began: a register brings states of long ago.

ALTER TABLE objection_steps ADD COLUMN recorded timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX objection_steps_recorded ON objection_steps (recorded);

-- Whom notices go to, and how that goes. One replica sends at a time.
CREATE TABLE objection_notices (
	caller   text PRIMARY KEY,
	since    timestamptz NOT NULL DEFAULT clock_timestamp(), -- what was recorded before is not told
	due      timestamptz NOT NULL DEFAULT clock_timestamp(),
	attempts integer NOT NULL DEFAULT 0,
	failure  text NOT NULL DEFAULT ''
);
GRANT SELECT, INSERT, UPDATE (due, attempts, failure) ON objection_notices TO icr_server;

-- What each of them was told.
CREATE TABLE objection_told (
	caller    text NOT NULL,
	objection uuid NOT NULL,
	step      integer NOT NULL,
	at        timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (caller, objection, step)
);
GRANT SELECT, INSERT ON objection_told TO icr_server;
