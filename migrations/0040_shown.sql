-- +goose Up
-- What each member of staff was shown of each patient, so that a page can say
-- what is new since they last looked. Nobody and nothing is named: the key and
-- the marks are keyed hashes that only the server's secret makes.

CREATE TABLE shown (
	viewer bytea PRIMARY KEY,           -- of a member of staff and a patient
	marks  bytea NOT NULL DEFAULT '',   -- 8 bytes for each item shown in earlier looks
	recent bytea NOT NULL,              -- 8 bytes for each item first shown in the latest look
	look   text NOT NULL,               -- the latest look
	looked timestamptz NOT NULL,        -- its latest page
	before timestamptz                  -- the last page of the look before it
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE, DELETE ON shown TO icr_server;
