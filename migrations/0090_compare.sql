-- +goose Up
-- The auditor compares each event with its entry and its alert. It may know
-- that they are there, and nothing of what officers did with an alert.
GRANT SELECT (event_id, at) ON audit.pending TO icr_auditor;
GRANT SELECT (event_id, rule, organisation) ON audit.alert TO icr_auditor;
CREATE POLICY auditor_reads ON audit.alert FOR SELECT TO icr_auditor USING (true);
