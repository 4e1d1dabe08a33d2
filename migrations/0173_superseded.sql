-- +goose Up
-- The demographics service may take back that one number superseded another.
-- What it said is kept with when it said so, and still counts for objections:
-- nobody knows to which of two people one belongs that was recorded meanwhile.
ALTER TABLE superseded
	ADD said   timestamptz NOT NULL DEFAULT '-infinity', -- when it was last said, or taken back
	ADD undone boolean NOT NULL DEFAULT false,
	DROP CONSTRAINT superseded_pkey,
	ADD PRIMARY KEY (number, current);
ALTER TABLE superseded ALTER said DROP DEFAULT;
