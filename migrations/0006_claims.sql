-- +goose Up
-- Breaking the glass: it counts in one session, it owes a note, and it alerts
-- the privacy officers, as a claim does.

ALTER TABLE audit.event ADD COLUMN session text NOT NULL DEFAULT ''; -- of a claim
GRANT INSERT (session) ON audit.event TO icr_server;

DROP VIEW audit.claims;
CREATE VIEW audit.claims WITH (security_barrier) AS
	SELECT kind, reference, issuer, subject, role, organisation, patient, claim, session, at, until
	FROM audit.event
	WHERE claim <> '' AND at > now() - interval '2 days';
GRANT SELECT ON audit.claims TO icr_server;

CREATE INDEX event_claimed_by ON audit.event (issuer, subject, at DESC) WHERE claim <> '';
CREATE INDEX event_notes ON audit.event (look) WHERE kind = 'glass-note';

-- Emergency accesses for which their user has not yet said more.
CREATE VIEW audit.owed WITH (security_barrier) AS
	SELECT e.reference, e.issuer, e.subject, e.organisation, e.at
	FROM audit.event e
	WHERE e.kind = 'break-glass' AND e.claim <> '' AND e.at > now() - interval '31 days'
		AND NOT EXISTS (SELECT FROM audit.event n WHERE n.kind = 'glass-note' AND n.look = e.reference AND n.issuer = e.issuer AND n.subject = e.subject);
GRANT SELECT ON audit.owed TO icr_server;

-- What the privacy officers are told of without looking for it. An alert points
-- to its event and says nothing of anybody itself.
CREATE TABLE audit.alert (
	alert_id     uuid PRIMARY KEY,
	at           timestamptz NOT NULL,
	rule         text NOT NULL,
	event_id     uuid NOT NULL,
	event_at     timestamptz NOT NULL,
	organisation text NOT NULL
);
CREATE INDEX alert_at ON audit.alert (at DESC, alert_id DESC);
ALTER TABLE audit.alert ENABLE ROW LEVEL SECURITY;
CREATE POLICY server_adds ON audit.alert FOR INSERT TO icr_server WITH CHECK (true);
CREATE POLICY desk_reaches ON audit.alert FOR SELECT TO icr_desk USING (
	current_setting('icr.reach', true) = 'programme'
	OR current_setting('icr.reach', true) = 'organisation' AND organisation = current_setting('icr.reach_organisation', true)
);
GRANT INSERT ON audit.alert TO icr_server;
GRANT SELECT ON audit.alert TO icr_desk;
CREATE TRIGGER alert_append_only BEFORE UPDATE OR DELETE ON audit.alert FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER alert_no_truncate BEFORE TRUNCATE ON audit.alert FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
