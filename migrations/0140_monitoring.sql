-- +goose Up
-- Rules that watch the trail. The monitor reads events in their order in the
-- log, adds alerts, and counts people's days; it changes nothing else. What
-- staff lists hold are keyed hashes that tell nothing without the server's
-- secret.

-- +goose StatementBegin
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'icr_monitor') THEN
		RAISE EXCEPTION 'the role icr_monitor is missing: whoever runs the database makes it first, with CREATE ROLE icr_monitor LOGIN PASSWORD ''...''';
	END IF;
END $$;
-- +goose StatementEnd

CREATE SCHEMA privacy;
GRANT USAGE ON SCHEMA privacy TO icr_server, icr_desk, icr_monitor;
GRANT USAGE ON SCHEMA audit, public TO icr_monitor;

GRANT SELECT (position, event_id, at) ON audit.leaf TO icr_monitor;
GRANT SELECT (event_id, at, kind, reference, look, organisation, body) ON audit.event TO icr_monitor;
GRANT SELECT ON audit.lateness TO icr_monitor;
GRANT SELECT ON superseded TO icr_monitor;
CREATE POLICY monitor_reads ON audit.event FOR SELECT TO icr_monitor USING (true);

ALTER TABLE audit.alert
	ADD COLUMN severity smallint NOT NULL DEFAULT 2 CHECK (severity BETWEEN 1 AND 3),
	ADD COLUMN detail   text NOT NULL DEFAULT '', -- what the rule found, in words that name nobody
	ADD COLUMN once     bytea UNIQUE,             -- equal for findings that are one alert
	ADD CONSTRAINT alert_once UNIQUE (event_id, rule);
CREATE INDEX alert_gravest ON audit.alert (severity DESC, at DESC, alert_id DESC);
CREATE POLICY monitor_alerts ON audit.alert TO icr_monitor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON audit.alert TO icr_monitor;

-- How far the rules have come: a place in the log, which has no holes and in
-- which nothing appears behind one that was passed. Whoever holds the row
-- works.
CREATE TABLE privacy.cursor (
	one      boolean PRIMARY KEY DEFAULT true CHECK (one),
	position bigint NOT NULL,       -- the next to be looked at
	at       timestamptz NOT NULL   -- of the last event looked at
);
INSERT INTO privacy.cursor (position, at) SELECT coalesce(max(position) + 1, 0), now() FROM audit.leaf;
GRANT SELECT, UPDATE (position, at) ON privacy.cursor TO icr_monitor;
GRANT SELECT ON privacy.cursor TO icr_desk;

-- How somebody came upon each patient of a day, for a few days; and, of days,
-- the numbers.
CREATE TABLE privacy.met (
	day          date NOT NULL,
	issuer       text NOT NULL,
	subject      text NOT NULL,
	organisation text NOT NULL,
	role_code    text NOT NULL,
	patient      text NOT NULL, -- a mark
	met          integer NOT NULL,
	PRIMARY KEY (day, issuer, subject, organisation, role_code, patient)
) WITH (fillfactor = 80);
CREATE TABLE privacy.tally (
	day          date NOT NULL,
	issuer       text NOT NULL,
	subject      text NOT NULL,
	organisation text NOT NULL,
	role_code    text NOT NULL,
	counts       integer[] NOT NULL,
	PRIMARY KEY (issuer, subject, organisation, role_code, day)
) WITH (fillfactor = 80);
CREATE INDEX tally_peers ON privacy.tally (organisation, role_code, day);
GRANT SELECT, INSERT, UPDATE, DELETE ON privacy.met, privacy.tally TO icr_monitor;

CREATE TABLE privacy.staff (
	organisation text NOT NULL,
	id           text NOT NULL, -- a staff id or a subject
	team         text NOT NULL,
	manager      text NOT NULL, -- the id of who answers for them
	number       text NOT NULL, -- marks, '' where not known
	family       text NOT NULL,
	postcode     text NOT NULL,
	address      text NOT NULL,
	loaded       timestamptz NOT NULL,
	PRIMARY KEY (organisation, id)
);
GRANT INSERT, DELETE, SELECT (organisation) ON privacy.staff TO icr_server;
GRANT SELECT ON privacy.staff TO icr_monitor;

