-- +goose Up
-- Legal holds. A month of the trail that holds an event under one stays whole,
-- however long its retention is over. Empty members hold everybody's.

CREATE TABLE audit.hold (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	patient      text NOT NULL DEFAULT '',
	organisation text NOT NULL DEFAULT '',
	subject      text NOT NULL DEFAULT '', -- a member of staff
	why          text NOT NULL CHECK (why <> ''),
	since        timestamptz NOT NULL DEFAULT clock_timestamp(),
	released     timestamptz
);
