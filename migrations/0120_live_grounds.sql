-- +goose Up
-- Grounds that no feed tells of: the answer of an organisation that was asked
-- while somebody waited, and a launch from a local system, which ends with the
-- session in which it was made.

ALTER TABLE relationships
	ADD COLUMN session  text NOT NULL DEFAULT '', -- in which alone it is a ground, or '' for any
	ADD COLUMN evidence text NOT NULL DEFAULT ''; -- what the page and the trail say of it, where not the source