-- Patients whose records are watched more closely. Rows are added; one that
-- ends early gets another that says so.
CREATE TABLE privacy.watched (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	patient      text NOT NULL CHECK (patient <> ''),
	kind         text NOT NULL CHECK (kind IN ('public-figure', 'colleague', 'incident')),
	concerns     text NOT NULL, -- the organisation whose staff it concerns, '' for everybody's
	reason       text NOT NULL CHECK (reason <> ''),
	since        timestamptz NOT NULL,
	until        timestamptz NOT NULL CHECK (until > since),
	reference    text NOT NULL, -- of its event on the trail
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_name   text NOT NULL
);
CREATE INDEX watched_patient ON privacy.watched (patient);
CREATE TABLE privacy.unwatched (
	id         bigint PRIMARY KEY REFERENCES privacy.watched,
	at         timestamptz NOT NULL,
	reference  text NOT NULL,
	issuer     text NOT NULL,
	subject    text NOT NULL,
	staff_name text NOT NULL
);
CREATE TRIGGER watched_append_only BEFORE UPDATE OR DELETE ON privacy.watched FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER unwatched_append_only BEFORE UPDATE OR DELETE ON privacy.unwatched FOR EACH ROW EXECUTE FUNCTION audit.refuse();

-- How far the officer reaches for whom the desk asks: what concerns the staff
-- of one organisation, or all.
-- +goose StatementBegin
CREATE FUNCTION privacy.reaches(organisation text) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(current_setting('icr.reach', true) = 'programme'
		OR current_setting('icr.reach', true) = 'organisation'
			AND organisation <> '' AND organisation = current_setting('icr.reach_organisation', true), false)
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION privacy.reaches FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy.reaches TO icr_desk;

ALTER TABLE privacy.watched ENABLE ROW LEVEL SECURITY;
ALTER TABLE privacy.unwatched ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_reaches ON privacy.watched FOR SELECT TO icr_desk USING (privacy.reaches(concerns));
CREATE POLICY desk_watches ON privacy.watched FOR INSERT TO icr_desk WITH CHECK (privacy.reaches(concerns));
CREATE POLICY desk_reaches ON privacy.unwatched FOR SELECT TO icr_desk USING (EXISTS (SELECT FROM privacy.watched w WHERE w.id = unwatched.id));
CREATE POLICY desk_unwatches ON privacy.unwatched FOR INSERT TO icr_desk WITH CHECK (EXISTS (SELECT FROM privacy.watched w WHERE w.id = unwatched.id));
CREATE POLICY server_imports ON privacy.watched FOR INSERT TO icr_server WITH CHECK (true);
CREATE POLICY monitor_reads ON privacy.watched FOR SELECT TO icr_monitor USING (true);
CREATE POLICY monitor_reads ON privacy.unwatched FOR SELECT TO icr_monitor USING (true);
GRANT SELECT, INSERT ON privacy.watched, privacy.unwatched TO icr_desk;
GRANT INSERT ON privacy.watched TO icr_server;
GRANT SELECT ON privacy.watched, privacy.unwatched TO icr_monitor;

-- Notices of alerts, by e-mail and webhook. Nobody is named in one.
CREATE TABLE privacy.notice (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	alert_id     uuid NOT NULL REFERENCES audit.alert,
	reference    text NOT NULL,
	rule         text NOT NULL,
	severity     smallint NOT NULL,
	organisation text NOT NULL,
	at           timestamptz NOT NULL,
	address      text NOT NULL,
	hook         boolean NOT NULL,
	due          timestamptz NOT NULL DEFAULT now(),
	attempts     integer NOT NULL DEFAULT 0,
	sent         timestamptz,
	given_up     boolean NOT NULL DEFAULT false,
	failure      text NOT NULL DEFAULT '',
	UNIQUE (alert_id, address)
);
CREATE INDEX notice_due ON privacy.notice (due) WHERE sent IS NULL AND NOT given_up;
ALTER TABLE privacy.notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY monitor_sends ON privacy.notice TO icr_monitor USING (true) WITH CHECK (true);
CREATE POLICY desk_reaches ON privacy.notice FOR SELECT TO icr_desk USING (privacy.reaches(organisation));
GRANT SELECT, INSERT, UPDATE (due, attempts, sent, given_up, failure) ON privacy.notice TO icr_monitor;
GRANT SELECT ON privacy.notice TO icr_desk;
